// Reference: scanpy 1.11.5 through tests/reference/highly_variable.py -> tests/golden/highly_variable.json.
#include "zerocell/preprocess/highly_variable.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "preprocess/gene_mask.h"
#include "preprocess/matrix_stream.h"
#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/preprocess/filter.h"
#include "zerocell/preprocess/normalize.h"
#include "zerocell/preprocess/stream_adapters.h"

namespace zerocell {
namespace {

using nlohmann::json;

json golden() {
  std::ifstream in(ZEROCELL_SOURCE_DIR "/tests/golden/highly_variable.json");
  return json::parse(in);
}

double number(const json& value) {
  if (value.is_null()) return std::nan("");
  if (value.is_string()) return value == "inf" ? INFINITY : -INFINITY;
  return value.get<double>();
}

HighlyVariableOptions options_of(const json& run) {
  HighlyVariableOptions options;
  options.flavor = run["flavor"] == "seurat" ? HvgFlavor::seurat : HvgFlavor::cell_ranger;
  if (run["n_top_genes"].is_null())
    options.n_top_genes.reset();
  else
    options.n_top_genes = run["n_top_genes"].get<size_t>();
  return options;
}

struct Prepared {
  RowStream stream;  ///< log-normalised
  std::vector<int32_t> batches;
  std::vector<std::string> gene_names;
};

/// The integer counts of highly_variable.py: repeated genes (ties), silent genes, genes alone in their bin of
/// means, genes that one batch lacks, names whose alphabetical order is not the order of the columns.
Prepared synthetic(ThreadPool& pool, size_t rows_per_block) {
  const int64_t n_cells = 120, n_genes = 340;
  Prepared out;
  std::vector<std::vector<float>> counts(n_cells, std::vector<float>(n_genes));
  for (int64_t i = 0; i < n_cells; ++i) {
    const int64_t batch = (i * i + i / 7) % 3;
    out.batches.push_back(static_cast<int32_t>(batch));
    for (int64_t g = 0; g < n_genes; ++g) {
      const int64_t k = g % 160;
      const int64_t h = (i * 7919 + k * 104729 + i * k * 31 + i * i * (k + 3)) % 1009;
      int64_t x = h < 60 + 5 * k ? 1 + h % (1 + k % 7) : 0;
      if (g >= 320 && g < 324) x = 0;
      if (g == 324) x = 400 + h % 50;
      if (g == 325) x = 3000 + h % 900;
      if (g >= 20 && g < 30 && batch == 1) x = 0;
      counts[i][g] = static_cast<float>(x);
    }
  }
  for (int64_t g = 0; g < n_genes; ++g) {
    const int64_t id = g * 37 % n_genes;
    out.gene_names.push_back((id < 10 ? "g00" : id < 100 ? "g0" : "g") + std::to_string(id));
  }
  out.stream = normalized(stream_of(counts, rows_per_block), {}, pool);
  return out;
}

TEST(HighlyVariable, SyntheticTiesZeroDispersionAndAbsentGenesAsScanpy) {
  ThreadPool pool(3);
  NoProgress progress;
  const json reference = golden()["synthetic"];
  const Prepared data = synthetic(pool, 17);
  for (const json& run : reference["runs"]) {
    SCOPED_TRACE(run["flavor"].dump() + " batch " + run["batch"].dump() + " n " + run["n_top_genes"].dump());
    const BatchGroups groups = run["batch"] ? BatchGroups{data.batches, data.gene_names} : BatchGroups{};
    const auto result = highly_variable_genes(data.stream, options_of(run), groups, pool, progress);
    EXPECT_EQ(n_different(result.highly_variable, unpack_mask(run["mask"], 340)), 0u);
    if (!run.contains("means")) continue;
    for (size_t g = 0; g < 340; ++g) {
      const double mean = number(run["means"][g]), z = number(run["dispersions_norm"][g]);
      // NumPy's float32 log1p and expm1 are within 2 units in the last place of ours; 120 cells average that.
      EXPECT_NEAR(result.means[g], mean, 2e-7 * std::abs(mean));
      if (std::isfinite(z))
        EXPECT_NEAR(result.dispersions_norm[g], z, 1e-5 * std::max(1.0, std::abs(z))) << g;
      else
        EXPECT_EQ(std::isnan(z) ? std::isnan(result.dispersions_norm[g]) : result.dispersions_norm[g] == z,
                  true)
            << g << ": " << result.dispersions_norm[g] << " instead of " << z;
      if (run["batch"]) {
        EXPECT_EQ(result.highly_variable_nbatches[g], run["nbatches"][g].get<uint32_t>());
      }
    }
  }
}

TEST(HighlyVariable, SameBitsForAnyBlockSizeAndThreads) {
  ThreadPool one(1), four(4);
  NoProgress progress;
  const Prepared a = synthetic(one, 120), b = synthetic(four, 7);
  const auto x = highly_variable_genes(a.stream, {}, {a.batches, a.gene_names}, one, progress);
  const auto y = highly_variable_genes(b.stream, {}, {b.batches, b.gene_names}, four, progress);
  EXPECT_EQ(x.dispersions_norm, y.dispersions_norm);
  EXPECT_EQ(x.highly_variable, y.highly_variable);
  EXPECT_EQ(x.means, y.means);
}

class OnSets : public testing::TestWithParam<size_t> {};

TEST_P(OnSets, SameGenesAsScanpy) {
  const json reference = golden()["sets"][GetParam()];
  const std::string path = ZEROCELL_SHARED_DIR "/data/sets/" + reference["name"].get<std::string>() + ".h5ad";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "test data not found: " << path;
  ThreadPool pool(2);
  NoProgress progress;
  const auto file = DatasetFile::open(path);
  const RowStream counts = cached(file->stream("X", pool), size_t{1} << 30);
  const FilterResults kept = filter_cells_and_genes(counts, {}, progress);
  ASSERT_EQ(kept.cells.size(), reference["kept_cells"].get<size_t>());
  ASSERT_EQ(kept.genes.size(), reference["kept_genes"].get<size_t>());
  const RowStream stream =
      cached(normalized(subset(counts, kept.cells, kept.genes), {}, pool), size_t{1} << 30);

  const Categorical batch = file->obs_column("batch").as_categorical();
  const DataFrame var = file->var();
  std::vector<int32_t> codes;
  std::vector<std::string> names;
  for (const uint32_t cell : kept.cells) codes.push_back(batch.codes[cell]);
  for (const uint32_t gene : kept.genes) names.push_back(var.index[gene]);
  for (const json& run : reference["runs"]) {
    SCOPED_TRACE(run["flavor"].dump() + " batch " + run["batch"].dump() + " n " + run["n_top_genes"].dump());
    const BatchGroups groups = run["batch"] ? BatchGroups{codes, names} : BatchGroups{};
    const auto result = highly_variable_genes(stream, options_of(run), groups, pool, progress);
    EXPECT_EQ(result.indices().size(), run["chosen"].get<size_t>());
    EXPECT_EQ(n_different(result.highly_variable, unpack_mask(run["mask"], kept.genes.size())), 0u);
    for (size_t g = 0; g < 5; ++g)  // float32 logarithms differ by up to 2 units in the last place
      EXPECT_NEAR(result.dispersions_norm[g], number(run["dispersions_norm"][g]), 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(HighlyVariable, OnSets, testing::Range(size_t{0}, size_t{4}));

TEST(HighlyVariable, OneCellOneGeneAndSilentDataWork) {
  ThreadPool pool(1);
  NoProgress progress;
  for (const HvgFlavor flavor : {HvgFlavor::seurat, HvgFlavor::cell_ranger}) {
    HighlyVariableOptions options;
    options.flavor = flavor;
    const auto silent = highly_variable_genes(stream_of({{0, 0}, {0, 0}}, 1), options, {}, pool, progress);
    EXPECT_TRUE(std::isnan(silent.dispersions_norm[0]));
    EXPECT_TRUE(silent.indices().empty());
    EXPECT_EQ(highly_variable_genes(stream_of({{1.5f}}, 1), options, {}, pool, progress).means.size(), 1u);
  }
}

TEST(HighlyVariable, EmptyAndNotFiniteInputIsAnError) {
  ThreadPool pool(1);
  NoProgress progress;
  EXPECT_THROW(highly_variable_genes(stream_of({}, 1), {}, {}, pool, progress), Error);
  EXPECT_THROW(highly_variable_genes(stream_of({{NAN, 1}, {1, 2}}, 1), {}, {}, pool, progress), Error);
}

}  // namespace
}  // namespace zerocell
