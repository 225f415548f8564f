#include "zerocell/data/array_reader.h"

#include <algorithm>

#include <fmt/format.h>

namespace zerocell {
namespace {

/// Bytes that one task reads where there are no chunks to go by.
constexpr uint64_t kSlabBytes = uint64_t{4} << 20;

bool plugin_present(int filter) {
  const hdf5::Lock lock;
  return H5Zfilter_avail(static_cast<H5Z_filter_t>(filter)) > 0;
}

void check_filters_available(const hdf5::Dataset& dataset) {
  for (const hdf5::Filter& filter : dataset.filters()) {
    if (plugin_present(filter.id)) continue;
    throw dataset.location().error(
        "compression by gzip, lzf, zstd, blosc or an installed HDF5 plug-in",
        fmt::format("compression by {}", filter.name),
        "install the HDF5 plug-in of that filter and set HDF5_PLUGIN_PATH, or write "
        "the file again with gzip");
  }
}

}  // namespace

ArrayReader::ArrayReader(const hdf5::Dataset& dataset, int n_workers) : dataset_(dataset) {
  const hdf5::ElementType& type = dataset_.type();
  const size_t rank = dataset_.shape().size();
  if (rank != 1 && rank != 2) {
    throw dataset_.location().error("an array of one or two dimensions", fmt::format("{} dimensions", rank));
  }
  if (!type.standard) {
    throw dataset_.location().error("integers, floating-point numbers or booleans of 1 to 8 bytes",
                                    fmt::format("elements of type {}", type.name()),
                                    "convert them, for example to float32");
  }
  if (dataset_.chunked() && ChunkDecoder::knows(dataset_)) {
    by_chunk_ = true;
    chunk_rows_ = dataset_.chunk_shape()[0];
    chunk_columns_ = rank == 1 ? 1 : dataset_.chunk_shape()[1];
    chunks_across_ = std::max<uint64_t>((n_columns() + chunk_columns_ - 1) / chunk_columns_, 1);
    ChunkDecoder::check_chunk_size(dataset_);
    for (int worker = 0; worker < n_workers; ++worker) decoders_.emplace_back();
    return;
  }
  check_filters_available(dataset_);
  const uint64_t row_bytes = std::max<uint64_t>(n_columns() * type.size, 1);
  slab_rows_ = std::max<uint64_t>(kSlabBytes / row_bytes, 1);
  // HDF5 itself decodes here: never the same chunk for two slabs.
  if (dataset_.chunked())
    slab_rows_ = std::max(slab_rows_ / dataset_.chunk_shape()[0], uint64_t{1}) * dataset_.chunk_shape()[0];
}

size_t ArrayReader::plan(uint64_t first_row, uint64_t n_wanted) {
  if (first_row > n_rows() || n_wanted > n_rows() - first_row) {
    throw dataset_.location().error(fmt::format("at least {} entries", first_row + n_wanted),
                                    fmt::format("{}", n_rows()), "the file is damaged");
  }
  first_ = first_row;
  end_ = first_row + n_wanted;
  if (keep_next_ != kNone && keep_next_ != kept_chunk_) {
    std::swap(kept_, kept_next_);
    kept_chunk_ = keep_next_;
  }
  keep_next_ = kNone;
  if (n_wanted == 0 || n_columns() == 0) return 0;
  if (!by_chunk_) return (n_wanted + slab_rows_ - 1) / slab_rows_;
  const uint64_t first_chunk = first_ / chunk_rows_, last_chunk = (end_ - 1) / chunk_rows_;
  return (last_chunk - first_chunk + 1) * chunks_across_;
}

void ArrayReader::run(size_t task, int worker, const Visit& visit) {
  if (by_chunk_) {
    run_chunk(task, worker, visit);
  } else {
    run_slab(task, visit);
  }
}

void ArrayReader::run_chunk(size_t task, int worker, const Visit& visit) {
  const uint64_t chunk = first_ / chunk_rows_ + task / chunks_across_;
  const uint64_t column = (task % chunks_across_) * chunk_columns_;
  const uint64_t offset[] = {chunk * chunk_rows_, column};
  std::span<const uint8_t> bytes;
  if (chunk == kept_chunk_) {
    bytes = kept_;
  } else {
    bytes =
        decoders_[static_cast<size_t>(worker)].decode(dataset_, std::span(offset, dataset_.shape().size()));
  }
  const size_t row_bytes = chunk_columns_ * dataset_.type().size;
  const uint64_t begin = std::max(first_, offset[0]), end = std::min(end_, offset[0] + chunk_rows_);
  visit({begin, end - begin, column, std::min(chunk_columns_, n_columns() - column),
         bytes.subspan((begin - offset[0]) * row_bytes, (end - begin) * row_bytes), row_bytes});
  // Only the last task of a range comes here, so no other one touches these members.
  if (chunks_across_ == 1 && end == end_ && end < offset[0] + chunk_rows_ && end < n_rows()) {
    if (chunk != kept_chunk_) kept_next_.assign(bytes.begin(), bytes.end());
    keep_next_ = chunk;
  }
}

void ArrayReader::run_slab(size_t task, const Visit& visit) const {
  const uint64_t begin = first_ + task * slab_rows_, end = std::min(end_, begin + slab_rows_);
  const std::vector<uint8_t> bytes = dataset_.read_raw_rows(begin, end - begin);
  visit({begin, end - begin, 0, n_columns(), bytes, n_columns() * dataset_.type().size});
}

void read_rows(ArrayReader& reader, uint64_t first, uint64_t n, ThreadPool& pool,
               const ArrayReader::Visit& visit) {
  pool.parallel_for(reader.plan(first, n), [&](size_t task, int worker) { reader.run(task, worker, visit); });
}

}  // namespace zerocell
