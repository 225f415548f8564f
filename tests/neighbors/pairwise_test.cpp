#include "zerocell/neighbors/pairwise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "zerocell/core/random.h"

namespace zerocell {
namespace {

using Codes = std::vector<int32_t>;

// ---------------------------------------------------------------- float64 answers, pair by pair

struct Truth {
  std::vector<std::vector<double>> distances;
  size_t n() const { return distances.size(); }
};

Truth brute_force(const DenseMatrix<float>& x) {
  Truth truth;
  truth.distances.assign(x.n_rows(), std::vector<double>(x.n_rows(), 0.0));
  for (size_t i = 0; i < x.n_rows(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      double sum = 0;
      for (size_t k = 0; k < x.n_cols(); ++k) {
        const double difference = static_cast<double>(x(i, k)) - x(j, k);
        sum += difference * difference;
      }
      truth.distances[i][j] = truth.distances[j][i] = std::sqrt(sum);
    }
  }
  return truth;
}

struct Silhouette {
  double s, a, b;
};
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Among the cells with take[j], groups by code; sklearn.metrics.silhouette_samples in float64.
Silhouette silhouette_of(const Truth& truth, const Codes& codes, const std::vector<bool>& take, size_t i) {
  std::map<int32_t, std::pair<double, size_t>> groups;
  for (size_t j = 0; j < truth.n(); ++j) {
    if (!take[j] || codes[j] < 0) continue;
    groups[codes[j]].first += truth.distances[i][j];
    ++groups[codes[j]].second;
  }
  if (!take[i] || codes[i] < 0 || groups.size() < 2) return {kNaN, kNaN, kNaN};
  double b = std::numeric_limits<double>::infinity();
  for (const auto& [code, group] : groups) {
    if (code != codes[i]) b = std::min(b, group.first / static_cast<double>(group.second));
  }
  if (groups[codes[i]].second == 1) return {0.0, kNaN, b};
  const double a = groups[codes[i]].first / static_cast<double>(groups[codes[i]].second - 1);
  return {std::max(a, b) > 0 ? (b - a) / std::max(a, b) : 0.0, a, b};
}

// Absolute for silhouettes, relative for distances. Sums of float32 distances, each exact to ~1e-6.
constexpr double kTolerance = 3e-6;

void expect_silhouette(const Silhouette& expected, const SilhouetteResults& got, size_t i,
                       const std::string& what) {
  if (std::isnan(expected.s)) {
    EXPECT_TRUE(std::isnan(got.silhouette[i])) << what << " cell " << i;
    return;
  }
  // s = (b - a) / max(a, b): errors of a and b, both relative.
  EXPECT_NEAR(got.silhouette[i], expected.s, 2 * kTolerance) << what << " cell " << i;
  EXPECT_NEAR(got.nearest[i], expected.b, kTolerance * expected.b) << what << " cell " << i;
  if (std::isnan(expected.a)) {
    EXPECT_TRUE(std::isnan(got.within[i])) << what << " cell " << i;
  } else {
    EXPECT_NEAR(got.within[i], expected.a, kTolerance * expected.a) << what << " cell " << i;
  }
}

void expect_silhouettes(const Truth& truth, const Codes& labels, const Codes& batches,
                        const PairwiseResults& results) {
  const std::vector<bool> all(truth.n(), true);
  for (size_t i = 0; i < truth.n(); ++i) {
    if (!labels.empty()) {
      expect_silhouette(silhouette_of(truth, labels, all, i), results.label, i, "label");
    }
    if (!batches.empty()) {
      expect_silhouette(silhouette_of(truth, batches, all, i), results.batch, i, "batch");
    }
    if (labels.empty() || batches.empty()) continue;
    Silhouette inside{kNaN, kNaN, kNaN};
    if (labels[i] >= 0) {
      std::vector<bool> take(truth.n());
      std::set<int32_t> present;
      size_t n_inside = 0;
      for (size_t j = 0; j < truth.n(); ++j) {
        take[j] = labels[j] == labels[i] && batches[j] >= 0;
        if (!take[j]) continue;
        present.insert(batches[j]);
        ++n_inside;
      }
      if (present.size() < n_inside) inside = silhouette_of(truth, batches, take, i);
    }
    expect_silhouette(inside, results.batch_within_label, i, "batch within label");
  }
}

void expect_neighbors(const Truth& truth, size_t k, const KnnGraph& knn) {
  ASSERT_EQ(knn.n_cells, truth.n());
  ASSERT_EQ(knn.n_neighbors, k);
  for (size_t i = 0; i < truth.n(); ++i) {
    std::vector<uint32_t> others;
    for (uint32_t j = 0; j < truth.n(); ++j) {
      if (j != i) others.push_back(j);
    }
    std::ranges::stable_sort(others, {}, [&](uint32_t j) { return truth.distances[i][j]; });
    EXPECT_EQ(knn.indices[i * k], i);
    EXPECT_EQ(knn.distances[i * k], 0.0f);
    for (size_t m = 1; m < k; ++m) {
      const uint32_t got = knn.indices[i * k + m];
      const double expected = truth.distances[i][others[m - 1]];
      ASSERT_NE(got, i);
      // float64 sums in another order: the last digits of a double may choose between equal distances.
      EXPECT_NEAR(truth.distances[i][got], expected, 1e-9 * expected) << "cell " << i << " neighbour " << m;
      EXPECT_NEAR(knn.distances[i * k + m], expected,
                  6.1e-8 * expected);  // half a unit of float32's last place
      if (expected == 0.0) {
        EXPECT_EQ(got, others[m - 1]) << "equal rows come in the order of their index";
      }
    }
    std::set<uint32_t> different(knn.indices.begin() + static_cast<std::ptrdiff_t>(i * k),
                                 knn.indices.begin() + static_cast<std::ptrdiff_t>((i + 1) * k));
    EXPECT_EQ(different.size(), k);
  }
}

// ---------------------------------------------------------------- matrices

double uniform(uint64_t i, uint64_t j, uint64_t seed = 0) {
  return static_cast<double>(mix64(mix64(i * 1000003 + seed) + j) >> 11) * 0x1p-53;
}

using Formula = std::function<double(size_t, size_t)>;

DenseMatrix<float> make_dense(size_t n, size_t d, const Formula& value) {
  DenseMatrix<float> x(n, d);
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < d; ++k) x(i, k) = static_cast<float>(value(i, k));
  }
  return x;
}

