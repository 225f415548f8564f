#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/checkpoint/checkpoint.h"
#include "zerocell/models/coverage.h"
#include "zerocell/models/packed_inference.h"
#include "zerocell/nn/backend.h"
#include "zerocell/study/methods.h"
#include "zerocell/study/stage_clock.h"

/// What the runs of all models share: options, provenance, and the pass of packed tokens through one or
/// several networks.
namespace zerocell {

/// Floating-point operations a second and thread that an estimate counts on: what two-year-old server cores
/// with AVX2 reach (docs/performance.md), rounded down, as a promise should be.
inline constexpr double kPromisedFlops = 4e10;

/// An option's value that the method does not take.
Error bad_option(const EmbeddingSpec& spec, std::string_view option, std::string_view expected,
                 const std::string& found);
/// One of some words, the first being the fallback; its place in the list.
size_t choose_option(const EmbeddingSpec& spec, std::string_view option,
                     std::initializer_list<std::string_view> words);
/// The option dtype.
Precision parse_dtype(const EmbeddingSpec& spec);

/// "trained(XXH3 <hash of the files>)", or "untrained(...)" where the model's folder says so.
std::string file_origin(const Checkpoint& checkpoint, bool untrained);

/// Memory and size of blocks for a job.
PackedOptions packed_options(const EmbeddingJob& job);

/// Which cells a model saw.
struct SeenCells {
  CoverageSummary summary;
  std::vector<uint32_t> cells;  ///< that have tokens, ascending
};
/// `n_special`: tokens of a cell that are no genes.
SeenCells seen_cells(const std::vector<CellCoverage>& coverage, size_t n_special);
/// Throws Error(data) where no cell has a gene of the vocabulary.
void require_seen(const EmbeddingJob& job, const SeenCells& seen);
/// A sentence where some cells have no gene that the model knows.
void warn_of_unseen(const CoverageSummary& coverage, std::vector<std::string>& warnings);

/// One network among several that see the same tokens.
struct PackedVariant {
  const EmbeddingJob& job;
  size_t dim = 0;
  /// One vector a cell to (C, D).
  std::function<void(const TokenBlock& block, Workspace& workspace, std::span<float> out)> embed;
  std::function<size_t(size_t n_tokens)> block_bytes;
};

/// How cells become tokens.
struct PackedTokens {
  decltype(PackedModel::begin_rows) begin_rows;
  decltype(PackedModel::tokenize) tokenize;
  size_t n_special = 0;  ///< tokens of a cell that are no genes
};

/// What a pass gave each of its variants.
struct PackedEmbeddings {
  SeenCells seen;
  std::vector<DenseMatrix<float>> values;  ///< of each variant (M, D): the cells that have tokens
  std::vector<StageCost> costs;            ///< of each variant: its share of the pass's time
};

/// Runs every variant on every cell of a data set in one pass: counts are read and tokenised once. Finished
/// rows of each go to the journal of its job, and what a journal holds is not computed again. Throws
/// Error(data) where no cell has a token.
PackedEmbeddings embed_packed(std::span<const PackedVariant> variants, const PackedTokens& tokens,
                              const Backend& backend, std::string_view model);

}  // namespace zerocell
