#include "zerocell/data/h5ad_reader.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "zerocell/data/column_reader.h"
#include "zerocell/data/element_convert.h"
#include "zerocell/data/expression_stream.h"
#include "zerocell/data/frame_reader.h"
#include "zerocell/data/matrix_values.h"
#include "zerocell/data/obsm_reader.h"
#include "zerocell/data/tenx_features.h"

namespace zerocell {
namespace {

using hdf5::Dataset;
using hdf5::Group;

constexpr size_t kMaxExtent = std::numeric_limits<uint32_t>::max() - 1;

constexpr int kMaxDepth = 8;
constexpr size_t kMostLayerGroups = 100;
/// Columns of var in which scanpy and muon keep the types of features.
constexpr const char* kTypeColumns[] = {"feature_types", "feature_type"};

/// var or raw/var, and which of its rows are genes.
struct VarFrame {
  std::unique_ptr<FrameReader> frame;
  std::vector<uint32_t> new_column;  ///< as TenxGenes has them; empty: all are genes
  std::vector<uint32_t> genes;       ///< rows that are genes, where not all are
  std::vector<std::string> notes;

  size_t n_genes() const { return new_column.empty() ? frame->n_rows() : genes.size(); }
  DataFrame read() const { return new_column.empty() ? frame->read() : frame->read().take(genes); }
};

/// Reads the types of features where there are any. Antibodies and the like are no genes, as in 10x files; a
/// matrix of nothing else is left as it is, because it was asked for.
VarFrame open_var(const Group& root, const std::string& entry) {
  VarFrame var{FrameReader::open(root, entry), {}, {}, {}};
  const std::vector<std::string> columns = var.frame->column_names();
  for (const char* name : kTypeColumns) {
    if (std::find(columns.begin(), columns.end(), name) == columns.end()) continue;
    const std::vector<std::string> types = to_strings(var.frame->column(name));
    const std::vector<uint8_t> is_gene = are_genes(types);
    const std::vector<std::string> notes = notes_of_others(types, is_gene);
    if (std::find(is_gene.begin(), is_gene.end(), 1) == is_gene.end()) {
      if (!types.empty())
        var.notes.push_back(
            fmt::format("{}: {} says that none of the {} features is a gene ('{}'); they are used "
                        "as if they were",
                        entry, name, types.size(), types.front()));
      return var;
    }
    var.new_column = new_columns(is_gene);
    for (uint32_t row = 0; row < is_gene.size(); ++row)
      if (is_gene[row] != 0) var.genes.push_back(row);
    for (const std::string& note : notes) var.notes.push_back(fmt::format("{}: {}", entry, note));
    return var;
  }
  return var;
}

/// Where a matrix stands and what its columns are.
struct Place {
  std::string name, entry;
  const VarFrame* var = nullptr;

  size_t n_cols() const { return var->frame->n_rows(); }
};

class H5adFile final : public DatasetFile {
 public:
  H5adFile(std::string path, Group root) : DatasetFile(std::move(path)), root_(std::move(root)) {
    obs_ = FrameReader::open(root_, "obs");
    var_ = open_var(root_, "var");
    for (const char* entry : {"raw/var", "raw.var"}) {
      if (!raw_var_.frame && root_.contains(entry)) raw_var_ = open_var(root_, entry);
    }
    for (const FrameReader* frame : frames()) {
      if (frame->n_rows() > kMaxExtent) {
        throw root_.location().error("fewer than 2^32 cells and genes", fmt::format("{}", frame->n_rows()));
      }
    }
  }

  std::string format() const override { return "h5ad"; }
  size_t n_cells() const override { return obs_->n_rows(); }
  size_t n_genes() const override { return var_.n_genes(); }
  std::vector<std::string> obs_column_names() const override { return obs_->column_names(); }
  Column obs_column(const std::string& name) const override { return obs_->column(name); }
  std::vector<std::string> cell_names() const override { return obs_->index(); }
  DataFrame obs() const override { return obs_->read(); }

  DataFrame var(const std::string& matrix_name) const override {
    if (matrix_name != "raw") return var_.read();
    if (!raw_var_.frame) throw root_.location().error("raw/var", "nothing there", "use the matrix X");
    return raw_var_.read();
  }

  std::vector<MatrixInfo> matrices() const override {
    std::vector<MatrixInfo> infos;
    for (const Place& place : places()) {
      if (obstacle(place).empty()) infos.push_back(describe(place));
    }
    return infos;
  }

