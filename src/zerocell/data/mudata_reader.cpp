#include "zerocell/data/mudata_reader.h"

#include <algorithm>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "zerocell/core/error.h"
#include "zerocell/data/frame_reader.h"
#include "zerocell/data/h5ad_reader.h"
#include "zerocell/data/obsm_reader.h"

namespace zerocell {
namespace {

using hdf5::Group;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Place of every name in `all`; nothing where a name is missing there, or either list repeats one.
std::optional<std::vector<uint32_t>> places_by_name(const std::vector<std::string>& names,
                                                    const std::vector<std::string>& all) {
  std::unordered_map<std::string, uint32_t> place;
  for (uint32_t i = 0; i < all.size(); ++i)
    if (!place.emplace(all[i], i).second) return std::nullopt;
  std::vector<uint32_t> places;
  std::vector<uint8_t> taken(all.size(), 0);
  for (const std::string& name : names) {
    const auto found = place.find(name);
    if (found == place.end() || taken[found->second]++ != 0) return std::nullopt;
    places.push_back(found->second);
  }
  return places;
}

/// The same from obsmap/MODALITY: per cell of the file its number in the modality from 1 on, 0 where it has
/// none.
std::optional<std::vector<uint32_t>> places_by_map(const std::vector<int64_t>& numbers, size_t n_cells) {
  constexpr uint32_t kNone = UINT32_MAX;
  std::vector<uint32_t> places(n_cells, kNone);
  for (uint32_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] <= 0) continue;
    const auto cell = static_cast<uint64_t>(numbers[i]) - 1;
    if (cell >= n_cells || places[cell] != kNone) return std::nullopt;
    places[cell] = i;
  }
  if (std::find(places.begin(), places.end(), kNone) != places.end()) return std::nullopt;
  return places;
}

bool is_modality(const Group& root, const std::string& name) {
  const std::string entry = "mod/" + name;
  return root.is_group(entry) && root.contains(entry + "/obs") && root.contains(entry + "/var");
}

std::vector<std::string> modality_names(const Group& root) {
  std::vector<std::string> names = root.group("mod").names();
  std::erase_if(names, [&](const std::string& name) { return !is_modality(root, name); });
  return names;
}

/// Rows of a column; those that are nowhere (-1) are missing.
Column take_rows(const Column& column, const std::vector<int64_t>& rows) {
  Column out{column.name, {}, {}};
  const bool any_missing = !column.missing.empty() || std::find(rows.begin(), rows.end(), -1) != rows.end();
  std::visit(
      [&](const auto& values) {
        using T = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<T, Categorical>) {
          Categorical taken{values.categories, {}, values.ordered};
          for (const int64_t row : rows)
            taken.codes.push_back(row < 0 ? -1 : values.codes[static_cast<size_t>(row)]);
          out.values = std::move(taken);
        } else {
          T taken;
          for (const int64_t row : rows)
            taken.push_back(row < 0 ? typename T::value_type{} : values[static_cast<size_t>(row)]);
          out.values = std::move(taken);
        }
      },
      column.values);
  if (!any_missing || std::holds_alternative<Categorical>(column.values)) return out;
  for (const int64_t row : rows)
    out.missing.push_back(row < 0 ||
                          (!column.missing.empty() && column.missing[static_cast<size_t>(row)] != 0));
  return out;
}

/// Columns of obs of another modality, for the cells that it shares.
class OtherModality {
 public:
  OtherModality(const Group& root, std::string name, const std::vector<std::string>& cells)
      : name_(std::move(name)), frame_(FrameReader::open(root, "mod/" + name_ + "/obs")) {
    std::unordered_map<std::string, int64_t> place;
    const std::vector<std::string> index = frame_->index();
    for (size_t i = 0; i < index.size(); ++i) unique_ = place.emplace(index[i], i).second && unique_;
    for (const std::string& cell : cells) {
      const auto found = place.find(cell);
      rows_.push_back(found == place.end() ? -1 : found->second);
    }
  }

  bool unique() const { return unique_; }  ///< no name twice, so that rows are known
  /// "OTHER:COLUMN" for each.
  std::vector<std::string> column_names() const {
    std::vector<std::string> names;
    for (const std::string& column : frame_->column_names()) names.push_back(name_ + ":" + column);
    return names;
  }
  Column column(const std::string& name) const {
    Column taken = take_rows(frame_->column(name.substr(name_.size() + 1)), rows_);
    taken.name = name;
    return taken;
  }