CsrMatrix to_csr(const DenseMatrix<float>& x) {
  CsrMatrix csr;
  csr.n_rows = x.n_rows();
  csr.n_cols = x.n_cols();
  for (size_t i = 0; i < x.n_rows(); ++i) {
    for (uint32_t k = 0; k < x.n_cols(); ++k) {
      if (x(i, k) == 0.0f) continue;
      csr.indices.push_back(k);
      csr.values.push_back(x(i, k));
    }
    csr.indptr.push_back(csr.indices.size());
  }
  return csr;
}

// log-normalised counts in miniature: positive, `density` of them not zero.
DenseMatrix<float> sparse_like(size_t n, size_t d, double density) {
  return make_dense(
      n, d, [=](size_t i, size_t k) { return uniform(i, k) < density ? 0.3 + 3 * uniform(i, k, 7) : 0.0; });
}

Codes codes_of(size_t n, int32_t n_groups, uint64_t seed, double missing = 0.0) {
  Codes codes(n);
  for (size_t i = 0; i < n; ++i) {
    codes[i] = uniform(i, 1, seed) < missing
                   ? -1
                   : static_cast<int32_t>(uniform(i, 2, seed) * static_cast<double>(n_groups));
  }
  return codes;
}

PairwiseResults run(const EmbeddingMatrix& x, const Codes& labels, const Codes& batches, int n_threads = 2,
                    size_t k = 15, uint64_t max_bytes = 4ull << 30) {
  ThreadPool pool(n_threads);
  NoProgress progress;
  PairwiseOptions options{k, labels, batches, max_bytes};
  return pairwise(x, options, pool, progress);
}

void expect_all(const DenseMatrix<float>& x, const Codes& labels, const Codes& batches) {
  const Truth truth = brute_force(x);
  const size_t k = 15 > x.n_rows() ? 1 + x.n_rows() / 2 : 15;
  const std::vector<EmbeddingMatrix> forms{x, to_csr(x)};
  for (const EmbeddingMatrix& form : forms) {
    for (const uint64_t max_bytes : {uint64_t{4} << 30, uint64_t{0}}) {
      const PairwiseResults results = run(form, labels, batches, 2, 15, max_bytes);
      SCOPED_TRACE(results.kernel + (max_bytes ? ", symmetric" : ", strips"));
      expect_silhouettes(truth, labels, batches, results);
      expect_neighbors(truth, k, results.knn);
      if (testing::Test::HasFailure()) return;
    }
  }
}

