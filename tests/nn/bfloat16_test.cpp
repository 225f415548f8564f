// Linear layers on bfloat16 against sums in float64 of the rounded values.
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include "nn/nn_test_util.h"

namespace zerocell {
namespace {

struct Shape {
  size_t n_rows, n_in, n_out;
};

// One of everything, odd numbers of dimensions, remainders of tiles of 12 rows and panels of 16 and 32
// columns, and more than one slice of 1,024 pairs.
constexpr Shape kShapes[] = {{1, 1, 1},    {1, 7, 33},     {2, 64, 1},    {5, 3, 31},    {6, 16, 32},
                             {7, 17, 34},  {11, 5, 63},    {12, 8, 64},   {13, 256, 65}, {25, 31, 96},
                             {37, 33, 48}, {26, 2049, 67}, {3, 4609, 35}, {100, 2, 50},  {14, 300, 1001},
                             {24, 15, 16}, {9, 46, 17}};

// The nearest bfloat16, of two equally near ones the even.
float rounded(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  return std::bit_cast<float>((bits + 0x7fffu + ((bits >> 16) & 1)) & 0xffff0000u);
}

double activate(double y, Activation activation) {
  if (activation == Activation::relu) return std::max(y, 0.0);
  if (activation == Activation::gelu) return 0.5 * y * std::erfc(-y / std::sqrt(2.0));
  return y;
}

class Bfloat16 : public testing::Test {
 protected:
  void SetUp() override {
    if (!fast_bfloat16()) GTEST_SKIP() << "needs a processor with AVX-512 BF16, which this one is not";
    backend_ = make_cpu_backend(Precision::bfloat16);
    workspace_.emplace(*backend_);
  }

  DenseMatrix<float> linear(const DenseMatrix<float>& x, const LinearWeights& w,
                            Activation activation = Activation::none) {
    DenseMatrix<float> out(x.n_rows(), w.n_out, std::nanf(""));
    backend_->linear(const_rows(x), w, activation, rows(out), *workspace_);
    return out;
  }