 private:
  std::string name_;
  std::unique_ptr<FrameReader> frame_;
  std::vector<int64_t> rows_;
  bool unique_ = true;
};

class MuDataFile final : public DatasetFile {
 public:
  MuDataFile(const std::string& path, Group root, std::string modality)
      : DatasetFile(path),
        root_(std::move(root)),
        modality_(std::move(modality)),
        inner_(open_h5ad(path, root_.group("mod/" + modality_))) {
    open_shared();
    for (const std::string& name : modality_names(root_))
      if (name != modality_) open_other(name);
  }

  std::string format() const override { return "h5mu, modality " + modality_; }
  size_t n_cells() const override { return inner_->n_cells(); }
  size_t n_genes() const override { return inner_->n_genes(); }
  std::vector<std::string> cell_names() const override { return inner_->cell_names(); }
  DataFrame var(const std::string& matrix_name) const override { return inner_->var(matrix_name); }
  std::vector<MatrixInfo> matrices() const override { return inner_->matrices(); }
  RowStream stream(const std::string& matrix_name, ThreadPool& pool,
                   const StreamOptions& options) const override {
    return inner_->stream(matrix_name, pool, options);
  }

  /// Without the copies of the modality's own columns.
  std::vector<std::string> obs_column_names() const override {
    std::vector<std::string> names = inner_->obs_column_names();
    for (const std::string& name : shared_columns_)
      if (own_column(name).empty()) names.push_back(name);
    for (const OtherModality& other : others_)
      for (const std::string& name : other.column_names())
        if (!contains(names, name)) names.push_back(name);
    return names;
  }

  bool has_obs_column(const std::string& name) const override {
    return contains(obs_column_names(), name) || !own_column(name).empty();
  }

  Column obs_column(const std::string& name) const override {
    if (inner_->has_obs_column(name)) return inner_->obs_column(name);
    if (const std::string own = own_column(name); !own.empty()) {
      Column column = inner_->obs_column(own);
      column.name = name;
      return column;
    }
    if (contains(shared_columns_, name)) return shared_column(name);
    for (const OtherModality& other : others_)
      if (contains(other.column_names(), name)) return other.column(name);
    const std::vector<std::string> names = obs_column_names();
    throw root_.location().error(
        fmt::format("a column '{}' of obs, of '{}' or of all modalities", name, modality_),
        names.empty() ? "no columns" : fmt::format("columns {}", fmt::join(names, ", ")),
        "check the spelling");
  }

  DataFrame obs() const override {
    DataFrame frame = inner_->obs();
    for (const std::string& name : obs_column_names())
      if (frame.find(name) == nullptr) frame.columns.push_back(obs_column(name));
    return frame;
  }

  std::vector<ObsmInfo> obsm_entries() const override {
    std::vector<ObsmInfo> entries = inner_->obsm_entries();
    const size_t n_own = entries.size();
    for (ObsmInfo& shared : shared_entries()) {
      const auto same = [&](const ObsmInfo& own) { return own.key == shared.key; };
      if (std::none_of(entries.begin(), entries.begin() + static_cast<ptrdiff_t>(n_own), same))
        entries.push_back(std::move(shared));
    }
    return entries;
  }

  DenseMatrix<float> obsm(const std::string& key) const override {
    const auto has_key = [&](const ObsmInfo& entry) { return entry.key == key; };
    const std::vector<ObsmInfo> own = inner_->obsm_entries(), shared = shared_entries();
    if (std::any_of(own.begin(), own.end(), has_key) || std::none_of(shared.begin(), shared.end(), has_key))
      return inner_->obsm(key);
    const DenseMatrix<float> all = read_obsm(root_, obs_->n_rows(), key);
    DenseMatrix<float> rows(n_cells(), all.n_cols());
    for (size_t i = 0; i < rows.n_rows(); ++i) {
      const auto row = all.row((*places_)[i]);
      std::copy(row.begin(), row.end(), rows.row(i).begin());
    }
    return rows;
  }

  std::vector<std::string> notes() const override {
    std::vector<std::string> lines = inner_->notes();
    lines.insert(lines.end(), notes_.begin(), notes_.end());
    return lines;
  }

