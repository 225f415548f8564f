#include "zerocell/data/matrix_values.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "zerocell/core/system.h"
#include "zerocell/data/array_reader.h"
#include "zerocell/data/element_convert.h"
#include "zerocell/data/entry_reader.h"
#include "zerocell/data/expression_stream.h"

namespace zerocell {
namespace {

using hdf5::Dataset;
using hdf5::Group;

constexpr uint64_t kEntriesAStep = uint64_t{1} << 20;

void convert(const hdf5::ElementType& type, const uint8_t* in, size_t n, float* out) {
  convert_to_float(type, in, n, out);
}
void convert(const hdf5::ElementType& type, const uint8_t* in, size_t n, double* out) {
  convert_to_double(type, in, n, out);
}

template <class T>
DenseMatrix<T> read_dense(const Dataset& dataset, size_t n_cols) {
  auto out = make_matrix<T>(dataset.shape()[0], n_cols, dataset.location());
  dataset.check_plausible(dataset.n_elements() * dataset.type().size);
  ThreadPool alone(1);
  ArrayReader reader(dataset, alone.size());
  read_rows(reader, 0, out.n_rows(), alone, [&](const ArrayReader::Part& part) {
    for (uint64_t row = 0; row < part.n_rows; ++row)
      convert(dataset.type(), part.row_data(row), part.n_columns, &out(part.row + row, part.column));
  });
  return out;
}

/// Entries of `arrays` one after another: add(major, minor, value).
template <class Add>
void for_each_entry(const SparseArrays& arrays, const Add& add) {
  ThreadPool alone(1);
  const auto indptr = read_indptr(arrays, UINT64_MAX);
  EntryReader indices_of(arrays, alone);
  ArrayReader values_of(arrays.data, alone.size());
  std::vector<uint32_t> indices;
  std::vector<double> values;
  size_t major = 0;
  for (uint64_t first = 0; first < indptr.back(); first += kEntriesAStep) {
    const uint64_t n = std::min(kEntriesAStep, indptr.back() - first);
    indices.resize(n);
    values.resize(n);
    indices_of.read(first, n, indices.data(), nullptr);
    read_rows(values_of, first, n, alone, [&](const ArrayReader::Part& part) {
      convert_to_double(arrays.data.type(), part.bytes.data(), part.n_rows,
                        values.data() + (part.row - first));
    });
    for (uint64_t i = 0; i < n; ++i) {
      while (first + i >= indptr[major + 1]) ++major;
      add(major, indices[i], values[i]);
    }
  }
}

DenseMatrix<float> collect_dense(const RowStream& stream, const hdf5::Location& where) {
  auto out = make_matrix<float>(stream.n_rows, stream.n_cols, where);
  stream.for_each_block([&](const RowBlock& block) {
    for (size_t row = 0; row < block.values.n_rows; ++row) {
      const auto indices = block.values.row_indices(row);
      const auto values = block.values.row_values(row);
      for (size_t i = 0; i < indices.size(); ++i) out(block.first_row + row, indices[i]) = values[i];
    }
  });
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

template <class T>
DenseMatrix<T> make_matrix(uint64_t n_rows, uint64_t n_cols, const hdf5::Location& where) {
  uint64_t bytes = 0;
  const bool overflow =
      __builtin_mul_overflow(n_rows, n_cols, &bytes) || __builtin_mul_overflow(bytes, sizeof(T), &bytes);
  if (overflow || bytes > available_memory() / 2) {
    throw where.error(
        fmt::format("a matrix that fits into half of the memory ({})", format_size(available_memory())),
        fmt::format("{} x {} values", n_rows, n_cols), "the file is damaged, or needs a larger machine");
  }
  return DenseMatrix<T>(n_rows, n_cols);
}
template DenseMatrix<float> make_matrix<float>(uint64_t, uint64_t, const hdf5::Location&);
template DenseMatrix<double> make_matrix<double>(uint64_t, uint64_t, const hdf5::Location&);

TableValues read_dense_values(const Dataset& dataset, size_t n_cols) {
  if (exceeds_float32(dataset.type())) return read_dense<double>(dataset, n_cols);
  return read_dense<float>(dataset, n_cols);
}

TableValues read_sparse_values(const Group& group, size_t n_rows, size_t n_cols) {
  const bool by_row = sparse_format(group) == "csr";
  const auto arrays = std::make_shared<const SparseArrays>(
      open_sparse(group, by_row ? n_rows : n_cols, by_row ? n_cols : n_rows));
  if (!exceeds_float32(arrays->data.type())) {
    ThreadPool alone(1);
    return collect_dense(by_row ? stream_csr(arrays, alone, {}) : stream_csc(arrays, alone, {}),
                         group.location());
  }
  auto out = make_matrix<double>(n_rows, n_cols, group.location());
  for_each_entry(*arrays, [&](size_t major, size_t minor, double value) {
    (by_row ? out(major, minor) : out(minor, major)) += value;
  });
  return out;
}

}  // namespace zerocell
