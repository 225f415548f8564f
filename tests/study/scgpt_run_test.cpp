#include "zerocell/study/scgpt_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "zerocell/core/error.h"
#include "zerocell/data/h5ad_writer.h"
#include "zerocell/data/simulate.h"
#include "zerocell/models/scgpt/untrained.h"
#include "zerocell/preprocess/stream_adapters.h"
#include "zerocell/study/reconstruct.h"

namespace zerocell {
namespace {

using testing::HasSubstr;

/// Simulated cells, and an untrained model whose vocabulary has most of their genes.
class ScgptRun : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = (std::filesystem::temp_directory_path() / ("zerocell_scgpt_run_" + std::to_string(getpid())))
                  .string();
    std::filesystem::create_directories(folder_);
    ThreadPool pool(1);
    NoProgress progress;
    SimulateOptions options;
    options.n_cells = 70;
    options.n_genes = 260;
    options.n_types = 3;
    options.n_batches = 2;
    simulate_to_file(options, data(), pool, progress);
    DataSource source(data(), {}, pool);
    source.counts();
    auto genes = source.genes();
    genes.resize(240);  // 20 genes that the model does not know
    auto config = scgpt_architecture("tiny");
    config.max_seq_len = 60;  // some cells are longer
    write_untrained_scgpt(model(), config, scgpt_vocabulary_of(genes), 5, ScgptInit::independent);
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }

  static std::string data() { return folder_ + "/cells.h5ad"; }
  static std::string model() { return folder_ + "/model"; }

  struct How {
    int threads = 1;
    uint64_t max_memory = uint64_t{1} << 30;
    std::string journal = "";
    CellSelectionOptions cells = {};
    std::string path = data();
  };
  static std::vector<ComputedEmbedding> embed_all(const std::vector<std::string>& options, const How& how) {
    ThreadPool pool(how.threads);
    NoProgress progress;
    DataSourceOptions source_options;
    source_options.cells = how.cells;
    DataSource source(how.path, source_options, pool);
    std::vector<EmbeddingSpec> specs;
    for (const auto& text : options)
      specs.push_back(parse_embedding_spec("scgpt=" + model() + (text.empty() ? "" : ":" + text)));
    std::vector<EmbeddingJob> jobs;
    for (const auto& spec : specs)
      jobs.push_back({spec, source, pool, progress, spec.option_size("seed", 0, 0), how.max_memory, "cpu",
                      how.journal, "key"});
    return embed_scgpt(jobs);
  }
  static ComputedEmbedding embed(const std::string& options = "") {
    return std::move(embed_all({options}, How{}).front());
  }
  static ComputedEmbedding embed(const std::string& options, const How& how) {
    return std::move(embed_all({options}, how).front());
  }

  static const DenseMatrix<float>& rows(const ComputedEmbedding& embedding) {
    return std::get<0>(embedding.values);
  }
  static void expect_same(const ComputedEmbedding& a, const ComputedEmbedding& b) {
    ASSERT_EQ(a.cells, b.cells);
    for (size_t i = 0; i < a.cells.size(); ++i)
      ASSERT_TRUE(std::ranges::equal(rows(a).row(i), rows(b).row(i))) << "cell " << i;
  }

  static std::string folder_;
};
std::string ScgptRun::folder_;

TEST_F(ScgptRun, VariantsThroughOnePassAreThemselves) {
  const std::vector<std::string> variants{"", "weights=random,seed=0", "genes=shuffled", "values=shuffled",
                                          "weights=random,init=package"};
  const auto together = embed_all(variants, How{.threads = 2});
  for (size_t v = 0; v < variants.size(); ++v) {
    expect_same(together[v], embed(variants[v]));
    for (size_t w = 0; w < v; ++w) EXPECT_NE(rows(together[v])(0, 0), rows(together[w])(0, 0)) << v << w;
    EXPECT_THAT(together[v].options, HasSubstr("route=A"));
  }
  EXPECT_EQ(together[0].stages.size(), 2u);
}

