#include "zerocell/data/obsm_reader.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "zerocell/data/column_reader.h"
#include "zerocell/data/frame_reader.h"
#include "zerocell/data/hdf5_type.h"
#include "zerocell/data/matrix_values.h"

namespace zerocell {
namespace {

using hdf5::Dataset;
using hdf5::Group;

constexpr int kMaxDepth = 8;

bool is_compound(const Group& root) {
  return root.is_dataset("obsm") && root.dataset("obsm").type().kind == hdf5::TypeKind::compound;
}

uint64_t address_of(const Group& group) {
  hdf5::Lock lock;
  return hdf5::object_address(group);
}

class Lister {
 public:
  explicit Lister(size_t n_cells) : n_cells_(n_cells) {}

  void visit(const Group& group, const std::string& prefix, int depth) {
    // Links may lead back: a group is listed once, or a few links would make millions of paths.
    if (!visited_.insert(address_of(group)).second)
      return pass_over(prefix, "a link to a group that is listed elsewhere");
    for (const std::string& name : group.names()) {
      const std::string key = prefix + name;
      if (group.is_dataset(name)) {
        visit_dataset(group.dataset(name), key);
      } else if (group.is_group(name)) {
        visit_group(group, name, key, depth);
      } else {
        pass_over(key, "a link that leads nowhere");
      }
    }
  }

  void visit_compound(const Dataset& table) {
    for (const hdf5::Field& field : table.fields()) {
      if (field.dims.size() > 1 || !field.type.is_number()) {
        pass_over(field.name, fmt::format("elements of type {}", field.type.name()));
      } else {
        add({field.name, table.n_elements(), field.dims.empty() ? 1 : field.dims[0], "dense"});
      }
    }
  }

  ObsmListing listing;

 private:
  void visit_dataset(const Dataset& dataset, const std::string& key) {
    const size_t rank = dataset.shape().size();
    if (rank != 1 && rank != 2) return pass_over(key, fmt::format("{} dimensions", rank));
    if (!dataset.type().standard)
      return pass_over(key, fmt::format("elements of type {}", dataset.type().name()));
    add({key, dataset.shape()[0], rank == 1 ? 1 : dataset.shape()[1], "dense"});
  }

  void visit_group(const Group& parent, const std::string& name, const std::string& key, int depth) {
    const Group group = parent.group(name);
    const std::string encoding = group.text_attribute("encoding-type").value_or("");
    if (const std::string format = sparse_format(group); !format.empty()) {
      const auto [n_rows, n_cols] = sparse_shape(group);
      add({key, n_rows, n_cols, format});
    } else if (encoding == "dataframe") {
      const auto frame = FrameReader::open(parent, name);
      add({key, frame->n_rows(), frame->column_names().size(), "dataframe"});
    } else if ((encoding.empty() || encoding == "dict") && depth < kMaxDepth) {
      visit(group, key + "/", depth + 1);
    } else {
      pass_over(key, fmt::format("encoding '{}'", encoding));
    }
  }

  void add(ObsmInfo info) {
    if (info.n_rows != n_cells_) {
      return pass_over(info.key, fmt::format("{} rows, but {} cells", info.n_rows, n_cells_));
    }
    listing.entries.push_back(std::move(info));
  }

  void pass_over(const std::string& key, const std::string& reason) {
    listing.notes.push_back(fmt::format("obsm/{} was passed over: {}", key, reason));
  }

