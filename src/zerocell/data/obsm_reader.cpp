#include "zerocell/data/obsm_reader.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "zerocell/core/system.h"
#include "zerocell/data/array_reader.h"
#include "zerocell/data/element_convert.h"
#include "zerocell/data/expression_stream.h"
#include "zerocell/data/frame_reader.h"

namespace zerocell {
namespace {

using hdf5::Dataset;
using hdf5::Group;

constexpr int kMaxDepth = 8;

bool is_compound(const Group& root) {
  return root.is_dataset("obsm") && root.dataset("obsm").type().kind == hdf5::TypeKind::compound;
}

/// Memory is asked for only when the machine has it.
DenseMatrix<float> make_matrix(uint64_t n_rows, uint64_t n_cols, const hdf5::Location& where) {
  uint64_t bytes = 0;
  const bool overflow =
      __builtin_mul_overflow(n_rows, n_cols, &bytes) || __builtin_mul_overflow(bytes, sizeof(float), &bytes);
  if (overflow || bytes > available_memory() / 2) {
    throw where.error(
        fmt::format("a matrix that fits into half of the memory ({})", format_size(available_memory())),
        fmt::format("{} x {} values", n_rows, n_cols), "the file is damaged, or needs a larger machine");
  }
  return DenseMatrix<float>(n_rows, n_cols);
}

class Lister {
 public:
  explicit Lister(size_t n_cells) : n_cells_(n_cells) {}

  void visit(const Group& group, const std::string& prefix, int depth) {
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
};

DenseMatrix<float> read_dense(const Dataset& dataset, size_t n_cols) {
  DenseMatrix<float> out = make_matrix(dataset.shape()[0], n_cols, dataset.location());
  dataset.check_plausible(dataset.n_elements() * dataset.type().size);
  ThreadPool alone(1);
  ArrayReader reader(dataset, alone.size());
  read_rows(reader, 0, out.n_rows(), alone, [&](const ArrayReader::Part& part) {
    for (uint64_t row = 0; row < part.n_rows; ++row) {
      convert_to_float(dataset.type(), part.row_data(row), part.n_columns, &out(part.row + row, part.column));
    }
  });
  return out;
}

DenseMatrix<float> read_sparse(const Group& group, const ObsmInfo& info) {
  DenseMatrix<float> out = make_matrix(info.n_rows, info.n_cols, group.location());
  const bool by_row = info.encoding == "csr";
  auto arrays = std::make_shared<const SparseArrays>(
      open_sparse(group, by_row ? info.n_rows : info.n_cols, by_row ? info.n_cols : info.n_rows));
  ThreadPool alone(1);
  const RowStream stream = by_row ? stream_csr(arrays, alone, {}) : stream_csc(arrays, alone, {});
  stream.for_each_block([&](const RowBlock& block) {
    for (size_t row = 0; row < block.values.n_rows; ++row) {
      const auto indices = block.values.row_indices(row);
      const auto values = block.values.row_values(row);
      for (size_t i = 0; i < indices.size(); ++i) out(block.first_row + row, indices[i]) = values[i];
    }
  });
  return out;
}

DenseMatrix<float> read_frame(const FrameReader& frame, const hdf5::Location& where) {
  const std::vector<std::string> names = frame.column_names();
  DenseMatrix<float> out = make_matrix(frame.n_rows(), names.size(), where);
  for (size_t column = 0; column < names.size(); ++column) {
    const Column values = frame.column(names[column]);
    const auto copy = [&](const auto& numbers) {
      for (size_t row = 0; row < numbers.size(); ++row) out(row, column) = static_cast<float>(numbers[row]);
    };
    const bool number = std::visit(
        [&](const auto& held) {
          using T = typename std::decay_t<decltype(held)>;
          if constexpr (std::is_same_v<T, Categorical> || std::is_same_v<T, std::vector<std::string>>) {
            return false;
          } else {
            copy(held);
            return true;
          }
        },
        values.values);
    if (!number || !values.missing.empty()) {
      throw where.error(
          "a data frame of numbers",
          fmt::format("column '{}' with {}", names[column], number ? "missing values" : "text or categories"),
          "choose another entry of obsm, or drop that column");
    }
  }
  return out;
}

DenseMatrix<float> read_compound(const Dataset& table, const ObsmInfo& info) {
  const std::vector<float> values = table.read<float>(info.key);
  DenseMatrix<float> out = make_matrix(info.n_rows, info.n_cols, table.location());
  std::copy(values.begin(), values.end(), out.data());
  return out;
}

}  // namespace

std::string sparse_format(const Group& group) {
  const std::string encoding = group.text_attribute("encoding-type").value_or("");
  if (encoding == "csr_matrix") return "csr";
  if (encoding == "csc_matrix") return "csc";
  const std::string old = group.text_attribute("h5sparse_format").value_or("");
  return old == "csr" || old == "csc" ? old : "";
}

std::pair<uint64_t, uint64_t> sparse_shape(const Group& group) {
  for (const char* name : {"shape", "h5sparse_shape"}) {
    const auto shape = group.integers_attribute(name);
    if (!shape) continue;
    if (shape->size() == 2 && (*shape)[0] >= 0 && (*shape)[1] >= 0) {
      return {static_cast<uint64_t>((*shape)[0]), static_cast<uint64_t>((*shape)[1])};
    }
    throw group.location().error("a shape of two sizes", fmt::format("{}", fmt::join(*shape, ", ")),
                                 "the file is damaged");
  }
  throw group.location().error("an attribute 'shape'", "none", "the file is damaged; write it again");
}

ObsmListing list_obsm(const Group& root, size_t n_cells) {
  Lister lister(n_cells);
  if (is_compound(root)) {
    lister.visit_compound(root.dataset("obsm"));
  } else if (root.is_group("obsm")) {
    lister.visit(root.group("obsm"), "", 0);
  }
  return std::move(lister.listing);
}

DenseMatrix<float> read_obsm(const Group& root, size_t n_cells, const std::string& key) {
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
  if (found->encoding == "dense") return read_dense(root.dataset(entry), found->n_cols);
  if (found->encoding == "dataframe")
    return read_frame(*FrameReader::open(root, entry), root.location().child(entry));
  return read_sparse(root.group(entry), *found);
}

}  // namespace zerocell
