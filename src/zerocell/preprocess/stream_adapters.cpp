#include "zerocell/preprocess/stream_adapters.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr uint32_t kDropped = std::numeric_limits<uint32_t>::max();

void require_ascending(const std::vector<uint32_t>& list, size_t limit, const char* what) {
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i] >= limit || (i > 0 && list[i] <= list[i - 1]))
      throw Error::internal(std::string("subset: the ") + what +
                            " must ascend strictly and lie inside the stream");
  }
}

/// Writes without a branch, as whether a gene is kept cannot be foreseen; `out` has room for the whole row.
size_t append_row(CsrMatrix& out, size_t at, const CsrMatrix& in, size_t row,
                  const std::vector<uint32_t>& new_column) {
  const auto indices = in.row_indices(row);
  const auto values = in.row_values(row);
  for (size_t k = 0; k < indices.size(); ++k) {
    const uint32_t column = new_column[indices[k]];
    out.indices[at] = column;
    out.values[at] = values[k];
    at += column != kDropped;
  }
  out.indptr.push_back(at);
  return at;
}

size_t bytes(const RowBlock& block) {
  return sizeof(RowBlock) + block.values.indptr.size() * sizeof(uint64_t) +
         block.values.nnz() * (sizeof(uint32_t) + sizeof(float));
}

struct Cache {
  std::vector<RowBlock> blocks;
  size_t used = 0;
  bool complete = false;  ///< blocks hold a whole pass
  bool too_large = false;
};

}  // namespace

RowStream subset(RowStream source, std::vector<uint32_t> rows, std::vector<uint32_t> columns) {
  require_ascending(rows, source.n_rows, "rows");
  require_ascending(columns, source.n_cols, "columns");
  std::vector<uint32_t> new_column(source.n_cols, kDropped);
  for (size_t j = 0; j < columns.size(); ++j) new_column[columns[j]] = static_cast<uint32_t>(j);

  if (rows.size() == source.n_rows && columns.size() == source.n_cols) return source;
  RowStream result{rows.size(), columns.size(), {}};
  result.for_each_block = [source = std::move(source), rows = std::move(rows),
                           new_column = std::move(new_column),
                           n_cols = columns.size()](const std::function<void(const RowBlock&)>& consume) {
    RowBlock out;
    size_t next = 0;  // position in `rows`
    source.for_each_block([&](const RowBlock& in) {
      const size_t end_row = in.first_row + in.values.n_rows;
      out.first_row = next;
      out.values.n_cols = n_cols;
      out.values.indptr.assign(1, 0);
      out.values.indices.resize(in.values.nnz() + 1);  // one more for the last value, kept or not
      out.values.values.resize(in.values.nnz() + 1);
      size_t at = 0;
      for (; next < rows.size() && rows[next] < end_row; ++next)
        at = append_row(out.values, at, in.values, rows[next] - in.first_row, new_column);
      out.values.indices.resize(at);
      out.values.values.resize(at);
      out.values.n_rows = out.values.indptr.size() - 1;
      if (out.values.n_rows > 0) consume(out);
    });
  };
  return result;
}

RowStream cached(RowStream source, size_t max_bytes) {
  RowStream result{source.n_rows, source.n_cols, {}};
  result.for_each_block = [source = std::move(source), max_bytes, cache = std::make_shared<Cache>()](
                              const std::function<void(const RowBlock&)>& consume) {
    if (cache->complete) {
      for (const RowBlock& block : cache->blocks) consume(block);
      return;
    }
    cache->blocks.clear();  // an earlier pass may have been cut short
    cache->used = 0;
    source.for_each_block([&](const RowBlock& block) {
      if (!cache->too_large) {
        cache->used += bytes(block);
        cache->too_large = cache->used > max_bytes;
        if (cache->too_large)
          cache->blocks = {};
        else
          cache->blocks.push_back(block);
      }
      consume(block);
    });
    cache->complete = !cache->too_large;
  };
  return result;
}

CsrMatrix collect(const RowStream& source) {
  CsrMatrix out;
  out.n_rows = source.n_rows;
  out.n_cols = source.n_cols;
  out.indptr.reserve(source.n_rows + 1);
  size_t at = 0;
  source.for_each_block([&](const RowBlock& block) {
    const CsrMatrix& in = block.values;
    if (out.indices.capacity() < at + in.nnz() + 1) {
      const size_t room = std::max(at + in.nnz() + 1, at + at / 2);
      out.indices.reserve(room);
      out.values.reserve(room);
    }
    out.indices.resize(at + in.nnz() + 1);
    out.values.resize(at + in.nnz() + 1);
    for (size_t i = 0; i < in.n_rows; ++i) {
      for (size_t k = in.indptr[i]; k < in.indptr[i + 1]; ++k) {
        out.indices[at] = in.indices[k];
        out.values[at] = in.values[k];
        at += in.values[k] != 0;
      }
      out.indptr.push_back(at);
    }
    out.indices.resize(at);
    out.values.resize(at);
  });
  return out;
}

}  // namespace zerocell
