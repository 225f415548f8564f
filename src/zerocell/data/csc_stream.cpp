#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "zerocell/data/entry_reader.h"
#include "zerocell/data/expression_stream.h"
#include "zerocell/data/row_blocks.h"

namespace zerocell {
namespace {

constexpr uint64_t kEntryBytes = sizeof(uint32_t) + sizeof(float);
/// Entries decoded at a time; the whole pass goes through buffers of this size.
constexpr uint64_t kSegmentEntries = uint64_t{1} << 21;
/// Each task goes through a whole segment and takes its own rows: more tasks, more passes over the cache.
constexpr size_t kMaxScatterTasks = 8;

/// What a pass over the file needs, and the row counts that the first pass found.
class Transposer {
 public:
  Transposer(std::shared_ptr<const SparseArrays> arrays, ThreadPool& pool, const StreamOptions& options)
      : arrays_(std::move(arrays)), pool_(pool), options_(options) {}

  void for_each_block(const std::function<void(const RowBlock&)>& consume) {
    // A column is never held as a whole, so that its length is bounded by the stored values alone.
    const std::vector<uint64_t> indptr = read_indptr(*arrays_, UINT64_MAX);
    DuplicateCount duplicates(arrays_->notes, arrays_->where.entry);
    const std::vector<uint64_t> row_ends = count_rows(indptr.back());
    const size_t n_rows = arrays_->n_minor;
    const uint64_t room = std::max<uint64_t>(options_.max_bytes / 2 / kEntryBytes, 1);
    for (size_t begin = 0, end = 0; begin < n_rows; begin = end) {
      end = range_end(row_ends, begin, room);
      CsrMatrix range = gather(indptr, row_ends, begin, end);
      const uint64_t n_merged = order_rows(range, pool_);
      refuse_duplicates(*arrays_, n_merged);
      duplicates.add(n_merged);
      deliver_rows(range, begin, options_.block_bytes, consume);
    }
    duplicates.finish();
  }

 private:
  /// Calls visit(first entry, indices, values) for segments of the entries, in order.
  template <class Visit>
  void for_each_segment(uint64_t n_entries, bool with_values, const Visit& visit) {
    EntryReader entries(*arrays_, pool_);
    std::vector<uint32_t> indices;
    std::vector<float> values;
    for (uint64_t first = 0; first < n_entries; first += kSegmentEntries) {
      const uint64_t n = std::min(kSegmentEntries, n_entries - first);
      indices.resize(n);
      values.resize(with_values ? n : 0);
      entries.read(first, n, indices.data(), with_values ? values.data() : nullptr);
      visit(first, indices, values);
    }
  }

  /// Entry r: stored values in rows 0 to r. Counted once, kept for later passes.
  std::vector<uint64_t> count_rows(uint64_t n_entries) {
    const std::lock_guard lock(mutex_);
    if (!row_ends_.empty() || arrays_->n_minor == 0) return row_ends_;
    std::vector<uint64_t> ends(arrays_->n_minor, 0);
    for_each_segment(n_entries, false,
                     [&](uint64_t, const std::vector<uint32_t>& rows, const std::vector<float>&) {
                       for (const uint32_t row : rows) ++ends[row];
                     });
    const uint64_t longest = longest_row(arrays_->n_major, options_.max_bytes);
    for (size_t row = 0; row < ends.size(); ++row) {
      if (ends[row] > longest) {
        throw arrays_->indices.location().error(fmt::format("at most {} stored values a row", longest),
                                                fmt::format("{} in row {}", ends[row], row),
                                                "the file is damaged, or needs more memory (--max-memory)");
      }
    }
    for (size_t row = 1; row < ends.size(); ++row) ends[row] += ends[row - 1];
    row_ends_ = std::move(ends);
    return row_ends_;
  }

  static size_t range_end(const std::vector<uint64_t>& row_ends, size_t begin, uint64_t room) {
    const uint64_t before = begin == 0 ? 0 : row_ends[begin - 1];
    const auto end =
        std::upper_bound(row_ends.begin() + static_cast<ptrdiff_t>(begin), row_ends.end(), before + room);
    return std::max(begin + 1, static_cast<size_t>(end - row_ends.begin()));
  }

  /// Rows [begin, end) of the matrix. Columns come in ascending order, so every row is sorted as it fills.
  CsrMatrix gather(const std::vector<uint64_t>& indptr, const std::vector<uint64_t>& row_ends, size_t begin,
                   size_t end) {
    CsrMatrix out;
    out.n_rows = end - begin;
    out.n_cols = arrays_->n_major;
    const uint64_t before = begin == 0 ? 0 : row_ends[begin - 1];
    out.indptr.resize(out.n_rows + 1);
    for (size_t row = begin; row < end; ++row) out.indptr[row - begin + 1] = row_ends[row] - before;
    out.indices.resize(out.indptr.back());
    out.values.resize(out.indptr.back());
    std::vector<uint64_t> cursor(out.indptr.begin(), out.indptr.end() - 1);
    std::vector<uint32_t> columns;
    const size_t n_tasks = std::min({static_cast<size_t>(pool_.size()), kMaxScatterTasks, out.n_rows});
    for_each_segment(
        indptr.back(), true,
        [&](uint64_t first, const std::vector<uint32_t>& rows, const std::vector<float>& values) {
          fill_columns(indptr, first, rows.size(), columns);
          pool_.parallel_for(n_tasks, [&](size_t task, int) {
            const uint64_t from = begin + out.n_rows * task / n_tasks,
                           to = begin + out.n_rows * (task + 1) / n_tasks;
            for (size_t i = 0; i < rows.size(); ++i) {
              if (rows[i] < from || rows[i] >= to) continue;
              const uint64_t at = cursor[rows[i] - begin]++;
              out.indices[at] = columns[i];
              out.values[at] = values[i];
            }
          });
        });
    return out;
  }

  /// The column of each of n entries from `first` on.
  static void fill_columns(const std::vector<uint64_t>& indptr, uint64_t first, size_t n,
                           std::vector<uint32_t>& columns) {
    columns.resize(n);
    size_t column =
        static_cast<size_t>(std::upper_bound(indptr.begin(), indptr.end(), first) - indptr.begin()) - 1;
    for (size_t i = 0; i < n; ++i) {
      while (indptr[column + 1] <= first + i) ++column;
      columns[i] = static_cast<uint32_t>(column);
    }
  }

  std::shared_ptr<const SparseArrays> arrays_;
  ThreadPool& pool_;
  StreamOptions options_;
  std::mutex mutex_;
  std::vector<uint64_t> row_ends_;
};

}  // namespace

RowStream stream_csc(std::shared_ptr<const SparseArrays> arrays, ThreadPool& pool,
                     const StreamOptions& options) {
  RowStream stream;
  stream.n_rows = arrays->n_minor;
  stream.n_cols = arrays->n_major;
  auto transposer = std::make_shared<Transposer>(std::move(arrays), pool, options);
  stream.for_each_block = [transposer](const std::function<void(const RowBlock&)>& consume) {
    transposer->for_each_block(consume);
  };
  return stream;
}

}  // namespace zerocell
