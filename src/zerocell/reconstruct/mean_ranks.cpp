#include "zerocell/reconstruct/mean_ranks.h"

#include "zerocell/reconstruct/cell_ranks.h"

namespace zerocell {
namespace {

struct Partial {
  explicit Partial(size_t n_vocabulary) : ranks(n_vocabulary), sums(n_vocabulary), counts(n_vocabulary) {}

  CellRanks ranks;
  std::vector<uint64_t> sums, counts;
};

}  // namespace

void MeanRanks::add(const TokenBlock& cells, ThreadPool& pool) {
  constexpr size_t kCellsPerTask = 64;
  std::vector<Partial> partial(static_cast<size_t>(pool.size()), Partial(n_vocabulary()));
  pool.parallel_ranges(cells.n_cells(), kCellsPerTask, [&](size_t begin, size_t end, int worker) {
    Partial& own = partial[static_cast<size_t>(worker)];
    for (size_t c = begin; c < end; ++c) {
      const std::span tokens(cells.tokens.data() + cells.offsets[c], cells.offsets[c + 1] - cells.offsets[c]);
      for (const CellRanks::Gene& gene : own.ranks.load(tokens, {})) {
        const double rank = gene.true_rank();
        own.sums[gene.token] += steps(rank);
        own.counts[gene.token] += rank > 0;
      }
    }
  });
  for (const Partial& part : partial)
    for (size_t token = 0; token < n_vocabulary(); ++token) {
      sums_[token] += part.sums[token];
      counts_[token] += part.counts[token];
    }
}

}  // namespace zerocell
