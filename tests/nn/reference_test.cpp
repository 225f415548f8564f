// Every operation against torch (tests/reference/nn_ops.py), on every instruction set of the machine.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "nn/nn_test_util.h"

namespace zerocell {
namespace {

class NnReference : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream in(ZEROCELL_SOURCE_DIR "/tests/golden/nn_ops.json");
    ASSERT_TRUE(in) << "tests/golden/nn_ops.json is missing";
    golden_ = nlohmann::json::parse(in);
  }

  DenseMatrix<float> matrix(const char* operation, const char* name) const {
    const auto& stored = golden_.at(operation).at(name);
    const auto from = stored.at("values").get<std::vector<double>>();
    DenseMatrix<float> x(stored.at("n_rows"), stored.at("n_cols"));
    EXPECT_EQ(from.size(), x.n_rows() * x.n_cols());
    std::ranges::transform(from, x.data(), [](double v) { return static_cast<float>(v); });
    return x;
  }

  nlohmann::json golden_;
};

void expect_near(const DenseMatrix<float>& found, const DenseMatrix<float>& expected, double tolerance) {
  ASSERT_EQ(found.n_rows(), expected.n_rows());
  ASSERT_EQ(found.n_cols(), expected.n_cols());
  for (size_t r = 0; r < found.n_rows(); ++r) {
    for (size_t c = 0; c < found.n_cols(); ++c) {
      ASSERT_NEAR(found(r, c), expected(r, c), tolerance) << r << ", " << c;
    }
  }
}

// 37 terms of up to 7 and a bias: the sums stay below 17, so 38 roundings are at most about 2^-21 each and,
// as they are random, together about sqrt(38) of that. The golden value is itself rounded to float32.
constexpr double kLinearTolerance = 8 * 0x1p-21;

TEST_F(NnReference, linear) {
  const auto x = matrix("linear", "x"), w = matrix("linear", "weight"), b = matrix("linear", "bias");
  for_each_backend([&](const Backend& backend) {
    Workspace workspace(backend);
    const auto weights = backend.prepare(values(w), values(b), w.n_rows(), w.n_cols());
    for (const auto& [name, activation] :
         {std::pair{"out", Activation::none}, {"relu", Activation::relu}, {"gelu", Activation::gelu}}) {
      DenseMatrix<float> out(x.n_rows(), w.n_rows(), std::nanf(""));
      backend.linear(const_rows(x), *weights, activation, rows(out), workspace);
      expect_near(out, matrix("linear", name), kLinearTolerance);
    }
  });
}

TEST_F(NnReference, argmax_linear) {
  const auto x = matrix("linear", "x"), w = matrix("linear", "weight"), b = matrix("linear", "bias");
  const auto& golden = golden_.at("linear");
  for_each_backend([&](const Backend& backend) {
    Workspace workspace(backend);
    const auto weights = backend.prepare(values(w), values(b), w.n_rows(), w.n_cols());
    std::vector<Prediction> found(x.n_rows());
    backend.argmax_linear(const_rows(x), *weights, found, workspace);
    for (size_t r = 0; r < found.size(); ++r) {
      EXPECT_EQ(found[r].id, golden.at("argmax").at(r).get<uint32_t>());
      EXPECT_NEAR(found[r].logit, golden.at("logit").at(r).get<double>(), kLinearTolerance);
      EXPECT_NEAR(found[r].margin, golden.at("margin").at(r).get<double>(), 2 * kLinearTolerance);
    }
  });
}

TEST_F(NnReference, layer_norm) {
  const auto residual = matrix("layer_norm", "residual"), scale = matrix("layer_norm", "scale"),
             shift = matrix("layer_norm", "shift");
  // Normal values below sqrt(19) times a scale below 4, five roundings, and the golden value's own.
  constexpr double kTolerance = 6 * 16 * 0x1p-24;
  for_each_backend([&](const Backend& backend) {
    auto x = matrix("layer_norm", "x");
    backend.add_layer_norm(rows(x), const_rows(residual), scale.data(), shift.data(), 1e-12f);
    expect_near(x, matrix("layer_norm", "out"), kTolerance);
    x = matrix("layer_norm", "x");
    backend.add_layer_norm(rows(x), {}, scale.data(), shift.data(), 1e-12f);
    expect_near(x, matrix("layer_norm", "without_residual"), kTolerance);
  });
}

// Scores of 8 terms reach about 16 and err by a few 2^-21, which is the relative error of a weight; weights
// sum to 1 and values stay below 8.
constexpr double kAttentionTolerance = 8 * 4 * 0x1p-21;

TEST_F(NnReference, attention) {
  const auto& golden = golden_.at("attention");
  const auto offsets = golden.at("offsets").get<std::vector<uint32_t>>();
  const auto qkv = matrix("attention", "qkv"), expected = matrix("attention", "out");
  for_each_backend([&](const Backend& backend) {
    Workspace workspace(backend);
    DenseMatrix<float> out(expected.n_rows(), expected.n_cols(), std::nanf(""));
    backend.attention(const_rows(qkv), {offsets}, golden.at("n_heads"), rows(out), workspace);
    expect_near(out, expected, kAttentionTolerance);
  });
}

TEST_F(NnReference, attention_of_one) {
  const auto& golden = golden_.at("attention_of_one");
  const auto offsets = golden.at("offsets").get<std::vector<uint32_t>>();
  const auto q = matrix("attention_of_one", "q"), x = matrix("attention_of_one", "x"),
             expected = matrix("attention_of_one", "out");
  for_each_backend([&](const Backend& backend) {
    Workspace workspace(backend);
    DenseMatrix<float> out(expected.n_rows(), expected.n_cols(), std::nanf(""));
    backend.attention_of_one(const_rows(q), const_rows(x), {offsets}, golden.at("scale"), rows(out),
                             workspace);
    expect_near(out, expected, kAttentionTolerance);
  });
}

}  // namespace
}  // namespace zerocell
