#include "zerocell/study/harmony_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "zerocell/core/error.h"
#include "zerocell/data/h5ad_writer.h"
#include "zerocell/data/simulate.h"
#include "zerocell/study/embed.h"

namespace zerocell {
namespace {
using testing::Contains;
using testing::HasSubstr;

constexpr size_t kCells = 240;

/// A simulated data set with batches of several kinds: `batch` as simulated, `one`, `single` with a batch of
/// one cell, `some` with two cells of none.
class HarmonyRun : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ThreadPool pool(2);
    Simulation simulation({kCells, 300, 3, 2, 2, 0, 0, 1, 1, 0.5, {}});
    auto obs = simulation.obs();
    const auto add = [&obs](const char* name, const std::vector<std::string>& categories,
                            std::vector<int32_t> codes) {
      Categorical column;
      column.categories = categories;
      column.codes = std::move(codes);
      obs.columns.push_back({name, column, {}});
    };
    std::vector<int32_t> codes(kCells, 0);
    add("one", {"a"}, codes);
    for (size_t i = 0; i < kCells; ++i) codes[i] = i % 2;
    auto single = codes;
    single[5] = 2;
    add("single", {"a", "b", "alone"}, single);
    codes[3] = codes[4] = -1;
    add("some", {"a", "b"}, codes);
    H5adWriter writer(path(), pool);
    writer.write_obs(obs);
    writer.write_var(simulation.var());
    writer.write_matrix("X", simulation.counts(pool));
    writer.finish();
  }
  static std::string path() { return testing::TempDir() + "/harmony_run.h5ad"; }

  ComputedEmbedding run(const std::string& text, const std::string& batch) {
    DataSource data(path(), {}, pool_);
    const auto spec = parse_embedding_spec(text);
    return find_method(spec).compute(
        {spec, data, pool_, progress_, 0, uint64_t{1} << 30, "cpu", "", "", batch});
  }

  ThreadPool pool_{2};
  NoProgress progress_;
};

TEST_F(HarmonyRun, CorrectsTheComponentsForTheBatchesOfTheRunOrOfTheSpec) {
  const auto components = run("pca:n_comps=10", "");
  const auto corrected = run("harmony:n_comps=10", "batch");
  ASSERT_EQ(n_rows(corrected.values), kCells);
  ASSERT_EQ(n_cols(corrected.values), 10u);
  const auto values = [](const ComputedEmbedding& e) {
    const auto& x = std::get<DenseMatrix<float>>(e.values);
    return std::vector<float>(x.data(), x.data() + x.n_rows() * x.n_cols());
  };
  EXPECT_NE(values(corrected), values(components));
  EXPECT_EQ(values(run("harmony:n_comps=10,batch_key=batch", "one")), values(corrected))
      << "the spec goes before the run";
  EXPECT_NE(values(run("harmony:n_comps=10,theta=0", "batch")), values(corrected));
  EXPECT_NE(values(run("harmony:n_comps=10,variant=classic", "batch")), values(corrected));
  EXPECT_THAT(corrected.options,
              HasSubstr("variant=harmony2,theta=2,max_iter=10,batch_key=batch,n_comps=10"));
  EXPECT_THAT(run("harmony:variant=classic", "batch").options, HasSubstr("variant=classic,theta=1"));
}

TEST_F(HarmonyRun, TellsOfBatchesThatCannotBeCorrected) {
  const auto one = run("harmony:n_comps=5", "one");
  EXPECT_THAT(one.warnings, Contains(HasSubstr("nothing to correct")));
  EXPECT_EQ(n_rows(one.values), kCells);
  EXPECT_THAT(run("harmony:n_comps=5", "single").warnings,
              Contains(HasSubstr("1 of 3 batches ('single') have one cell, as 'alone'")));
  const auto some = run("harmony:n_comps=5", "some");
  EXPECT_EQ(n_rows(some.values), kCells - 2);
  EXPECT_EQ(some.cells.size(), kCells - 2);
  EXPECT_THAT(some.cells, testing::Not(Contains(3u)));
  EXPECT_THAT(some.warnings, Contains(HasSubstr("2 of 240 cells have no batch ('some')")));
  EXPECT_EQ(some.losses.back().lost, 2);
  EXPECT_THAT(run("harmony:n_comps=5,variant=classic,max_iter=1", "batch").warnings,
              Contains(HasSubstr("stopped before convergence after 1 iteration")));
}

TEST_F(HarmonyRun, WrongUseIsToldBeforeAnythingIsComputed) {
  const auto status = [this](const std::string& text, const std::string& batch) {
    EmbeddingListOptions options;
    options.data_path = path();
    options.embeddings = {parse_embedding_spec(text)};
    options.batch = batch;
    try {
      embed(options, path() + ".out.h5ad", pool_, progress_);
    } catch (const Error& e) {
      EXPECT_THAT(e.what(), HasSubstr("harmony"));
      return e.exit_status();
    }
    return 0;
  };
  EXPECT_EQ(status("harmony", ""), 2) << "no batches";
  EXPECT_EQ(status("harmony:n_comps=5", "batch"), 0);
  EXPECT_EQ(status("harmony:n_comps=5,batch_key=batch", ""), 0);
  EXPECT_EQ(status("harmony:theta=much", "batch"), 2);
  EXPECT_EQ(status("harmony:theta=-1", "batch"), 2);
  EXPECT_EQ(status("harmony:variant=3", "batch"), 2);
  EXPECT_EQ(status("harmony:max_iter=0", "batch"), 2);
}

}  // namespace
}  // namespace zerocell
