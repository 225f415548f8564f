#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "zerocell/core/row_stream.h"
#include "zerocell/data/hdf5.h"

namespace zerocell {

/// Rows of a stream put together.
inline CsrMatrix gather_rows(const RowStream& stream) {
  CsrMatrix out;
  out.n_cols = stream.n_cols;
  stream.for_each_block([&](const RowBlock& block) {
    for (size_t row = 0; row < block.values.n_rows; ++row) {
      const auto indices = block.values.row_indices(row);
      const auto values = block.values.row_values(row);
      out.indices.insert(out.indices.end(), indices.begin(), indices.end());
      out.values.insert(out.values.end(), values.begin(), values.end());
      out.indptr.push_back(out.indices.size());
    }
    out.n_rows += block.values.n_rows;
  });
  return out;
}

inline void write_names(hdf5::Group& root, const std::string& frame, size_t n) {
  hdf5::Group group = root.create_group(frame);
  group.write_attribute("encoding-type", "dataframe");
  group.write_attribute("_index", "_index");
  group.write_attribute("column-order", std::vector<std::string>());
  std::vector<std::string> names;
  for (size_t i = 0; i < n; ++i) names.push_back(frame + std::to_string(i));
  group.write_strings("_index", names);
}

/// A file with obs and var of the sizes given and nothing else.
inline hdf5::File create_h5ad(const std::string& path, size_t n_cells, size_t n_genes) {
  hdf5::File file = hdf5::File::create(path);
  hdf5::Group root = file.root();
  write_names(root, "obs", n_cells);
  write_names(root, "var", n_genes);
  return file;
}

struct SparseParts {
  std::vector<int64_t> indptr;
  std::vector<int32_t> indices;
  std::vector<float> values;
};

inline void write_sparse(hdf5::Group root, const std::string& format, const std::vector<int64_t>& shape,
                         const SparseParts& parts) {
  hdf5::Group group = root.create_group("X");
  group.write_attribute("encoding-type", format);
  group.write_attribute("shape", shape);
  const auto write = [&](const std::string& name, const auto& values) {
    using T = typename std::decay_t<decltype(values)>::value_type;
    const uint64_t n = values.size();
    group.write_array<T>(name, std::span<const T>(values), {&n, 1});
  };
  write("indptr", parts.indptr);
  write("indices", parts.indices);
  write("data", parts.values);
}

}  // namespace zerocell