TEST_F(ScgptRun, PassesAreSharedWhereTheTokensAreTheSame) {
  ThreadPool pool(1);
  NoProgress progress;
  DataSource source(data(), {}, pool);
  const auto m = "scgpt=" + model();
  const auto specs = parse_embedding_specs(
      {"a@" + m, "hvg", "b@" + m + ":weights=random", "c@" + m + ":bin_ties=mid",
       "d@" + m + ":genes=shuffled,dtype=float32", "e@" + m + ":seed=3", "all@all-genes"});
  std::vector<EmbeddingJob> jobs;
  for (const auto& spec : specs)
    jobs.push_back({spec, source, pool, progress, spec.option_size("seed", 0, 0), 1 << 30, "cpu", "", ""});
  EXPECT_EQ(shared_passes(jobs), (std::vector<std::vector<size_t>>{{0, 2, 4}, {1}, {3}, {5}, {6}}));
  EXPECT_TRUE(shared_passes({}).empty());
}

TEST_F(ScgptRun, ACellsVectorIsItsOwn) {
  const auto all = embed();
  // Threads and blocks.
  expect_same(embed("", How{.threads = 3}), all);
  expect_same(embed("", How{.max_memory = 1 << 20}), all);
  // Alone, and among other cells: every tenth cell, in other company.
  DataSourceOptions one_batch;
  one_batch.cells.where = "batch == 'batch_1'";
  const auto some = embed("", How{.cells = one_batch.cells});
  ASSERT_GT(some.cells.size(), 5u);
  ThreadPool pool(1);
  DataSource source(data(), one_batch, pool);
  for (size_t i = 0; i < some.cells.size(); ++i)
    ASSERT_TRUE(
        std::ranges::equal(rows(some).row(i), rows(all).row(source.selection().cells[some.cells[i]])));
  // In a file of its own, whose columns stand in another order, with genes that nobody knows.
  DataSource whole(data(), {}, pool);
  const auto counts = collect(whole.counts());
  const auto genes = whole.genes();
  const size_t cell = 17;
  const auto path = folder_ + "/alone.h5ad";
  {
    H5adWriter writer(path, pool);
    DataFrame obs, var;
    obs.index = {"alone"};
    var.index = genes;
    std::ranges::reverse(var.index);
    var.index.push_back("UNKNOWN1");
    writer.write_obs(obs);
    writer.write_var(var);
    CsrMatrix row;
    row.n_rows = 1;
    row.n_cols = genes.size() + 1;
    const auto columns = counts.row_indices(cell);
    for (size_t k = columns.size(); k > 0; --k) {
      row.indices.push_back(static_cast<uint32_t>(genes.size() - 1 - columns[k - 1]));
      row.values.push_back(counts.row_values(cell)[k - 1]);
    }
    row.indices.push_back(static_cast<uint32_t>(genes.size()));
    row.values.push_back(5);
    row.indptr.push_back(row.indices.size());
    writer.begin_matrix("X");
    writer.append_rows(row);
    writer.end_matrix();
    writer.finish();
  }
  const auto alone = embed("", How{.path = path});
  ASSERT_EQ(alone.cells.size(), 1u);
  EXPECT_TRUE(std::ranges::equal(rows(alone).row(0), rows(all).row(cell)));
}

TEST_F(ScgptRun, GoesOnWhereItWasStopped) {
  const auto expected = embed("bin_ties=numpy-mt19937");
  const auto journal = folder_ + "/rows";
  expect_same(embed("bin_ties=numpy-mt19937", How{.journal = journal}), expected);
  const auto size = std::filesystem::file_size(journal);
  // Cut anywhere: what is whole is kept, the rest is computed again, with the same draws.
  for (const double share : {0.3, 0.7}) {
    std::filesystem::resize_file(journal, static_cast<uintmax_t>(static_cast<double>(size) * share));
    expect_same(embed("bin_ties=numpy-mt19937", How{.journal = journal}), expected);
  }
}