  std::vector<ObsmInfo> obsm_entries() const override { return list_obsm(root_, n_cells()).entries; }
  EmbeddingTable obsm(const std::string& key) const override { return read_obsm(root_, n_cells(), key); }

  std::optional<EmbeddingTable> dense_matrix(const std::string& matrix_name,
                                             uint64_t max_bytes) const override {
    const Place place = find(matrix_name);
    const MatrixInfo info = describe(place);
    const bool dense = info.encoding == "dense";
    const hdf5::ElementType type =
        dense ? root_.dataset(place.entry).type() : root_.group(place.entry).dataset("data").type();
    const bool wide = exceeds_float32(type);
    const uint64_t value_bytes = wide ? sizeof(double) : sizeof(float);
    if (!dense && !wide) return std::nullopt;
    if (info.n_cols > 0 && info.n_rows > max_bytes / value_bytes / info.n_cols) return std::nullopt;
    EmbeddingTable table;
    table.values = dense ? read_dense_values(root_.dataset(place.entry), info.n_cols)
                         : read_sparse_values(root_.group(place.entry), info.n_rows, info.n_cols);
    table.whole_numbers = type.kind == hdf5::TypeKind::integer;
    return table;
  }

  RowStream stream(const std::string& matrix_name, ThreadPool& pool,
                   const StreamOptions& options) const override {
    const Place place = find(matrix_name);
    const MatrixInfo info = describe(place);
    const auto all = [&] {
      if (info.encoding == "dense")
        return stream_dense(std::make_shared<const Dataset>(root_.dataset(place.entry)), pool, options);
      auto arrays = std::make_shared<const SparseArrays>(open_arrays(place, info.encoding));
      return info.encoding == "csr" ? stream_csr(arrays, pool, options) : stream_csc(arrays, pool, options);
    };
    return select_genes(all(), place.var->new_column);
  }

  std::vector<std::string> notes() const override {
    std::vector<std::string> lines = obs_->notes();
    for (const VarFrame* var : {&var_, &raw_var_}) {
      if (!var->frame) continue;
      for (std::string& line : var->frame->notes()) lines.push_back(std::move(line));
      lines.insert(lines.end(), var->notes.begin(), var->notes.end());
    }
    for (std::string& line : list_obsm(root_, n_cells()).notes) lines.push_back(std::move(line));
    for (const Place& place : places()) {
      const std::string reason = obstacle(place);
      if (!reason.empty()) lines.push_back(fmt::format("{} was passed over: {}", place.entry, reason));
    }
    for (const char* entry : {"raw/X", "raw.X"}) {
      if (root_.contains(entry) && !raw_var_.frame)
        lines.push_back(
            fmt::format("{} was passed over: there is no raw/var with the names of its genes", entry));
    }
    for (std::string& line : stream_notes_->lines()) lines.push_back(std::move(line));
    return lines;
  }

 private:
  std::vector<Place> places() const {
    std::vector<Place> out;
    if (root_.contains("X")) out.push_back({"X", "X", &var_});
    for (const char* entry : {"raw/X", "raw.X"}) {
      if (root_.contains(entry) && raw_var_.frame) out.push_back({"raw", entry, &raw_var_});
    }
    size_t groups_left = kMostLayerGroups;
    if (root_.is_group("layers")) add_layers("layers", 1, groups_left, out);
    return out;
  }

  /// Layers may stand in groups of layers; their names are paths then. Links may make a few groups look like
  /// endlessly many.
  void add_layers(const std::string& entry, int depth, size_t& groups_left, std::vector<Place>& out) const {
    for (const std::string& name : root_.group(entry).names()) {
      const std::string path = entry + "/" + name;
      if (depth < kMaxDepth && groups_left > 0 && is_plain_group(path)) {
        --groups_left;
        add_layers(path, depth + 1, groups_left, out);
      } else {
        out.push_back({path, path, &var_});
      }
    }
  }

  bool is_plain_group(const std::string& entry) const {
    if (!root_.is_group(entry)) return false;
    const Group group = root_.group(entry);
    const std::string encoding = group.text_attribute("encoding-type").value_or("");
    return sparse_format(group).empty() && (encoding.empty() || encoding == "dict");
  }