// ---------------------------------------------------------------- by hand

TEST(Pairwise, four_points_on_a_line_by_hand) {
  const auto x = make_dense(4, 1, [](size_t i, size_t) { return std::vector<double>{0, 1, 10, 12}[i]; });
  const PairwiseResults results = run(x, {0, 0, 1, 1}, {}, 1, 3);
  // Cell 0: a = 1, b = (10 + 12) / 2 = 11. Cell 2: a = 2, b = (10 + 9) / 2 = 9.5.
  EXPECT_FLOAT_EQ(results.label.silhouette[0], 10.0f / 11.0f);
  EXPECT_FLOAT_EQ(results.label.within[2], 2.0f);
  EXPECT_FLOAT_EQ(results.label.nearest[2], 9.5f);
  EXPECT_FLOAT_EQ(results.label.silhouette[2], 7.5f / 9.5f);
  EXPECT_THAT(results.knn.indices, testing::ElementsAre(0, 1, 2, 1, 0, 2, 2, 3, 1, 3, 2, 1));
  EXPECT_THAT(results.knn.distances, testing::ElementsAre(0, 1, 10, 0, 1, 9, 0, 2, 9, 0, 2, 11));
  EXPECT_TRUE(results.batch.silhouette.empty());
  EXPECT_TRUE(results.batch_within_label.silhouette.empty());
}

// ---------------------------------------------------------------- against float64

class PairwiseDims : public testing::TestWithParam<size_t> {};

TEST_P(PairwiseDims, dense_equals_float64) {
  const size_t d = GetParam();
  const auto x = make_dense(
      461, d, [](size_t i, size_t k) { return 2 * uniform(i, k) - 1 + static_cast<double>(i % 5 == k % 5); });
  expect_all(x, codes_of(461, 6, 1, 0.05), codes_of(461, 3, 2, 0.05));
}

TEST_P(PairwiseDims, offset_columns_equal_float64) {
  const size_t d = GetParam();
  for (const double offset : {10.0, 1e4}) {
    const auto x = make_dense(330, d, [=](size_t i, size_t k) {
      return offset * (1 + static_cast<double>(k % 3)) + 0.05 * (uniform(i, k) - 0.5);
    });
    expect_all(x, codes_of(330, 4, 1), codes_of(330, 3, 2));
  }
}

// Clusters far apart and tight: no single centre helps.
TEST_P(PairwiseDims, tight_clusters_far_apart_equal_float64) {
  const size_t d = GetParam();
  const auto x = make_dense(
      300, d, [](size_t i, size_t k) { return 100 * uniform(i % 4, k, 9) + 0.01 * uniform(i, k); });
  expect_all(x, codes_of(300, 4, 1), codes_of(300, 3, 2));
}

TEST_P(PairwiseDims, near_and_exact_duplicates_equal_float64) {
  const size_t d = GetParam();
  const auto x = make_dense(300, d, [](size_t i, size_t k) {
    const double base = 5 * uniform(i % 30, k);
    return i < 150 ? base : base + 1e-4 * uniform(i, k);
  });
  expect_all(x, codes_of(300, 4, 1), codes_of(300, 3, 2));
}

INSTANTIATE_TEST_SUITE_P(Dims, PairwiseDims, testing::Values(1, 3, 8, 50, 64, 65, 200, 300));

TEST(Pairwise, sparse_equals_float64) {
  expect_all(sparse_like(400, 700, 0.06), codes_of(400, 5, 1, 0.1), codes_of(400, 4, 2, 0.1));
}

TEST(Pairwise, sparse_with_more_genes_than_a_panel_holds) {
  const auto x = sparse_like(1100, 4500, 0.01);
  const Codes labels = codes_of(1100, 5, 1), batches = codes_of(1100, 4, 2);
  const Truth truth = brute_force(x);
  const PairwiseResults results = run(to_csr(x), labels, batches);
  EXPECT_THAT(results.kernel, testing::StartsWith("sparse"));
  expect_silhouettes(truth, labels, batches, results);
  expect_neighbors(truth, 15, results.knn);
}