TEST_F(ScgptRun, TellsWhatIsLost) {
  const auto a = embed();
  ASSERT_GE(a.losses.size(), 4u);
  EXPECT_EQ(a.losses[0].what, "genes");
  EXPECT_EQ(a.losses[0].lost, 20);
  EXPECT_EQ(a.losses[0].total, 260);
  EXPECT_THAT(a.losses.back().what, HasSubstr("beyond the longest sequence"));
  const auto b = embed("route=B,n_top_genes=100,filter_gene_by_counts=0");
  EXPECT_EQ(b.losses[1].lost, 140);
  EXPECT_THAT(b.losses[1].reason, HasSubstr("highly variable"));
  EXPECT_THAT(b.options, HasSubstr("route=B"));
  EXPECT_THAT(b.options, HasSubstr("n_top_genes=100"));
  const auto all = embed("route=B");
  EXPECT_THAT(all.warnings, testing::Contains(HasSubstr("fewer than n_top_genes=1200")));
  EXPECT_NE(rows(all)(0, 0), rows(a)(0, 0));
}

TEST_F(ScgptRun, MasksBelongToReconstructions) {
  EXPECT_THROW(embed("mask=0.15"), Error);
}

class ScgptReconstruction : public ScgptRun {
 protected:
  static Reconstruction reconstruct_with(const std::vector<std::string>& options, int threads = 2) {
    ReconstructOptions job;
    job.data_path = data();
    std::vector<std::string> texts;
    for (size_t i = 0; i < options.size(); ++i)
      texts.push_back("m" + std::to_string(i) + "@scgpt=" + model() +
                      (options[i].empty() ? "" : ":" + options[i]));
    job.models = parse_embedding_specs(texts);
    job.batch = "batch";
    ThreadPool pool(threads);
    NoProgress progress;
    return reconstruct(job, pool, progress);
  }
  static double value(const Reconstruction& result, const std::string& tag, const std::string& metric) {
    for (const auto& score : result.scores)
      if (score.embedding == tag && score.metric == metric) return score.value.value_or(std::nan(""));
    ADD_FAILURE() << "no " << metric << " of " << tag;
    return std::nan("");
  }
};

TEST_F(ScgptReconstruction, ScoresEveryPredictor) {
  const auto result = reconstruct_with({"", "mask=0.15", "values=shuffled"});
  for (const char* metric : {"mse_gep", "mse_gepc", "mse_mean", "mse_median", "mse_gene_mean",
                             "mse_gene_mean_loo", "mae_gep", "mre_gep", "mre_published_gep"})
    EXPECT_TRUE(std::isfinite(value(result, "m0", metric))) << metric;
  // The mean of all bins leaves their variance; gene means less; left out, more than these.
  EXPECT_LT(value(result, "m0", "mse_gene_mean"), value(result, "m0", "mse_mean"));
  EXPECT_LT(value(result, "m0", "mse_gene_mean"), value(result, "m0", "mse_gene_mean_loo"));
  EXPECT_GE(value(result, "m0", "mse_median"), value(result, "m0", "mse_mean"));
  EXPECT_NE(value(result, "m1", "mse_gep"), value(result, "m0", "mse_gep"));
  // The same bins dealt out anew: the mean says as much, the gene means much less.
  EXPECT_NEAR(value(result, "m2", "mse_mean"), value(result, "m0", "mse_mean"),
              1e-9);  // sums in another order
  EXPECT_GT(value(result, "m2", "mse_gene_mean_loo"), value(result, "m0", "mse_gene_mean_loo"));
  EXPECT_THAT(result.results[1].options, HasSubstr("mask=0.15"));

  const auto again = reconstruct_with({"", "mask=0.15", "values=shuffled"}, 1);
  for (size_t i = 0; i < result.scores.size(); ++i)
    ASSERT_EQ(again.scores[i].value, result.scores[i].value) << result.scores[i].metric;
}

TEST_F(ScgptReconstruction, ATinyMaskMayLeaveNothingToScore) {
  const auto result = reconstruct_with({"mask=0.000000001"});
  for (const auto& score : result.scores)
    if (score.metric == "mse_gep") {
      EXPECT_EQ(score.status, ScoreStatus::not_applicable);
      EXPECT_FALSE(score.reason.empty());
    }
}

}  // namespace
}  // namespace zerocell
