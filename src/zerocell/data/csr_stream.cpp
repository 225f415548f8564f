#include <atomic>
#include <utility>

#include <fmt/format.h>

#include "zerocell/data/element_convert.h"
#include "zerocell/data/entry_reader.h"
#include "zerocell/data/expression_stream.h"
#include "zerocell/data/row_blocks.h"

namespace zerocell {
namespace {

constexpr const char* kDamaged = "the file is damaged; copy or create it again";

}  // namespace

SparseArrays open_sparse(const hdf5::Group& group, size_t n_major, size_t n_minor,
                         std::shared_ptr<StreamNotes> notes) {
  SparseArrays arrays{
      group.location(), group.dataset("data"), group.dataset("indices"), group.dataset("indptr"), n_major,
      n_minor,          std::move(notes)};
  for (const hdf5::Dataset* part : {&arrays.data, &arrays.indices, &arrays.indptr}) {
    if (part->shape().size() == 1) continue;
    throw part->location().error("an array of one dimension",
                                 fmt::format("{} dimensions", part->shape().size()), kDamaged);
  }
  for (const hdf5::Dataset* part : {&arrays.indices, &arrays.indptr}) {
    if (part->type().kind == hdf5::TypeKind::integer && part->type().standard) continue;
    throw part->location().error("integers", fmt::format("elements of type {}", part->type().name()),
                                 kDamaged);
  }
  if (arrays.data.n_elements() != arrays.indices.n_elements()) {
    throw arrays.where.error(
        "as many indices as values",
        fmt::format("{} indices, {} values", arrays.indices.n_elements(), arrays.data.n_elements()),
        kDamaged);
  }
  if (arrays.indptr.n_elements() == 0 || arrays.indptr.n_elements() - 1 != n_major) {
    throw arrays.indptr.location().error(fmt::format("{} + 1 entries", n_major),
                                         fmt::format("{}", arrays.indptr.n_elements()), kDamaged);
  }
  return arrays;
}

std::vector<uint64_t> read_indptr(const SparseArrays& arrays, uint64_t longest) {
  const std::vector<int64_t> stored = arrays.indptr.read<int64_t>();
  const hdf5::Location& where = arrays.indptr.location();
  if (stored.front() != 0)
    throw where.error("0 as the first entry", fmt::format("{}", stored.front()), kDamaged);
  for (size_t i = 1; i < stored.size(); ++i) {
    if (stored[i] < stored[i - 1]) {
      throw where.error("offsets that never decrease",
                        fmt::format("{} after {} at {}", stored[i], stored[i - 1], i), kDamaged);
    }
    if (static_cast<uint64_t>(stored[i] - stored[i - 1]) > longest) {
      throw where.error(
          fmt::format("at most {} stored values a row or column", longest),
          fmt::format("{} in number {}", stored[i] - stored[i - 1], i - 1),
          longest > arrays.n_minor ? "the file is damaged, or needs more memory (--max-memory)" : kDamaged);
    }
  }
  const uint64_t last = static_cast<uint64_t>(stored.back()), n_stored = arrays.data.n_elements();
  if (last > n_stored) {
    throw where.error(fmt::format("offsets up to the {} stored values", n_stored), fmt::format("{}", last),
                      kDamaged);
  }
  // scipy drops them without a word: rows would be shorter than what was written.
  if (last < n_stored) {
    throw where.error(
        fmt::format("a last offset of {}, which is how many values are stored", n_stored),
        fmt::format("{}: {} stored values lie behind it and belong to no row or column", last,
                    n_stored - last),
        "the offsets were not written to the end, so that values are lost; write the file again from its "
        "source");
  }
  return {stored.begin(), stored.end()};
}

void refuse_duplicates(const SparseArrays& arrays, uint64_t n_merged) {
  if (n_merged == 0 || arrays.notes) return;
  throw arrays.where.error("each column at most once in a row",
                           fmt::format("{} entries for a column that the row has already", n_merged),
                           "sum the duplicates (scipy: sum_duplicates) and write the file again");
}

EntryReader::EntryReader(const SparseArrays& arrays, ThreadPool& pool)
    : arrays_(arrays),
      pool_(pool),
      index_reader_(arrays.indices, pool.size()),
      value_reader_(arrays.data, pool.size()) {}

void EntryReader::read(uint64_t first, uint64_t n, uint32_t* indices, float* values) {
  const size_t n_index_tasks = index_reader_.plan(first, n);
  const size_t n_value_tasks = values == nullptr ? 0 : value_reader_.plan(first, n);
  std::atomic<bool> bad{false};
  const hdf5::ElementType& index_type = arrays_.indices.type();
  const hdf5::ElementType& value_type = arrays_.data.type();
  const auto take_indices = [&](const ArrayReader::Part& part) {
    if (!convert_to_index(index_type, part.bytes.data(), part.n_rows, arrays_.n_minor,
                          indices + (part.row - first)))
      bad = true;
  };
  const auto take_values = [&](const ArrayReader::Part& part) {
    convert_to_float(value_type, part.bytes.data(), part.n_rows, values + (part.row - first));
  };
  pool_.parallel_for(n_index_tasks + n_value_tasks, [&](size_t task, int worker) {
    if (task < n_index_tasks) {
      index_reader_.run(task, worker, take_indices);
    } else {
      value_reader_.run(task - n_index_tasks, worker, take_values);
    }
  });
  if (bad) {
    throw arrays_.indices.location().error(
        fmt::format("indices from 0 to {}", arrays_.n_minor - 1),
        fmt::format("one outside, among entries {} to {}", first, first + n), kDamaged);
  }
}

RowStream stream_csr(std::shared_ptr<const SparseArrays> arrays, ThreadPool& pool,
                     const StreamOptions& options) {
  RowStream stream;
  stream.n_rows = arrays->n_major;
  stream.n_cols = arrays->n_minor;
  stream.for_each_block = [arrays, &pool, options](const std::function<void(const RowBlock&)>& consume) {
    const std::vector<uint64_t> indptr =
        read_indptr(*arrays, longest_row(arrays->n_minor, options.max_bytes));
    DuplicateCount duplicates(arrays->notes, arrays->where.entry);
    EntryReader entries(*arrays, pool);
    RowBlock block;
    block.values.n_cols = arrays->n_minor;
    for (size_t row = 0, end = 0; row < arrays->n_major; row = end) {
      end = block_end(indptr, row, options.block_bytes);
      const uint64_t n = indptr[end] - indptr[row];
      block.first_row = row;
      block.values.n_rows = end - row;
      block.values.indptr.resize(end - row + 1);
      for (size_t i = row; i <= end; ++i) block.values.indptr[i - row] = indptr[i] - indptr[row];
      block.values.indices.resize(n);
      block.values.values.resize(n);
      entries.read(indptr[row], n, block.values.indices.data(), block.values.values.data());
      const uint64_t n_merged = order_rows(block.values, pool);
      refuse_duplicates(*arrays, n_merged);
      duplicates.add(n_merged);
      consume(block);
    }
    duplicates.finish();
  };
  return stream;
}

}  // namespace zerocell
