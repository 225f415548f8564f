#include "zerocell/models/scvi/train.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "zerocell/core/error.h"
#include "zerocell/data/simulate.h"

// Reference: scvi-tools 1.4.2's DataSplitter, heuristics and TrainingPlan
// (tests/reference/make_scvi_schedule.py).
namespace zerocell {
namespace {

using testing::HasSubstr;

const nlohmann::json& golden() {
  static const auto document =
      nlohmann::json::parse(std::ifstream(ZEROCELL_SOURCE_DIR "/tests/golden/scvi_schedule.json"));
  return document;
}

std::vector<uint32_t> head(const std::vector<uint32_t>& values) {
  return {values.begin(), values.begin() + static_cast<ptrdiff_t>(std::min<size_t>(20, values.size()))};
}

uint64_t sum(const std::vector<uint32_t>& values) {
  return std::accumulate(values.begin(), values.end(), uint64_t{0});
}

TEST(ScviSchedule, CellsAreDividedAsByScviTools) {
  size_t n_moved = 0;
  for (const auto& expected : golden().at("splits")) {
    const size_t n = expected.at("n_cells");
    SCOPED_TRACE(n);
    const auto split = scvi_split(n, 0.9, golden().at("batch_size"), 0);
    EXPECT_EQ(split.train.size(), expected.at("n_train").get<size_t>());
    EXPECT_EQ(split.validation.size(), expected.at("n_validation").get<size_t>());
    EXPECT_EQ(head(split.validation), expected.at("validation_head").get<std::vector<uint32_t>>());
    EXPECT_EQ(head(split.train), expected.at("train_head").get<std::vector<uint32_t>>());
    EXPECT_EQ(sum(split.validation), expected.at("validation_sum").get<uint64_t>());
    EXPECT_EQ(sum(split.train), expected.at("train_sum").get<uint64_t>());
    EXPECT_EQ(scvi_default_epochs(n), expected.at("default_epochs").get<size_t>());
    n_moved += expected.at("moved").get<size_t>() > 0;
  }
  EXPECT_GE(n_moved, 3u) << "the reference has cells that change sides";
}

TEST(ScviSchedule, WeightOfTheKlTermIsThatOfScviTools) {
  for (const auto& [epoch, weight] : golden().at("kl").items())
    EXPECT_DOUBLE_EQ(scvi_kl_weight(std::stoul(epoch), 400), weight.get<double>()) << epoch;
  EXPECT_EQ(scvi_kl_weight(0, 0), 1);
}

TEST(ScviSchedule, NoMinibatchOfOneOrTwo) {
  for (size_t n = 1; n < 600; ++n) {
    const auto split = scvi_split(n, 0.9, 64, 3);
    EXPECT_EQ(split.train.size() + split.validation.size(), n);
    const size_t rest = split.train.size() % 64;
    EXPECT_TRUE(split.train.size() <= 64 || rest == 0 || rest > 2) << n;
  }
}

/// Simulated cells of two types and two batches.
class ScviTrainingTest : public testing::Test {
 protected:
  ScviTrainingTest()
      : simulation_({150, 60, 2, 2, 1, 0, 0, 1, 1, 0.1, {}}), stream_(simulation_.counts(pool_)) {
    const auto obs = simulation_.obs();
    for (const auto& column : obs.columns)
      if (column.name == "batch")
        for (const int32_t code : std::get<Categorical>(column.values).codes)
          batch_.push_back(static_cast<uint32_t>(code));
    sizes_.n_genes = 60;
    sizes_.n_batches = 2;
    sizes_.n_hidden = 12;
    sizes_.n_latent = 4;
    options_.max_epochs = 3;
  }

  /// Parameters, then running statistics.
  std::vector<float> train(const ScviCounts& counts, int n_threads = 1) {
    ThreadPool pool(n_threads);
    const auto weights = train_scvi(counts, batch_, sizes_, options_, pool, progress_, training_);
    std::vector<float> all(weights.parameters.begin(), weights.parameters.end());
    all.insert(all.end(), weights.statistics.begin(), weights.statistics.end());
    EXPECT_TRUE(std::ranges::all_of(all, [](float x) { return std::isfinite(x); }));
    return all;
  }
  std::vector<float> train() { return train(ScviCounts(stream_, size_t{1} << 30)); }

  /// The first n cells alone.
  RowStream first(size_t n) const {
    CsrMatrix rows;
    rows.n_cols = stream_.n_cols;
    stream_.for_each_block([&](const RowBlock& block) {
      for (size_t i = 0; i < block.values.n_rows && rows.n_rows < n; ++i, ++rows.n_rows) {
        const auto genes = block.values.row_indices(i);
        const auto counts = block.values.row_values(i);
        rows.indices.insert(rows.indices.end(), genes.begin(), genes.end());
        rows.values.insert(rows.values.end(), counts.begin(), counts.end());
        rows.indptr.push_back(rows.indices.size());
      }
    });
    return {rows.n_rows, rows.n_cols, [rows](const auto& consume) { consume({0, rows}); }};
  }