TEST(Pairwise, sparse_near_and_exact_duplicates) {
  const auto x = make_dense(300, 400, [](size_t i, size_t k) {
    const double base = uniform(i % 30, k) < 0.1 ? 1 + uniform(i % 30, k, 3) : 0.0;
    return i < 150 || base == 0.0 ? base : base + 1e-5 * uniform(i, k, 5);
  });
  expect_all(x, codes_of(300, 4, 1), codes_of(300, 3, 2));
}

TEST(Pairwise, equally_distant_points_keep_all_ties_right) {
  // A lattice: most neighbours are tied, the K-th among them.
  const auto lattice = make_dense(343, 3, [](size_t i, size_t k) {
    return static_cast<double>(k == 0 ? i % 7 : k == 1 ? i / 7 % 7 : i / 49);
  });
  expect_all(lattice, codes_of(343, 4, 1), codes_of(343, 3, 2));
  const auto simplex = make_dense(200, 200, [](size_t i, size_t k) { return i == k ? 1.0 : 0.0; });
  const PairwiseResults results = run(simplex, {}, {});
  for (uint32_t m = 1; m < 15; ++m) EXPECT_EQ(results.knn.indices[100 * 15 + m], m - 1);
}

TEST(Pairwise, extreme_magnitudes_neither_overflow_nor_underflow) {
  for (const double magnitude : {1e-40, 1e-30, 1e18, 1e37}) {
    const auto x = make_dense(100, 20, [=](size_t i, size_t k) { return magnitude * uniform(i, k); });
    const Truth truth = brute_force(x);
    const PairwiseResults results = run(x, codes_of(100, 3, 1), {});
    for (size_t i = 0; i < 100; ++i) {
      const auto expected = silhouette_of(truth, codes_of(100, 3, 1), std::vector<bool>(100, true), i);
      EXPECT_NEAR(results.label.silhouette[i], expected.s, 2 * kTolerance);
    }
  }
}

TEST(Pairwise, one_far_outlier_leaves_the_others_exact) {
  const auto x = make_dense(200, 30, [](size_t i, size_t k) { return i == 7 ? 1e8 : uniform(i, k); });
  Codes labels = codes_of(200, 4, 1);
  labels[7] = 4;
  expect_all(x, labels, codes_of(200, 3, 2));
}

// ---------------------------------------------------------------- degenerate input

TEST(Pairwise, few_cells) {
  for (size_t n = 1; n <= 6; ++n) {
    const auto x = make_dense(n, 5, [](size_t i, size_t k) { return uniform(i, k); });
    expect_all(x, codes_of(n, 2, 1), codes_of(n, 2, 2));
  }
  const PairwiseResults none = run(DenseMatrix<float>(0, 5), {}, {});
  EXPECT_EQ(none.knn.n_cells, 0u);
}

TEST(Pairwise, constant_embedding_has_all_distances_zero) {
  for (const size_t d : {5, 200}) {
    const auto x = make_dense(700, d, [](size_t, size_t k) { return 0.1 + static_cast<double>(k); });
    expect_all(x, codes_of(700, 4, 1), codes_of(700, 3, 2));
  }
  const auto zero = run(DenseMatrix<float>(50, 300), codes_of(50, 2, 1), {});
  for (const float s : zero.label.silhouette) EXPECT_EQ(s, 0.0f);
}

TEST(Pairwise, no_dimensions) {
  const auto results = run(DenseMatrix<float>(20, 0), codes_of(20, 2, 1), {});
  for (const float s : results.label.silhouette) EXPECT_EQ(s, 0.0f);
  for (uint32_t m = 1; m < 15; ++m) EXPECT_EQ(results.knn.indices[19 * 15 + m], m - 1);
}

TEST(Pairwise, one_label_or_one_batch_has_no_silhouette) {
  const auto x = make_dense(60, 10, [](size_t i, size_t k) { return uniform(i, k); });
  expect_all(x, Codes(60, 3), Codes(60, 0));
  expect_all(x, Codes(60, -1), codes_of(60, 2, 1));
  Codes alone(60);
  std::iota(alone.begin(), alone.end(), 0);
  expect_all(x, alone, alone);
  expect_all(x, Codes(60, 0), alone);  // as many batches as cells in the label: undefined inside it
}

TEST(Pairwise, no_neighbours_wanted) {
  const auto x = make_dense(60, 10, [](size_t i, size_t k) { return uniform(i, k); });
  const PairwiseResults results = run(x, codes_of(60, 3, 1), {}, 1, 0);
  EXPECT_TRUE(results.knn.indices.empty());
  expect_silhouettes(brute_force(x), codes_of(60, 3, 1), {}, results);
  const PairwiseResults self_only = run(x, {}, {}, 1, 1);
  EXPECT_EQ(self_only.knn.indices[5], 5u);
}

