#include "zerocell/models/scvi/network.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/scvi/scvi_case.h"
#include "zerocell/models/scvi/kernels.h"

namespace zerocell {
namespace {

class ScviReference : public testing::TestWithParam<size_t> {};

TEST_P(ScviReference, LossAndEveryGradient) {
  ScviCase c(scvi_golden().at("cases").at(GetParam()));
  const auto& t = c.json.at("training");
  ThreadPool pool(2);
  ScviPass pass(c.weights.sizes, pool);
  const ScviLayout layout(c.weights.sizes);
  AlignedVector<float> gradient(layout.n_parameters());
  const double kl_weight = c.json.at("kl_weight");
  const auto loss = pass.gradient(c.weights, c.cells(), ScviCase::noise(t.at("epsilon"), t.at("masks")),
                                  kl_weight, gradient);
  const double expected = t.at("loss");
  EXPECT_NEAR(loss.mean(kl_weight), expected, 1e-5 * std::abs(expected));
  EXPECT_NEAR(loss.kl / 12, t.at("kl").get<double>(), 1e-5 * t.at("kl").get<double>());
  float largest = 0;
  for (const float x : gradient) largest = std::max(largest, std::abs(x));
  for (const auto& tensor : layout.parameters())
    expect_near(tensor_in(gradient, tensor), t.at("gradients").at(tensor.name).get<std::vector<double>>(),
                1e-5, 1e-6 * static_cast<double>(largest), tensor.name);
  for (const auto& tensor : layout.statistics())
    expect_near(c.weights.tensor(tensor), t.at("statistics_after").at(tensor.name).get<std::vector<double>>(),
                1e-6, 1e-7, tensor.name);
}

TEST_P(ScviReference, EvaluationMode) {
  ScviCase c(scvi_golden().at("cases").at(GetParam()));
  const auto& e = c.json.at("evaluation");
  ThreadPool pool(2);
  ScviPass pass(c.weights.sizes, pool);
  const auto loss = pass.loss(c.weights, c.cells(), matrix(c.json.at("training").at("epsilon")));
  double reconstruction = 0;
  for (const auto& x : e.at("reconstruction")) reconstruction += x.get<double>();
  EXPECT_NEAR(loss.reconstruction, reconstruction, 1e-5 * reconstruction);
  DenseMatrix<float> mean, variance;
  scvi_latent(c.weights, c.cells(), pool, mean, &variance);
  const auto expected = matrix(e.at("latent_mean")), expected_variance = matrix(e.at("latent_variance"));
  for (size_t i = 0; i < mean.n_rows(); ++i)
    for (size_t j = 0; j < mean.n_cols(); ++j) {
      EXPECT_NEAR(mean(i, j), expected(i, j), 1e-5);
      EXPECT_NEAR(variance(i, j), expected_variance(i, j), 1e-5 * expected_variance(i, j));
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, ScviReference, testing::Range<size_t>(0, 4));

TEST(ScviNetwork, ThreeStepsOfAdam) {
  const auto& steps = scvi_golden().at("steps");
  nlohmann::json start;
  for (const auto& candidate : scvi_golden().at("cases"))
    if (candidate.at("name") == steps.at("case")) start = candidate;
  ScviCase c(start);
  ThreadPool pool(2);
  ScviPass pass(c.weights.sizes, pool);
  const ScviLayout layout(c.weights.sizes);
  const size_t n = layout.n_parameters();
  AlignedVector<float> gradient(n), first(n), second(n);
  const double kl_weight = c.json.at("kl_weight");
  for (size_t step = 0; step < 3; ++step) {
    const auto loss = pass.gradient(c.weights, c.cells(),
                                    ScviCase::noise(steps.at("epsilon")[step], steps.at("masks")[step]),
                                    kl_weight, gradient);
    const double expected = steps.at("losses")[step];
    EXPECT_NEAR(loss.mean(kl_weight), expected, 1e-5 * std::abs(expected));
    scvi::AdamStep adam;
    adam.correction1 = static_cast<float>(1 - std::pow(0.9, step + 1));
    adam.correction2_root = static_cast<float>(std::sqrt(1 - std::pow(0.999, step + 1)));
    scvi::adam(adam, gradient.data(), n, c.weights.parameters.data(), first.data(), second.data());
  }
  for (const auto& tensor : layout.parameters())
    expect_near(c.weights.tensor(tensor), steps.at("parameters").at(tensor.name).get<std::vector<double>>(),
                1e-6, 1e-6, tensor.name);
}

// A sum over one block's genes alone, and over blocks: more genes than a block holds, so that softmax and
// first layer are joined from parts. Finite differences of the loss are the reference.
TEST(ScviNetwork, GradientsAcrossBlocksOfGenes) {
  for (const auto likelihood : {GeneLikelihood::nb, GeneLikelihood::zinb}) {
    ScviSizes sizes;
    sizes.n_genes = 700;
    sizes.n_batches = 2;
    sizes.n_hidden = 16;
    sizes.n_latent = 4;
    sizes.gene_likelihood = likelihood;
    auto weights = untrained_scvi(sizes, 3);
    CsrMatrix counts;
    const std::vector<uint32_t> rows{0, 1, 2, 3, 4}, batch{0, 1, 0, 1, 1};
    for (uint32_t i = 0; i < 5; ++i) {
      for (uint32_t g = i; g < 700; g += 37 + i) {
        counts.indices.push_back(g);
        counts.values.push_back(static_cast<float>(1 + g % 5));
      }
      counts.indptr.push_back(counts.indices.size());
    }
    const ScviCells cells{counts.indptr.data(), counts.indices.data(), counts.values.data(), rows, batch};
    ScviNoise noise;
    noise.epsilon = DenseMatrix<float>(5, 4, 0.3f);
    ThreadPool one(1), three(3);
    ScviPass pass(sizes, one), other(sizes, three);
    const ScviLayout layout(sizes);
    AlignedVector<float> gradient(layout.n_parameters()), same(layout.n_parameters());
    auto copy = weights, again = weights;
    pass.gradient(copy, cells, noise, 0.5, gradient);
    other.gradient(again, cells, noise, 0.5, same);
    EXPECT_TRUE(std::equal(gradient.begin(), gradient.end(), same.begin()));
    for (const auto* name :
         {"decoder.px_scale_decoder.0.bias", "px_r", "z_encoder.encoder.fc_layers.Layer 0.0.weight",
          "decoder.px_decoder.fc_layers.Layer 1.1.bias"}) {
      const auto& tensor = layout.find(name);
      // Along the gradient itself the loss changes by its squared length.
      double square = 0;
      for (size_t k = 0; k < tensor.size; ++k)
        square += std::pow(static_cast<double>(gradient[tensor.offset + k]), 2);
      // Batch norm of five cells bends quickly along the first layer; elsewhere longer steps drown the
      // rounding.
      const double h = (tensor.input_major ? 2e-4 : 0.02) / std::sqrt(square);
      const auto at = [&](double t) {
        auto moved = weights;
        for (size_t k = 0; k < tensor.size; ++k)
          moved.parameters[tensor.offset + k] +=
              static_cast<float>(t * static_cast<double>(gradient[tensor.offset + k]));
        AlignedVector<float> unused(layout.n_parameters());
        return pass.gradient(moved, cells, noise, 0.5, unused).mean(0.5);
      };
      EXPECT_NEAR((at(h) - at(-h)) / (2 * h), square, 0.02 * square) << name;
    }
  }
}

// Training never forms the whole gradient: the parameters must come out as if it did. Sizes that fill neither
// vectors nor blocks, and minibatches that grow and shrink.
TEST(ScviNetwork, AStepIsTheGradientAndAdam) {
  for (const auto likelihood : {GeneLikelihood::nb, GeneLikelihood::zinb}) {
    ScviSizes sizes;
    sizes.n_genes = 300;
    sizes.n_batches = 2;
    sizes.n_hidden = 21;
    sizes.n_latent = 5;
    sizes.gene_likelihood = likelihood;
    CsrMatrix counts;
    std::vector<uint32_t> batch;
    for (uint32_t i = 0; i < 40; ++i) {
      for (uint32_t g = i % 7; g < 300; g += 3 + i % 5) {
        counts.indices.push_back(g);
        counts.values.push_back(static_cast<float>(1 + (g + i) % 4));
      }
      counts.indptr.push_back(counts.indices.size());
      batch.push_back(i % 2);
    }
    ThreadPool one(1), three(3);
    ScviPass by_gradient(sizes, one), by_step(sizes, three);
    auto expected = untrained_scvi(sizes, 5), found = expected;
    const size_t n = expected.parameters.size();
    AlignedVector<float> gradient(n), first(n), second(n);
    ScviAdam adam(n);
    for (const size_t n_cells : {17u, 40u, 2u, 40u}) {
      std::vector<uint32_t> rows(n_cells);
      for (uint32_t i = 0; i < n_cells; ++i) rows[i] = i;
      const ScviCells cells{counts.indptr.data(), counts.indices.data(), counts.values.data(), rows, batch};
      ScviNoise noise;
      noise.epsilon = DenseMatrix<float>(n_cells, 5, 0.4f);
      const auto loss = by_gradient.gradient(expected, cells, noise, 0.5, gradient);
      const auto same = by_step.step(found, cells, noise, 0.5, adam);
      EXPECT_EQ(loss.reconstruction, same.reconstruction);
      EXPECT_EQ(loss.kl, same.kl);
      scvi::adam(adam.settings, gradient.data(), n, expected.parameters.data(), first.data(), second.data());
      EXPECT_EQ(expected.parameters, found.parameters) << n_cells;
      EXPECT_EQ(expected.statistics, found.statistics) << n_cells;
    }
    EXPECT_EQ(adam.n_steps, 4u);
  }
}

TEST(ScviNetwork, NoStepWhereTheLossIsNotANumber) {
  ScviCase c(scvi_golden().at("cases").at(0));
  const auto& t = c.json.at("training");
  c.weights.parameters.back() = c.weights.parameters.front() = std::numeric_limits<float>::quiet_NaN();
  ThreadPool pool(2);
  ScviPass pass(c.weights.sizes, pool);
  ScviAdam adam(c.weights.parameters.size());
  const auto before = c.weights.parameters;
  const auto loss =
      pass.step(c.weights, c.cells(), ScviCase::noise(t.at("epsilon"), t.at("masks")), 0.5, adam);
  EXPECT_TRUE(std::isnan(loss.mean(0.5)));
  EXPECT_EQ(adam.n_steps, 0u);
  for (size_t i = 1; i + 1 < before.size(); ++i) ASSERT_EQ(c.weights.parameters[i], before[i]);
}

TEST(ScviNetwork, ACellNeverDependsOnItsCompany) {
  ScviCase c(scvi_golden().at("cases").at(2));
  ThreadPool one(1), two(2);
  DenseMatrix<float> together, alone;
  scvi_latent(c.weights, c.cells(), two, together, nullptr);
  for (uint32_t i = 0; i < c.rows.size(); ++i) {
    auto cells = c.cells();
    cells.rows = std::span(c.rows).subspan(i, 1);
    scvi_latent(c.weights, cells, one, alone, nullptr);
    for (size_t j = 0; j < alone.n_cols(); ++j) EXPECT_EQ(alone(0, j), together(i, j));
  }
}

}  // namespace
}  // namespace zerocell