 private:
  /// obs of the file, whose cells are those of all modalities.
  void open_shared() {
    if (!root_.contains("obs")) return;
    obs_ = FrameReader::open(root_, "obs");
    places_ = find_places();
    if (!places_) {
      notes_.push_back(
          fmt::format("obs and obsm of all modalities were passed over: not every cell of '{}' is there "
                      "once",
                      modality_));
      return;
    }
    for (const std::string& name : obs_->column_names()) {
      if (inner_->has_obs_column(name))
        notes_.push_back(fmt::format("column '{}' of obs of all modalities was passed over: '{}' has its own",
                                     name, modality_));
      else
        shared_columns_.push_back(name);
    }
  }

  void open_other(const std::string& name) {
    try {
      OtherModality other(root_, name, inner_->cell_names());
      if (other.unique())
        others_.push_back(std::move(other));
      else
        notes_.push_back(fmt::format("obs of '{}' was passed over: a name of a cell occurs twice", name));
    } catch (const Error& error) {
      notes_.push_back(fmt::format("obs of '{}' was passed over: {}", name, error.what()));
    }
  }

  std::optional<std::vector<uint32_t>> find_places() const {
    if (auto places = places_by_name(inner_->cell_names(), obs_->index())) return places;
    const std::string entry = "obsmap/" + modality_;
    if (!root_.is_dataset(entry)) return std::nullopt;
    const hdf5::Dataset map = root_.dataset(entry);
    if (map.type().kind != hdf5::TypeKind::integer || map.n_elements() != obs_->n_rows()) return std::nullopt;
    return places_by_map(map.read<int64_t>(), n_cells());
  }

  /// COLUMN of "MODALITY:COLUMN" where the modality has it; else empty.
  std::string own_column(const std::string& name) const {
    const std::string prefix = modality_ + ":";
    if (!name.starts_with(prefix)) return {};
    std::string own = name.substr(prefix.size());
    return inner_->has_obs_column(own) ? own : std::string();
  }

  Column shared_column(const std::string& name) const {
    return take_rows(obs_->column(name), {places_->begin(), places_->end()});
  }

  /// Of obsm of all modalities, with the modality's number of rows; but for the masks that MuData keeps
  /// there.
  std::vector<ObsmInfo> shared_entries() const {
    std::vector<ObsmInfo> entries;
    if (!places_) return entries;
    const std::vector<std::string> modalities = root_.group("mod").names();
    for (ObsmInfo& entry : list_obsm(root_, obs_->n_rows()).entries) {
      if (contains(modalities, entry.key)) continue;
      entry.n_rows = n_cells();
      entries.push_back(std::move(entry));
    }
    return entries;
  }

  Group root_;
  std::string modality_;
  std::shared_ptr<const DatasetFile> inner_;
  std::unique_ptr<FrameReader> obs_;             ///< of all modalities; null: there is none
  std::optional<std::vector<uint32_t>> places_;  ///< rows of the modality's cells in it
  std::vector<OtherModality> others_;
  std::vector<std::string> shared_columns_, notes_;
};

size_t rows_of(const Group& root, const std::string& entry) {
  try {
    return FrameReader::open(root, entry)->n_rows();
  } catch (const Error&) {
    return 0;  // what is wrong with it is told when it is chosen
  }
}

}  // namespace

std::string likely_modality(const Group& root) {
  const std::vector<std::string> names = modality_names(root);
  for (const char* usual : {"rna", "RNA", "gex", "GEX", "gene_expression"})
    if (contains(names, usual)) return usual;
  return *std::max_element(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return rows_of(root, "mod/" + a + "/var") < rows_of(root, "mod/" + b + "/var");
  });
}

bool is_mudata(const Group& root) {
  if (!root.is_group("mod") || root.contains("X")) return false;
  return !modality_names(root).empty();
}

std::shared_ptr<const DatasetFile> open_mudata(const std::string& path, Group root,
                                               const std::string& modality) {
  const std::vector<std::string> names = modality_names(root);
  std::vector<std::string> described;
  for (const std::string& name : names) {
    described.push_back(fmt::format("{} ({} cells x {} features)", name,
                                    rows_of(root, "mod/" + name + "/obs"),
                                    rows_of(root, "mod/" + name + "/var")));
  }
  if (contains(names, modality)) return std::make_shared<MuDataFile>(path, std::move(root), modality);
  throw root.location().error(
      modality.empty() ? "one data set" : fmt::format("a modality '{}'", modality),
      fmt::format("{}{}", modality.empty() ? "a MuData file of the modalities " : "the modalities ",
                  fmt::join(described, ", ")),
      fmt::format("choose one with --modality {}", likely_modality(root)));
}

}  // namespace zerocell
