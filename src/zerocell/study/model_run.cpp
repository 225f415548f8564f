#include "zerocell/study/model_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <numeric>

#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/core/system.h"
#include "zerocell/study/row_journal.h"

namespace zerocell {
namespace {

/// Rows `cells` of all, without a copy where that is every row.
DenseMatrix<float> take_rows(DenseMatrix<float> all, const std::vector<uint32_t>& cells) {
  if (cells.size() == all.n_rows()) return all;
  DenseMatrix<float> taken(cells.size(), all.n_cols());
  for (size_t i = 0; i < cells.size(); ++i) std::ranges::copy(all.row(cells[i]), taken.row(i).begin());
  return taken;
}

/// A variant during a pass.
struct RunningVariant {
  explicit RunningVariant(const PackedVariant& v)
      : variant(v),
        values(first_values(v)),
        journal(is_known(v) ? "" : v.job.journal, v.job.journal_key, values),
        n_resumed(is_known(v) ? values.n_rows() : journal.rows_done()) {}

  static bool is_known(const PackedVariant& v) {
    return v.job.known_rows && v.job.known_rows->n_cols() == v.dim;
  }
  static DenseMatrix<float> first_values(const PackedVariant& v) {
    return is_known(v)
               ? *v.job.known_rows
               : DenseMatrix<float>(v.job.data.n_cells(), v.dim, std::numeric_limits<float>::quiet_NaN());
  }

  /// Cells of a block come in order: where the last is done, all are.
  void encode(const TokenBlock& block, std::span<const uint32_t> cells, Workspace& workspace) {
    if (cells.back() < n_resumed) return;
    const double start = now_seconds();
    std::vector<float> rows(cells.size() * variant.dim);
    variant.embed(block, workspace, rows);
    for (size_t c = 0; c < cells.size(); ++c)
      std::copy_n(rows.data() + c * variant.dim, variant.dim, values.row(cells[c]).begin());
    seconds.fetch_add(now_seconds() - start);
  }

  /// Says that the journal ended, where it did.
  void warn_once() {
    if (warned || journal.warning().empty()) return;
    warned = true;
    variant.job.progress.warn(journal.warning());
  }

  const PackedVariant& variant;
  DenseMatrix<float> values;
  RowJournal journal;
  size_t n_resumed;
  bool warned = false;
  std::atomic<double> seconds{0};  ///< over all workers
};

}  // namespace

Error bad_option(const EmbeddingSpec& spec, std::string_view option, std::string_view expected,
                 const std::string& found) {
  return Error::usage({fmt::format("'{}', option '{}'", spec.text, option), std::string(expected),
                       fmt::format("'{}'", found), ""});
}

size_t choose_option(const EmbeddingSpec& spec, std::string_view option,
                     std::initializer_list<std::string_view> words) {
  const auto value = spec.option(option, *words.begin());
  const auto found = std::ranges::find(words, value);
  if (found == words.end()) {
    std::string expected;
    for (const auto& word : words) {
      if (!expected.empty()) expected += &word + 1 == words.end() ? " or " : ", ";
      expected += word;
    }
    throw bad_option(spec, option, expected, value);
  }
  return static_cast<size_t>(found - words.begin());
}

Precision parse_dtype(const EmbeddingSpec& spec) {
  return choose_option(spec, "dtype", {"float32", "bfloat16"}) == 1 ? Precision::bfloat16
                                                                    : Precision::float32;
}

std::string file_origin(const Checkpoint& checkpoint, bool untrained) {
  ContentHash hash;
  for (const auto& file : checkpoint.files()) hash.add(std::string_view(hash_path(file)));
  return fmt::format("{}(XXH3 {})", untrained ? "untrained" : "trained", hash.hex());
}

PackedOptions packed_options(const EmbeddingJob& job) {
  PackedOptions options;
  options.max_memory = job.max_memory / 4;
  return options;
}

SeenCells seen_cells(const std::vector<CellCoverage>& coverage, size_t n_special) {
  SeenCells seen;
  for (uint32_t i = 0; i < coverage.size(); ++i) {
    const auto& cell = coverage[i];
    seen.summary.add(cell, cell.genes_seen ? cell.genes_seen - cell.genes_cut + n_special : 0);
    if (cell.genes_seen) seen.cells.push_back(i);
  }
  return seen;
}

void require_seen(const EmbeddingJob& job, const SeenCells& seen) {
  if (seen.cells.empty())
    throw Error::data({job.data.file().path(), "cells that express a gene of the model's vocabulary", "none",
                       "Check the gene ids (--gene-ids) and 'zerocell inspect'"});
}

void warn_of_unseen(const CoverageSummary& coverage, std::vector<std::string>& warnings) {
  if (coverage.n_cells_unseen)
    warnings.push_back(fmt::format(
        "{} of {} cells express no gene that the model knows: they have no embedding and are left "
        "out of its scores",
        coverage.n_cells_unseen, coverage.n_cells));
}

PackedEmbeddings embed_packed(std::span<const PackedVariant> variants, const PackedTokens& tokens,
                              const Backend& backend, std::string_view model) {
  const EmbeddingJob& job = variants.front().job;
  const size_t n_cells = job.data.n_cells();
  std::vector<std::unique_ptr<RunningVariant>> running;
  size_t resumed_by_all = n_cells;
  for (const auto& variant : variants) {
    running.push_back(std::make_unique<RunningVariant>(variant));
    resumed_by_all = std::min(resumed_by_all, running.back()->n_resumed);
  }
  PackedModel packed;
  packed.begin_rows = tokens.begin_rows;
  packed.tokenize = tokens.tokenize;
  packed.block_bytes = [&](size_t n_tokens) {
    size_t most = 0;
    for (const auto& variant : variants) most = std::max(most, variant.block_bytes(n_tokens));
    return most;
  };
  packed.encode = [&](const TokenBlock& block, std::span<const uint32_t> cells, Workspace& workspace) {
    for (const auto& variant : running) variant->encode(block, cells, workspace);
  };
  auto options = packed_options(job);
  options.done.assign(n_cells, false);
  std::fill_n(options.done.begin(), resumed_by_all, true);
  std::vector<CellCoverage> coverage;
  const auto warn_of_journals = [&] {
    for (const auto& variant : running) variant->warn_once();
  };
  warn_of_journals();
  job.progress.stage(model, n_cells);
  StageClock clock;
  clock.run("inference", 0, [&] {
    run_packed(job.data.counts(), packed, backend, options, job.pool, job.progress, coverage,
               [&](size_t n_rows) {
                 for (const auto& variant : running) variant->journal.append(n_rows);
                 warn_of_journals();
               });
  });
  PackedEmbeddings result;
  result.seen = seen_cells(coverage, tokens.n_special);
  require_seen(job, result.seen);
  double all_seconds = 0;
  for (const auto& variant : running) all_seconds += variant->seconds;
  for (const auto& variant : running) {
    StageCost cost = clock.stages.front();
    if (all_seconds > 0) cost.seconds *= variant->seconds / all_seconds;
    const auto n = static_cast<double>(n_cells - variant->n_resumed);
    if (RunningVariant::is_known(variant->variant))
      cost.name = "rows taken from the same model's of more cells";
    cost.cells_per_second = n > 0 && cost.seconds > 0 ? n / cost.seconds : 0;
    result.costs.push_back(std::move(cost));
    result.values.push_back(take_rows(std::move(variant->values), result.seen.cells));
  }
  return result;
}

}  // namespace zerocell