TEST(Pairwise, every_number_of_neighbours_up_to_all_cells) {
  const auto x = make_dense(40, 10, [](size_t i, size_t k) { return uniform(i, k); });
  const Truth truth = brute_force(x);
  for (size_t k = 1; k <= 40; ++k) expect_neighbors(truth, k, run(x, {}, {}, 1, k).knn);
}

TEST(Pairwise, thousands_of_labels_of_two_cells) {
  constexpr size_t kCells = 4000;
  const auto x = make_dense(kCells, 6, [](size_t i, size_t k) { return uniform(i, k); });
  Codes labels(kCells);
  for (size_t i = 0; i < kCells; ++i) labels[i] = static_cast<int32_t>((i * 7) % kCells / 2) * 5;
  const PairwiseResults symmetric = run(x, labels, codes_of(kCells, 3, 2));
  const PairwiseResults strips = run(x, labels, codes_of(kCells, 3, 2), 2, 15, 1 << 20);
  EXPECT_EQ(symmetric.label.silhouette, strips.label.silhouette);
  const Truth truth = brute_force(x);
  const std::vector<bool> all(kCells, true);
  for (size_t i = 0; i < kCells; i += 97) {
    expect_silhouette(silhouette_of(truth, labels, all, i), symmetric.label, i, "label");
  }
}

// ---------------------------------------------------------------- promises

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](float left, float right) {
           return std::bit_cast<uint32_t>(left) == std::bit_cast<uint32_t>(right);
         });
}

void expect_same_bits(const PairwiseResults& a, const PairwiseResults& b) {
  for (const auto part :
       {&PairwiseResults::label, &PairwiseResults::batch, &PairwiseResults::batch_within_label}) {
    EXPECT_TRUE(same_bits((a.*part).silhouette, (b.*part).silhouette));
    EXPECT_TRUE(same_bits((a.*part).within, (b.*part).within));
    EXPECT_TRUE(same_bits((a.*part).nearest, (b.*part).nearest));
  }
  EXPECT_EQ(a.knn.indices, b.knn.indices);
  EXPECT_TRUE(same_bits(a.knn.distances, b.knn.distances));
}

TEST(Pairwise, same_bits_for_any_number_of_threads) {
  const Codes labels = codes_of(900, 7, 1, 0.1), batches = codes_of(900, 4, 2, 0.1);
  const auto dense = [](size_t d) {
    return make_dense(900, d, [](size_t i, size_t k) { return uniform(i, k); });
  };
  const std::vector<EmbeddingMatrix> inputs{dense(20), dense(150), to_csr(sparse_like(900, 500, 0.06))};
  for (const EmbeddingMatrix& x : inputs) {
    for (const uint64_t max_bytes : {uint64_t{4} << 30, uint64_t{0}}) {
      const PairwiseResults one = run(x, labels, batches, 1, 15, max_bytes);
      for (const int threads : {2, 5}) {
        expect_same_bits(one, run(x, labels, batches, threads, 15, max_bytes));
      }
    }
  }
}

TEST(Pairwise, a_value_that_is_not_finite_is_named) {
  auto x = make_dense(60, 10, [](size_t i, size_t k) { return uniform(i, k); });
  x(17, 4) = std::numeric_limits<float>::quiet_NaN();
  x(20, 1) = std::numeric_limits<float>::infinity();
  const std::vector<EmbeddingMatrix> forms{x, to_csr(x)};
  for (const EmbeddingMatrix& form : forms) {
    try {
      run(form, {}, {});
      FAIL() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      EXPECT_THAT(error.what(), testing::HasSubstr("row 17, column 4"));
    }
  }
}

class Cancelled final : public Progress {
 public:
  void stage(std::string_view, uint64_t) override {}
  void advance(uint64_t) override {}
  void warn(std::string_view) override {}
  bool cancelled() const override { return true; }
};

TEST(Pairwise, stops_when_cancelled) {
  ThreadPool pool(2);
  Cancelled progress;
  const auto x = make_dense(60, 10, [](size_t i, size_t k) { return uniform(i, k); });
  try {
    pairwise(x, {}, pool, progress);
    FAIL() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::interrupted);
  }
}

}  // namespace
}  // namespace zerocell