  std::vector<const FrameReader*> frames() const {
    std::vector<const FrameReader*> all = {obs_.get(), var_.frame.get()};
    if (raw_var_.frame) all.push_back(raw_var_.frame.get());
    return all;
  }

  /// Why an entry is no matrix of numbers; empty when it is one.
  std::string obstacle(const Place& place) const {
    if (root_.is_group(place.entry)) {
      const Group group = root_.group(place.entry);
      if (!sparse_format(group).empty()) return {};
      return fmt::format("encoding '{}'", group.text_attribute("encoding-type").value_or(""));
    }
    if (!root_.is_dataset(place.entry)) return "a link that leads nowhere";
    const Dataset dataset = root_.dataset(place.entry);
    if (dataset.text_attribute("encoding-type").value_or("") == "null") return "it is empty (None)";
    return dataset.type().standard ? "" : fmt::format("elements of type {}", dataset.type().name());
  }

  Place find(const std::string& name) const {
    std::vector<std::string> names;
    for (Place& place : places()) {
      const std::string reason = obstacle(place);
      if (place.name == name) {
        if (reason.empty()) return place;
        throw root_.location()
            .child(place.entry)
            .error("a matrix of numbers", reason, "choose another matrix");
      }
      if (reason.empty()) names.push_back(place.name);
    }
    throw root_.location().error(
        fmt::format("a matrix '{}'", name),
        names.empty() ? "no expression matrix" : fmt::format("matrices {}", fmt::join(names, ", ")),
        names.empty() ? "write the file with its expression" : "choose one of these");
  }

  void check_shape(const Place& place, uint64_t n_rows, uint64_t n_cols) const {
    if (n_rows == n_cells() && n_cols == place.n_cols()) return;
    throw root_.location()
        .child(place.entry)
        .error(fmt::format("{} cells x {} genes, as obs and var have", n_cells(), place.n_cols()),
               fmt::format("{} x {}", n_rows, n_cols), "the file is damaged; write it again");
  }

  SparseArrays open_arrays(const Place& place, const std::string& encoding) const {
    const bool by_cell = encoding == "csr";
    return open_sparse(root_.group(place.entry), by_cell ? n_cells() : place.n_cols(),
                       by_cell ? place.n_cols() : n_cells(), stream_notes_);
  }

  MatrixInfo describe(const Place& place) const {
    MatrixInfo info;
    info.name = place.name;
    info.n_rows = n_cells();
    info.n_cols = place.var->n_genes();
    if (root_.is_dataset(place.entry)) {
      const Dataset values = root_.dataset(place.entry);
      const size_t rank = values.shape().size();
      // AnnData until 0.6 wrote a matrix of one gene as a vector.
      if (rank != 2 && !(rank == 1 && place.n_cols() == 1)) {
        throw values.location().error("a matrix", fmt::format("{} dimensions", rank),
                                      "the file is damaged; write it again");
      }
      check_shape(place, values.shape()[0], rank == 1 ? 1 : values.shape()[1]);
      info.encoding = "dense";
      info.dtype = values.type().name();
      info.n_stored = values.n_elements();
      info.compression = compression_name(values);
      info.bytes_on_disk = values.bytes_on_disk();
      return info;
    }
    const Group group = root_.group(place.entry);
    info.encoding = sparse_format(group);
    const auto [n_rows, n_cols] = sparse_shape(group);
    check_shape(place, n_rows, n_cols);
    const SparseArrays arrays = open_arrays(place, info.encoding);
    info.dtype = arrays.data.type().name();
    info.n_stored = arrays.data.n_elements();
    info.compression = compression_name(arrays.data);
    for (const Dataset* part : {&arrays.data, &arrays.indices, &arrays.indptr})
      info.bytes_on_disk += part->bytes_on_disk();
    return info;
  }

  Group root_;
  std::unique_ptr<FrameReader> obs_;
  VarFrame var_, raw_var_;
  std::shared_ptr<StreamNotes> stream_notes_ = std::make_shared<StreamNotes>();
};

}  // namespace

std::shared_ptr<const DatasetFile> open_h5ad(const std::string& path, Group root) {
  return std::make_shared<H5adFile>(path, std::move(root));
}

std::string compression_name(const Dataset& dataset) {
  for (const hdf5::Filter& filter : dataset.filters()) {
    if (filter.id != H5Z_FILTER_SHUFFLE && filter.id != H5Z_FILTER_FLETCHER32) return filter.name;
  }
  return "none";
}

}  // namespace zerocell