  ThreadPool pool_{2};
  NoProgress progress_;
  Simulation simulation_;
  RowStream stream_;
  std::vector<uint32_t> batch_;
  ScviSizes sizes_;
  ScviTrainOptions options_;
  ScviTraining training_;
};

TEST_F(ScviTrainingTest, CountsInAFileAreTheCountsInMemory) {
  const ScviCounts memory(stream_, size_t{1} << 30), disk(stream_, 0);
  ASSERT_FALSE(memory.on_disk());
  ASSERT_TRUE(disk.on_disk());
  ASSERT_EQ(memory.nnz(), disk.nnz());
  std::vector<uint32_t> rows(memory.n_cells());
  std::iota(rows.begin(), rows.end(), 0u);
  const auto a = memory.cells(rows, batch_), b = disk.cells(rows, batch_);
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_TRUE(std::ranges::equal(a.genes(i), b.genes(i)));
    EXPECT_TRUE(std::ranges::equal(a.counts(i), b.counts(i)));
  }
  EXPECT_EQ(train(memory), train(disk));
}

// The counts of the last buffer go to the disk at the very end; a file without them must not be mapped.
TEST_F(ScviTrainingTest, ADiskThatFillsUpIsAnErrorWhereverItDoes) {
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  size_t n_bytes = 0;
  stream_.for_each_block(
      [&](const RowBlock& block) { n_bytes += block.values.nnz() * (sizeof(uint32_t) + sizeof(float)); });
  for (const size_t bytes : {size_t{0}, n_bytes / 4, n_bytes / 2, n_bytes - 1, n_bytes}) {
    auto limit = old;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
    std::string message = "none";
    try {
      const ScviCounts counts(stream_, 0);
    } catch (const Error& error) {
      message = error.what();
    }
    setrlimit(RLIMIT_FSIZE, &old);
    EXPECT_THAT(message, HasSubstr(bytes < n_bytes ? "File too large. Free space, or set TMPDIR" : "none"))
        << bytes;
  }
  std::signal(SIGXFSZ, old_handler);
}

TEST_F(ScviTrainingTest, StoredZerosAreNoCounts) {
  CsrMatrix rows;
  rows.n_rows = 2;
  rows.n_cols = 3;
  rows.indptr = {0, 3, 5};
  rows.indices = {0, 1, 2, 0, 2};
  rows.values = {0, 4, 1, 2, 0};
  const ScviCounts counts({2, 3, [&](const auto& consume) { consume({0, rows}); }}, 1 << 20);
  EXPECT_EQ(counts.nnz(), 3u);
  const std::vector<uint32_t> first{0};
  EXPECT_THAT(counts.cells(first, {}).genes(0), testing::ElementsAre(1u, 2u));
}

TEST_F(ScviTrainingTest, ACellWithoutCountsIsRefusedByItsNumber) {
  CsrMatrix rows;
  rows.n_rows = 3;
  rows.n_cols = 2;
  rows.indptr = {0, 1, 2, 2};
  rows.indices = {0, 1};
  rows.values = {1, 0};
  const RowStream stream{3, 2, [&](const auto& consume) { consume({0, rows}); }};
  try {
    const ScviCounts counts(stream, 1 << 20);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::data);
    EXPECT_THAT(e.what(), HasSubstr("cell 1"));
  }
}

TEST_F(ScviTrainingTest, TheSameBitsForAnyNumberOfThreadsAndOthersForAnotherSeed) {
  const ScviCounts counts(stream_, size_t{1} << 30);
  const auto one = train(counts, 1);
  const auto curve = training_.train_loss, validation = training_.validation_loss;
  for (const int n : {2, 3}) {
    EXPECT_EQ(train(counts, n), one) << n;
    EXPECT_EQ(training_.train_loss, curve);
    EXPECT_EQ(training_.validation_loss, validation);
  }
  options_.seed = 1;
  EXPECT_NE(train(counts), one);
  EXPECT_EQ(training_.n_validation, 15u);
}

TEST_F(ScviTrainingTest, LossFallsAndTheValidationLossIsLookedAt) {
  for (const auto likelihood : {GeneLikelihood::nb, GeneLikelihood::zinb}) {
    SCOPED_TRACE(to_string(likelihood));
    sizes_.gene_likelihood = likelihood;
    options_.max_epochs = 80;
    train();
    ASSERT_EQ(training_.train_loss.size(), 80u);
    EXPECT_LT(training_.train_loss.back(), training_.train_loss.front());
    EXPECT_EQ(training_.validation_epochs.size(), 40u);
    EXPECT_EQ(training_.validation_epochs.back(), 80u);
    EXPECT_LT(training_.validation_loss.back(), training_.validation_loss.front());
    EXPECT_FALSE(training_.stopped_early);
    EXPECT_EQ(training_.n_train, 135u);
    EXPECT_EQ(training_.n_validation, 15u);
  }
}