  std::unique_ptr<Backend> backend_;
  std::optional<Workspace> workspace_;
};

TEST_F(Bfloat16, linear_equals_float64_on_rounded_values) {
  for (const auto& [n_rows, n_in, n_out] : kShapes) {
    const auto x = random_matrix(n_rows, n_in, 1), w = random_matrix(n_out, n_in, 2),
               b = random_matrix(1, n_out, 3);
    for (const bool with_bias : {false, true}) {
      const auto weights =
          backend_->prepare(values(w), with_bias ? values(b) : std::span<const float>(), n_out, n_in);
      for (const auto activation : {Activation::none, Activation::relu, Activation::gelu}) {
        const auto out = linear(x, *weights, activation);
        for (size_t r = 0; r < n_rows; ++r) {
          for (size_t c = 0; c < n_out; ++c) {
            double sum = with_bias ? b(0, c) : 0, size = std::abs(sum);
            for (size_t k = 0; k < n_in; ++k) {
              const double term = static_cast<double>(rounded(x(r, k))) * rounded(w(c, k));
              sum += term;
              size += std::abs(term);
            }
            // Products are exact in float32; n_in additions are rounded by at most 2^-24 of the sum so far,
            // and in practice their errors grow with the root of the count. A bfloat16 sum would err by
            // 2^-9. GELU adds a few units and has a slope of at most 1.13.
            const double expected = activate(sum, activation);
            const double bound = 0x1p-24 * size * (4 + 2 * std::sqrt(static_cast<double>(n_in)));
            ASSERT_NEAR(out(r, c), expected, bound)
                << n_rows << " x " << n_in << " -> " << n_out << " at " << r << ", " << c;
          }
        }
      }
    }
  }
}

TEST_F(Bfloat16, rounds_to_nearest_even) {
  // bfloat16 has 8 significant bits: between 1 and 2 its values are 2^-7 apart.
  const std::vector<float> given = {1 + 0x1p-8f,    1 + 0x3p-8f,    1 + 0x1p-8f + 0x1p-20f, 1 + 0x1p-9f,
                                    -(1 + 0x1p-8f), -(1 + 0x3p-8f), 0x1.fffffep0f,          3.0f};
  const std::vector<float> expected = {1, 1 + 0x1p-6f, 1 + 0x1p-7f, 1, -1, -(1 + 0x1p-6f), 2, 3};
  const std::vector<float> one = {1};
  const auto weights = backend_->prepare(one, {}, 1, 1);
  DenseMatrix<float> x(given.size(), 1);
  std::ranges::copy(given, x.data());
  const auto inputs_rounded = linear(x, *weights);
  const auto as_weights = backend_->prepare(given, {}, given.size(), 1);
  const auto weights_rounded = linear(DenseMatrix<float>(1, 1, 1.0f), *as_weights);
  for (size_t i = 0; i < given.size(); ++i) {
    EXPECT_EQ(inputs_rounded(i, 0), expected[i]) << given[i];
    EXPECT_EQ(weights_rounded(0, i), expected[i]) << given[i];
  }
}

TEST_F(Bfloat16, a_row_never_depends_on_the_others) {
  constexpr size_t kRows = 41;
  for (const size_t n_in : {5, 256, 2501}) {
    const auto x = random_matrix(kRows, n_in, 4), w = random_matrix(75, n_in, 5), b = random_matrix(1, 75, 6);
    const auto weights = backend_->prepare(values(w), values(b), 75, n_in);
    for (const auto activation : {Activation::none, Activation::gelu}) {
      const auto all = linear(x, *weights, activation);
      for (const size_t height : {1, 2, 5, 7, 12, 13, 30}) {
        DenseMatrix<float> some(height, 75);
        for (size_t first = 0; first + height <= kRows; first += 3) {
          backend_->linear({x.data() + first * n_in, height, n_in}, *weights, activation, rows(some),
                           *workspace_);
          for (size_t i = 0; i < height * 75; ++i) ASSERT_EQ(some.data()[i], all.data()[first * 75 + i]);
        }
      }
    }
  }
}

TEST_F(Bfloat16, writes_nothing_beyond_its_rows) {
  const auto x = random_matrix(13, 9, 1), w = random_matrix(37, 9, 2);
  const auto weights = backend_->prepare(values(w), {}, 37, 9);
  DenseMatrix<float> out(15, 37, 99.0f);
  backend_->linear(const_rows(x), *weights, Activation::none, {out.data() + 37, 13, 37}, *workspace_);
  for (size_t c = 0; c < 37; ++c) {
    EXPECT_EQ(out(0, c), 99.0f);
    EXPECT_EQ(out(14, c), 99.0f);
  }
}

TEST_F(Bfloat16, nan_and_infinity_stay_in_their_row) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  auto x = random_matrix(3, 5, 1);
  const DenseMatrix<float> w(20, 5, 1.0f);
  const auto weights = backend_->prepare(values(w), {}, 20, 5);
  x(0, 4) = std::nanf("");
  x(2, 4) = kInfinity;
  const auto out = linear(x, *weights, Activation::relu);
  for (size_t c = 0; c < 20; ++c) {
    EXPECT_TRUE(std::isnan(out(0, c)));
    EXPECT_TRUE(std::isfinite(out(1, c)));
    EXPECT_EQ(out(2, c), kInfinity);
  }
}

TEST_F(Bfloat16, argmax_equals_the_largest_of_linear) {
  for (const auto& [n_rows, n_in, n_out] :
       {Shape{1, 8, 2}, {13, 33, 1042}, {30, 256, 5006}, {25, 2065, 17}, {12, 3, 64}, {7, 5, 25426}}) {
    const auto x = random_matrix(n_rows, n_in, 7), w = random_matrix(n_out, n_in, 8),
               b = random_matrix(1, n_out, 9);
    const auto weights = backend_->prepare(values(w), values(b), n_out, n_in);
    const auto logits = linear(x, *weights);
    std::vector<Prediction> found(n_rows);
    backend_->argmax_linear(const_rows(x), *weights, found, *workspace_);
    for (size_t r = 0; r < n_rows; ++r) {
      uint32_t id = 0;
      for (uint32_t c = 1; c < n_out; ++c) id = logits(r, c) > logits(r, id) ? c : id;
      float second = -std::numeric_limits<float>::infinity();
      for (uint32_t c = 0; c < n_out; ++c) second = c == id ? second : std::max(second, logits(r, c));
      ASSERT_EQ(found[r].id, id);
      ASSERT_EQ(found[r].logit, logits(r, id));
      ASSERT_EQ(found[r].margin, logits(r, id) - second);
    }
  }
}

TEST_F(Bfloat16, weights_belong_to_their_backend) {
  const auto w = random_matrix(3, 4, 2);
  const auto weights = backend_->prepare(values(w), {}, 3, 4);
  const auto other = make_cpu_backend()->prepare(values(w), {}, 3, 4);
  DenseMatrix<float> x(2, 4), out(2, 3);
  EXPECT_THROW(backend_->linear(const_rows(x), *other, Activation::none, rows(out), *workspace_), Error);
  EXPECT_THROW(make_cpu_backend()->linear(const_rows(x), *weights, Activation::none, rows(out), *workspace_),
               Error);
  EXPECT_THROW(backend_->prepare(values(w), {}, 3, 5), Error);
  EXPECT_THROW(backend_->linear(const_rows(out), *weights, Activation::none, rows(x), *workspace_), Error);
  EXPECT_NO_THROW(
      backend_->linear({nullptr, 0, 4}, *weights, Activation::none, {nullptr, 0, 3}, *workspace_));
  EXPECT_EQ(backend_->description(), "cpu, bfloat16 products with float32 sums, AVX-512 BF16");
}

TEST(Bfloat16Absent, is_refused) {
  if (fast_bfloat16()) GTEST_SKIP() << "needs a processor without AVX-512 BF16, which this one has";
  try {
    make_cpu_backend(Precision::bfloat16);
    FAIL() << "bfloat16 was granted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_NE(std::string(error.what()).find("Use float32"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace zerocell