  size_t n_cells_;
  std::unordered_set<uint64_t> visited_;  ///< addresses of groups
};

bool is_integer(const hdf5::ElementType& type) {
  return type.kind == hdf5::TypeKind::integer;
}

/// Texts of a column that may hold the names of the rows: all but numbers with fractions.
std::optional<std::vector<std::string>> texts_of(const Column& column) {
  if (const auto* numbers = std::get_if<std::vector<double>>(&column.values)) {
    const auto whole = [](double x) { return x == std::floor(x) && std::abs(x) < 0x1p53; };
    if (!std::ranges::all_of(*numbers, whole)) return std::nullopt;
    std::vector<std::string> texts;
    for (const double number : *numbers) texts.push_back(fmt::format("{:.0f}", number));
    return texts;
  }
  if (std::holds_alternative<std::vector<uint8_t>>(column.values)) return std::nullopt;
  return to_strings(column);
}

/// Numbers of a column, NaN where they are missing; false where it holds text.
bool copy_numbers(const Column& column, DenseMatrix<double>& out, size_t j) {
  return std::visit(
      [&](const auto& held) {
        using T = typename std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, Categorical> || std::is_same_v<T, std::vector<std::string>>) {
          for (size_t i = 0; i < out.n_rows(); ++i) out(i, j) = std::nan("");
          return false;
        } else {
          for (size_t i = 0; i < held.size(); ++i) {
            const bool missing = !column.missing.empty() && column.missing[i];
            out(i, j) = missing ? std::nan("") : static_cast<double>(held[i]);
          }
          return true;
        }
      },
      column.values);
}

EmbeddingTable read_frame(const FrameReader& frame, const hdf5::Location& where) {
  if (const auto notes = frame.notes(); !notes.empty())
    throw where.error("a data frame of numbers", notes.front(),
                      "leave that column out, or save it as numbers");
  EmbeddingTable table;
  table.is_table = true;
  table.column_names = frame.column_names();
  auto values = make_matrix<double>(frame.n_rows(), table.column_names.size(), where);
  table.names.push_back({NameColumn::kIndex, frame.index_name(), frame.index(), true, std::nullopt});
  for (size_t j = 0; j < table.column_names.size(); ++j) {
    const Column column = frame.column(table.column_names[j]);
    const bool number = copy_numbers(column, values, j);
    if (auto texts = texts_of(column))
      table.names.push_back({j, table.column_names[j], std::move(*texts), false,
                             number ? std::nullopt : std::optional<size_t>(0)});
  }
  table.values = std::move(values);
  return table;
}

EmbeddingTable read_compound(const Dataset& table, const ObsmInfo& info) {
  const auto values = table.read<double>(info.key);
  auto out = make_matrix<double>(info.n_rows, info.n_cols, table.location());
  std::copy(values.begin(), values.end(), out.data());
  EmbeddingTable read;
  read.values = std::move(out);
  for (const hdf5::Field& field : table.fields())
    read.whole_numbers = read.whole_numbers || (field.name == info.key && is_integer(field.type));
  return read;
}

}  // namespace

ObsmListing list_obsm(const Group& root, size_t n_cells) {
  Lister lister(n_cells);
  if (is_compound(root)) {
    lister.visit_compound(root.dataset("obsm"));
  } else if (root.is_group("obsm")) {
    lister.visit(root.group("obsm"), "", 0);
  }
  return std::move(lister.listing);
}

EmbeddingTable read_obsm(const Group& root, size_t n_cells, const std::string& key) {
  const ObsmListing listing = list_obsm(root, n_cells);
  const auto found = std::find_if(listing.entries.begin(), listing.entries.end(),
                                  [&](const auto& entry) { return entry.key == key; });
  if (found == listing.entries.end()) {
    std::vector<std::string> names;
    for (const ObsmInfo& entry : listing.entries) names.push_back(entry.key);
    const auto noted = std::find_if(listing.notes.begin(), listing.notes.end(), [&](const std::string& note) {
      return note.starts_with(fmt::format("obsm/{} ", key));
    });
    const std::string reason = noted == listing.notes.end() ? "" : fmt::format(" ({})", *noted);
    throw root.location().child("obsm").error(
        fmt::format("an entry '{}'", key),
        (names.empty() ? "no entries" : fmt::format("entries {}", fmt::join(names, ", "))) + reason,
        "check the spelling");
  }
  if (is_compound(root)) return read_compound(root.dataset("obsm"), *found);
  const std::string entry = "obsm/" + key;
  if (found->encoding == "dataframe")
    return read_frame(*FrameReader::open(root, entry), root.location().child(entry));
  EmbeddingTable table;
  if (found->encoding == "dense") {
    const Dataset dataset = root.dataset(entry);
    table.values = read_dense_values(dataset, found->n_cols);
    table.whole_numbers = is_integer(dataset.type());
  } else {
    const Group group = root.group(entry);
    table.values = read_sparse_values(group, found->n_rows, found->n_cols);
    table.whole_numbers = is_integer(group.dataset("data").type());
  }
  return table;
}

}  // namespace zerocell