TEST_F(ScviTrainingTest, TrainedOnlyOnItsCells) {
  // Other counts of a validation cell change nothing but its loss.
  const auto one = train();
  const auto loss = training_.validation_loss;
  const uint32_t cell = scvi_split(150, 0.9, 128, 0).validation.front();
  const RowStream changed{150, 60, [&](const auto& consume) {
                            stream_.for_each_block([&](const RowBlock& block) {
                              auto copy = block;
                              for (size_t i = 0; i < copy.values.n_rows; ++i)
                                if (copy.first_row + i == cell)
                                  for (auto k = copy.values.indptr[i]; k < copy.values.indptr[i + 1]; ++k)
                                    copy.values.values[k] += 7;
                              consume(copy);
                            });
                          }};
  EXPECT_EQ(train(ScviCounts(changed, size_t{1} << 30)), one);
  EXPECT_NE(training_.validation_loss, loss);
}

TEST_F(ScviTrainingTest, ADivergingLossIsRefusedWithAdvice) {
  options_.learning_rate = 1e20;
  options_.max_epochs = 5;
  try {
    train();
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::data);
    EXPECT_THAT(e.what(), HasSubstr("smaller learning_rate"));
  }
}

TEST_F(ScviTrainingTest, OneBatchIsNoBatch) {
  sizes_.n_batches = 1;
  std::ranges::fill(batch_, 0u);
  const auto with = train();
  batch_.clear();
  EXPECT_EQ(train(), with);
}

TEST_F(ScviTrainingTest, ABatchOfOneCell) {
  sizes_.n_batches = 3;
  const auto split = scvi_split(150, 0.9, 128, 0);
  for (const uint32_t alone : {split.train.front(), split.validation.front()}) {
    auto before = batch_;
    batch_[alone] = 2;
    EXPECT_FALSE(train().empty());
    batch_ = before;
  }
}

TEST_F(ScviTrainingTest, FewCells) {
  for (const size_t n : {3u, 5u, 9u, 10u, 20u}) {
    SCOPED_TRACE(n);
    train(ScviCounts(first(n), size_t{1} << 30));
    EXPECT_EQ(training_.n_train + training_.n_validation, n);
    EXPECT_EQ(training_.train_loss.size(), 3u);
    EXPECT_EQ(training_.validation_loss.empty(), n < 10);
  }
  for (const size_t n : {1u, 2u}) {
    try {
      train(ScviCounts(first(n), size_t{1} << 30));
      FAIL() << n;
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::data);
      EXPECT_THAT(e.what(), HasSubstr("at least 3 cells"));
    }
  }
}

TEST_F(ScviTrainingTest, StopsEarlyAfterEpochsWithoutABetterValidationLoss) {
  options_.max_epochs = 2000;
  options_.learning_rate = 0.02;  // memorises the training cells soon
  options_.early_stopping = true;
  options_.early_stopping_patience = 4;
  train();
  ASSERT_TRUE(training_.stopped_early);
  const auto& loss = training_.validation_loss;
  ASSERT_EQ(loss.size(), training_.train_loss.size()) << "looked at after every epoch";
  const auto best = std::ranges::min_element(loss) - loss.begin();
  EXPECT_EQ(static_cast<size_t>(best) + 1 + 4, loss.size());
}

TEST_F(ScviTrainingTest, TellsTheLossOfEveryEpoch) {
  class Listener final : public Progress {
   public:
    void stage(std::string_view, uint64_t) override {}
    void advance(uint64_t) override {}
    void warn(std::string_view) override {}
    void detail(std::string_view words) override { told.emplace_back(words); }
    std::vector<std::string> told;
  } progress;
  ThreadPool pool(1);
  const ScviCounts counts(stream_, size_t{1} << 30);
  train_scvi(counts, batch_, sizes_, options_, pool, progress, training_);
  ASSERT_EQ(progress.told.size(), training_.train_loss.size());
  for (size_t i = 0; i < progress.told.size(); ++i)
    EXPECT_NEAR(std::stod(progress.told[i].substr(5)), training_.train_loss[i], 0.051);  // one decimal
}

TEST_F(ScviTrainingTest, StopsWhenAsked) {
  class Stop final : public Progress {
   public:
    void stage(std::string_view, uint64_t) override {}
    void advance(uint64_t) override { stopped_ = true; }
    void warn(std::string_view) override {}
    bool cancelled() const override { return stopped_; }

   private:
    bool stopped_ = false;
  } progress;
  ThreadPool pool(1);
  const ScviCounts counts(stream_, size_t{1} << 30);
  try {
    train_scvi(counts, batch_, sizes_, options_, pool, progress, training_);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::interrupted);
    EXPECT_EQ(training_.train_loss.size(), 1u);
  }
}

}  // namespace
}  // namespace zerocell
