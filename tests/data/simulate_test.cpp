#include "zerocell/data/simulate.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/data/alias_table.h"
#include "zerocell/data/count_check.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {
namespace {

CsrMatrix collect(const RowStream& stream) {
  CsrMatrix all;
  all.n_cols = stream.n_cols;
  stream.for_each_block([&](const RowBlock& block) {
    EXPECT_EQ(block.first_row, all.n_rows);
    const uint64_t before = all.nnz();
    for (size_t i = 1; i <= block.values.n_rows; ++i) all.indptr.push_back(before + block.values.indptr[i]);
    all.indices.insert(all.indices.end(), block.values.indices.begin(), block.values.indices.end());
    all.values.insert(all.values.end(), block.values.values.begin(), block.values.values.end());
    all.n_rows += block.values.n_rows;
  });
  return all;
}
const Categorical& column(const DataFrame& obs, const char* name) {
  return std::get<Categorical>(obs.find(name)->values);
}
SimulateOptions small() {
  SimulateOptions options;
  options.n_cells = 1500;
  options.n_genes = 1000;
  return options;
}

TEST(AliasTable, DrawsInProportion) {
  const AliasTable table({1, 0, 3, 6});
  Random random(3);
  std::vector<double> drawn(4, 0);
  for (int i = 0; i < 100000; ++i) ++drawn[table(random())];
  EXPECT_EQ(drawn[1], 0);
  // Binomial standard deviations are below 160; five of them.
  EXPECT_NEAR(drawn[0], 10000, 800);
  EXPECT_NEAR(drawn[2], 30000, 800);
  EXPECT_NEAR(drawn[3], 60000, 800);
}

TEST(Simulate, DoesNotDependOnThreads) {
  const Simulation simulation(small());
  ThreadPool one(1), three(3);
  const auto a = collect(simulation.counts(one)), b = collect(simulation.counts(three));
  EXPECT_EQ(a.indptr, b.indptr);
  EXPECT_EQ(a.indices, b.indices);
  EXPECT_EQ(a.values, b.values);
  auto other_seed = small();
  other_seed.seed = 1;
  EXPECT_NE(collect(Simulation(other_seed).counts(one)).values, a.values);
}

TEST(Simulate, IsACsrOfCountsInRealisticProportion) {
  ThreadPool pool(2);
  const Simulation simulation(small());
  const auto m = collect(simulation.counts(pool));
  ASSERT_EQ(m.n_rows, 1500u);
  for (size_t i = 0; i < m.n_rows; ++i) {
    const auto row = m.row_indices(i);
    for (size_t k = 0; k < row.size(); ++k) {
      EXPECT_LT(row[k], m.n_cols);
      EXPECT_TRUE(k == 0 || row[k - 1] < row[k]);
      EXPECT_GE(m.row_values(i)[k], 1);
    }
  }
  EXPECT_TRUE(check_counts(simulation.counts(pool)).is_counts);
  EXPECT_GT(m.density(), 0.05);
  EXPECT_LT(m.density(), 0.3);
}

TEST(Simulate, OneTypeIsNegativeBinomial) {
  // One type, one batch, no dropout, no programme in the genes looked at: variance is mean x Fano with
  // Fano = 1 + mean / 2, plus the spread of the depths (log-normal, sd 0.4: relative variance 0.17).
  auto options = small();
  options.n_cells = 20000;
  options.n_genes = 300;
  options.n_types = options.n_batches = options.n_donors_per_batch = 1;
  options.signal = options.batch_effect = options.dropout = 0;
  ThreadPool pool(2);
  const auto m = collect(Simulation(options).counts(pool));
  std::vector<double> sum(300, 0), squares(300, 0);
  for (size_t k = 0; k < m.nnz(); ++k) {
    sum[m.indices[k]] += m.values[k];
    squares[m.indices[k]] += m.values[k] * m.values[k];
  }
  size_t n_looked_at = 0, n_close = 0;
  for (size_t g = 0; g < 300; ++g) {
    const double mean = sum[g] / 20000, variance = squares[g] / 20000 - mean * mean;
    if (mean < 0.5) continue;
    const double expected = mean * (1 + mean / 2) + 0.1735 * mean * mean;
    ++n_looked_at;
    n_close += std::abs(variance / expected - 1) < 0.15;
  }
  ASSERT_GT(n_looked_at, 10u);
  // Genes of programmes (one in five) vary more.
  EXPECT_GT(n_close, n_looked_at * 6 / 10);
}

TEST(Simulate, TypesAndBatchesShow) {
  const auto options = small();
  ThreadPool pool(2);
  const Simulation simulation(options);
  const auto m = collect(simulation.counts(pool));
  const auto obs = simulation.obs();
  // Distance of mean profiles (shares of 10,000, logged) between halves of a group and between groups.
  const auto distance = [&](auto in_a, auto in_b) {
    std::vector<double> a(1000, 0), b(1000, 0), unused(1000, 0);
    for (size_t i = 0; i < m.n_rows; ++i)
      for (uint64_t k = m.indptr[i]; k < m.indptr[i + 1]; ++k) {
        (in_a(i) ? a : unused)[m.indices[k]] += m.values[k];
        (in_b(i) ? b : unused)[m.indices[k]] += m.values[k];
      }
    const double total_a = std::accumulate(a.begin(), a.end(), 0.0);
    const double total_b = std::accumulate(b.begin(), b.end(), 0.0);
    double squares = 0;
    for (size_t g = 0; g < 1000; ++g)
      squares += std::pow(std::log1p(1e4 * a[g] / total_a) - std::log1p(1e4 * b[g] / total_b), 2);
    return std::sqrt(squares);
  };
  const auto& type = column(obs, "celltype").codes;
  const auto& batch = column(obs, "batch").codes;
  const auto n = column(obs, "celltype").counts();
  const auto most = static_cast<int>(std::max_element(n.begin(), n.end()) - n.begin());
  const double halves = distance([&](size_t i) { return type[i] == most && i % 2; },
                                 [&](size_t i) { return type[i] == most && i % 2 == 0; });
  const double types =
      distance([&](size_t i) { return type[i] == most; }, [&](size_t i) { return type[i] != most; });
  const double batches = distance([&](size_t i) { return type[i] == most && batch[i] == 0; },
                                  [&](size_t i) { return type[i] == most && batch[i] == 1; });
  EXPECT_GT(types, 1.2 * halves);
  EXPECT_GT(batches, 1.2 * halves);
}

TEST(Simulate, ObsAndVar) {
  const Simulation simulation(small());
  const auto obs = simulation.obs(), var = simulation.var();
  EXPECT_EQ(std::set(obs.index.begin(), obs.index.end()).size(), 1500u);
  EXPECT_EQ(column(obs, "celltype").n_categories(), 8u);
  EXPECT_EQ(column(obs, "donor").n_categories(), 6u);
  for (size_t i = 0; i < 1500; ++i)
    EXPECT_EQ(column(obs, "donor").codes[i] / 2, column(obs, "batch").codes[i]);
  EXPECT_EQ(var.n_rows(), 1000u);
  EXPECT_NE(var.find("ensembl_id"), nullptr);
}

TEST(Simulate, RoundTripsThroughTheFile) {
  const TemporaryFolder folder;
  ThreadPool pool(2);
  NoProgress progress;
  auto options = small();
  options.gene_names = invented_gene_names(1200);
  simulate_to_file(options, folder.file("s.h5ad"), pool, progress);
  const auto file = DatasetFile::open(folder.file("s.h5ad"));
  ASSERT_EQ(file->n_cells(), 1500u);
  ASSERT_EQ(file->n_genes(), 1000u);
  const Simulation simulation(options);
  const auto written = collect(file->stream("X", pool)), drawn = collect(simulation.counts(pool));
  EXPECT_EQ(written.indptr, drawn.indptr);
  EXPECT_EQ(written.indices, drawn.indices);
  EXPECT_EQ(written.values, drawn.values);
  EXPECT_EQ(file->cell_names(), simulation.obs().index);
  EXPECT_EQ(column(file->obs(), "celltype").codes, column(simulation.obs(), "celltype").codes);
  const auto n_counts = std::get<std::vector<int64_t>>(file->obs_column("n_counts").values);
  const auto first = drawn.row_values(0);
  EXPECT_EQ(n_counts[0], static_cast<int64_t>(std::accumulate(first.begin(), first.end(), 0.0)));
  EXPECT_EQ(choose_counts(*file, "auto", pool).matrix, "X");
}

TEST(Simulate, ExtremesWork) {
  ThreadPool pool(1);
  SimulateOptions one;
  one.n_cells = one.n_genes = one.n_types = one.n_batches = one.n_donors_per_batch = 1;
  EXPECT_EQ(collect(Simulation(one).counts(pool)).n_rows, 1u);
  SimulateOptions many = small();
  many.n_cells = 50;
  many.n_types = 200;
  EXPECT_EQ(collect(Simulation(many).counts(pool)).n_rows, 50u);
  for (auto set : {+[](SimulateOptions& o) { o.n_cells = 0; }, +[](SimulateOptions& o) { o.n_genes = 0; },
                   +[](SimulateOptions& o) { o.n_types = 0; }, +[](SimulateOptions& o) { o.dropout = 2; },
                   +[](SimulateOptions& o) { o.signal = NAN; },
                   +[](SimulateOptions& o) { o.gene_names = invented_gene_names(3); }}) {
    SimulateOptions bad = small();
    set(bad);
    EXPECT_THROW(Simulation{bad}, Error);
  }
}

}  // namespace
}  // namespace zerocell
