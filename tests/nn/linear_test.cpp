// Linear layers and the largest logit against sums in float64, on every instruction set of the machine.
#include <cmath>
#include <limits>

#include "nn/nn_test_util.h"

namespace zerocell {
namespace {

struct Shape {
  size_t n_rows, n_in, n_out;
};

// One row, one column, one dimension, and remainders of tiles of 6 or 12 rows and panels of 2 to 32 columns.
constexpr Shape kShapes[] = {{1, 1, 1},      {1, 7, 33},     {2, 64, 1},    {5, 3, 31},    {6, 16, 32},
                             {7, 17, 34},    {11, 5, 63},    {12, 8, 64},   {13, 256, 65}, {25, 100, 96},
                             {37, 1025, 40}, {26, 2100, 67}, {3, 4608, 35}, {100, 1, 50},  {14, 300, 1001}};

double activate(double y, Activation activation) {
  if (activation == Activation::relu) return std::max(y, 0.0);
  if (activation == Activation::gelu) return 0.5 * y * std::erfc(-y / std::sqrt(2.0));
  return y;
}

TEST(Linear, equals_float64_on_every_target) {
  for_each_backend([](const Backend& backend) {
    Workspace workspace(backend);
    for (const auto& [n_rows, n_in, n_out] : kShapes) {
      const auto x = random_matrix(n_rows, n_in, 1), w = random_matrix(n_out, n_in, 2),
                 b = random_matrix(1, n_out, 3);
      for (const bool with_bias : {false, true}) {
        const auto weights =
            backend.prepare(values(w), with_bias ? values(b) : std::span<const float>(), n_out, n_in);
        for (const auto activation : {Activation::none, Activation::relu, Activation::gelu}) {
          DenseMatrix<float> out(n_rows, n_out, std::nanf(""));
          backend.linear(const_rows(x), *weights, activation, rows(out), workspace);
          for (size_t r = 0; r < n_rows; ++r) {
            for (size_t c = 0; c < n_out; ++c) {
              double sum = with_bias ? b(0, c) : 0, size = std::abs(sum);
              for (size_t k = 0; k < n_in; ++k) {
                const double term = static_cast<double>(x(r, k)) * w(c, k);
                sum += term;
                size += std::abs(term);
              }
              // n_in additions and up to as many products, each rounded by at most 2^-24 of the sum so far;
              // in practice their errors grow with the root of the count. GELU adds a few units and has a
              // slope of at most 1.13.
              const double expected = activate(sum, activation);
              const double bound = 0x1p-24 * size * (4 + 2 * std::sqrt(static_cast<double>(n_in)));
              ASSERT_NEAR(out(r, c), expected, bound)
                  << n_rows << " x " << n_in << " -> " << n_out << " at " << r << ", " << c;
            }
          }
        }
      }
    }
  });
}

TEST(Linear, known_by_hand) {
  const auto backend = make_cpu_backend();
  Workspace workspace(*backend);
  const std::vector<float> w = {1, 2, 3, 4, -5, 6}, b = {10, -40};  // (2, 3)
  const auto weights = backend->prepare(w, b, 2, 3);
  DenseMatrix<float> x(2, 3), out(2, 2);
  x(0, 0) = 1, x(0, 1) = 2, x(0, 2) = 3;
  x(1, 0) = -1, x(1, 1) = 0, x(1, 2) = 0.5;
  backend->linear(const_rows(x), *weights, Activation::none, rows(out), workspace);
  EXPECT_EQ(out(0, 0), 24);   // 1 + 4 + 9 + 10
  EXPECT_EQ(out(0, 1), -28);  // 4 - 10 + 18 - 40
  EXPECT_EQ(out(1, 0), 10.5);
  EXPECT_EQ(out(1, 1), -41);
  backend->linear(const_rows(x), *weights, Activation::relu, rows(out), workspace);
  EXPECT_EQ(out(0, 0), 24);
  EXPECT_EQ(out(0, 1), 0);
}

TEST(Linear, a_row_never_depends_on_the_others) {
  for_each_backend([](const Backend& backend) {
    Workspace workspace(backend);
    constexpr size_t kRows = 41;
    for (const size_t n_in : {5, 256, 1500}) {
      const auto x = random_matrix(kRows, n_in, 4), w = random_matrix(75, n_in, 5),
                 b = random_matrix(1, 75, 6);
      const auto weights = backend.prepare(values(w), values(b), 75, n_in);
      DenseMatrix<float> all(kRows, 75);
      backend.linear(const_rows(x), *weights, Activation::none, rows(all), workspace);
      for (const size_t height : {1, 2, 5, 7, 12, 13, 30}) {
        DenseMatrix<float> some(height, 75);
        for (size_t first = 0; first + height <= kRows; first += 3) {
          backend.linear({x.data() + first * n_in, height, n_in}, *weights, Activation::none, rows(some),
                         workspace);
          for (size_t i = 0; i < height * 75; ++i) ASSERT_EQ(some.data()[i], all.data()[first * 75 + i]);
        }
      }
    }
  });
}

TEST(Linear, writes_nothing_beyond_its_rows) {
  for_each_backend([](const Backend& backend) {
    Workspace workspace(backend);
    const auto x = random_matrix(13, 9, 1), w = random_matrix(37, 9, 2);
    const auto weights = backend.prepare(values(w), {}, 37, 9);
    DenseMatrix<float> out(15, 37, 99.0f);
    backend.linear(const_rows(x), *weights, Activation::none, {out.data() + 37, 13, 37}, workspace);
    for (size_t c = 0; c < 37; ++c) {
      EXPECT_EQ(out(0, c), 99.0f);
      EXPECT_EQ(out(14, c), 99.0f);
    }
  });
}

TEST(Linear, nan_stays_in_its_row) {
  for_each_backend([](const Backend& backend) {
    Workspace workspace(backend);
    auto x = random_matrix(3, 5, 1);
    x(1, 2) = std::nanf("");
    const auto w = random_matrix(37, 5, 2);
    const auto weights = backend.prepare(values(w), {}, 37, 5);
    for (const auto activation : {Activation::none, Activation::relu, Activation::gelu}) {
      DenseMatrix<float> out(3, 37);
      backend.linear(const_rows(x), *weights, activation, rows(out), workspace);
      for (size_t r = 0; r < 3; ++r) {
        for (size_t c = 0; c < 37; ++c) ASSERT_EQ(std::isnan(out(r, c)), r == 1);
      }
    }
  });
}

TEST(Linear, no_rows_are_no_work) {
  const auto backend = make_cpu_backend();
  Workspace workspace(*backend);
  const auto w = random_matrix(3, 4, 2);
  const auto weights = backend->prepare(values(w), {}, 3, 4);
  EXPECT_NO_THROW(backend->linear({nullptr, 0, 4}, *weights, Activation::none, {nullptr, 0, 3}, workspace));
}

TEST(Linear, refuses_wrong_shapes) {
  const auto backend = make_cpu_backend();
  Workspace workspace(*backend);
  const auto w = random_matrix(3, 4, 2);
  EXPECT_THROW(backend->prepare(values(w), {}, 3, 5), Error);
  EXPECT_THROW(backend->prepare(values(w), values(w), 3, 4), Error);
  const auto weights = backend->prepare(values(w), {}, 3, 4);
  DenseMatrix<float> x(2, 5), out(2, 3);
  EXPECT_THROW(backend->linear(const_rows(x), *weights, Activation::none, rows(out), workspace), Error);
}

TEST(ArgmaxLinear, equals_the_largest_of_linear) {
  for_each_backend([](const Backend& backend) {
    Workspace workspace(backend);
    // 25,426 - 64 * 397 = 18 columns in the last panel; the same remainder with fewer columns, and odd ones.
    for (const auto& [n_rows, n_in, n_out] :
         {Shape{1, 8, 2}, {13, 32, 1042}, {30, 256, 5006}, {25, 16, 17}, {12, 3, 64}, {7, 5, 25426}}) {
      const auto x = random_matrix(n_rows, n_in, 7), w = random_matrix(n_out, n_in, 8),
                 b = random_matrix(1, n_out, 9);
      const auto weights = backend.prepare(values(w), values(b), n_out, n_in);
      DenseMatrix<float> logits(n_rows, n_out);
      backend.linear(const_rows(x), *weights, Activation::none, rows(logits), workspace);
      std::vector<Prediction> found(n_rows);
      backend.argmax_linear(const_rows(x), *weights, found, workspace);
      for (size_t r = 0; r < n_rows; ++r) {
        uint32_t id = 0;
        for (uint32_t c = 1; c < n_out; ++c) id = logits(r, c) > logits(r, id) ? c : id;
        float second = -std::numeric_limits<float>::infinity();
        for (uint32_t c = 0; c < n_out; ++c) second = c == id ? second : std::max(second, logits(r, c));
        // Sums over n_in may be cut into slices differently, which changes no bit.
        ASSERT_EQ(found[r].id, id);
        ASSERT_EQ(found[r].logit, logits(r, id));
        ASSERT_EQ(found[r].margin, logits(r, id) - second);
      }
    }
  });
}

TEST(ArgmaxLinear, first_of_equal_logits_with_margin_zero) {
  for_each_backend([](const Backend& backend) {
    Workspace workspace(backend);
    std::vector<float> w(300, -1.0f);
    w[70] = w[201] = w[71] = 2.0f;
    const auto weights = backend.prepare(w, {}, 300, 1);
    const DenseMatrix<float> x(20, 1, 1.0f);
    std::vector<Prediction> found(20);
    backend.argmax_linear(const_rows(x), *weights, found, workspace);
    for (const Prediction& p : found) {
      EXPECT_EQ(p.id, 70u);
      EXPECT_EQ(p.logit, 2.0f);
      EXPECT_EQ(p.margin, 0.0f);
    }
  });
}

TEST(ArgmaxLinear, negative_logits_are_larger_than_padding) {
  for_each_backend([](const Backend& backend) {
    Workspace workspace(backend);
    const std::vector<float> w = {-3.0f, -1.0f, -7.5f};
    const auto weights = backend.prepare(w, {}, 3, 1);
    const DenseMatrix<float> x(2, 1, 1.0f);
    std::vector<Prediction> found(2);
    backend.argmax_linear(const_rows(x), *weights, found, workspace);
    EXPECT_EQ(found[1].id, 1u);
    EXPECT_EQ(found[1].logit, -1.0f);
    EXPECT_EQ(found[1].margin, 2.0f);
  });
}

TEST(ArgmaxLinear, one_class_has_an_infinite_margin) {
  const auto backend = make_cpu_backend();
  Workspace workspace(*backend);
  const std::vector<float> w = {-3.0f};
  const auto weights = backend->prepare(w, {}, 1, 1);
  const DenseMatrix<float> x(1, 1, 1.0f);
  std::vector<Prediction> found(1);
  backend->argmax_linear(const_rows(x), *weights, found, workspace);
  EXPECT_EQ(found[0].id, 0u);
  EXPECT_EQ(found[0].logit, -3.0f);
  EXPECT_EQ(found[0].margin, std::numeric_limits<float>::infinity());
}

}  // namespace
}  // namespace zerocell
