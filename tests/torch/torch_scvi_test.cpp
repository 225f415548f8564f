#include "zerocell/torch/torch_scvi.h"

#include <gmock/gmock.h>

#include <limits>

#include "models/scvi/scvi_case.h"
#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/torch/torch_backend.h"

// References: scvi-tools' module in float64 for single steps, the processor's trainer, which has tests of its
// own against it, for more genes than a block of either holds.
namespace zerocell {
namespace {

class TorchScvi : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string(GetParam()) != "cpu" && !torch_has_cuda()) GTEST_SKIP() << "LibTorch sees no GPU here";
  }
  std::unique_ptr<ScviTrainer> trainer(const ScviWeights& start) const {
    return make_torch_scvi_trainer(GetParam(), start, adam_);
  }

  scvi::AdamStep adam_;
};
INSTANTIATE_TEST_SUITE_P(Devices, TorchScvi, testing::Values("cpu", "cuda"),
                         [](const auto& device) { return std::string(device.param); });

TEST_P(TorchScvi, SaysWhatItIs) {
  ScviSizes sizes;
  sizes.n_genes = 3;
  EXPECT_THAT(trainer(ScviWeights(sizes))->description(),
              testing::AllOf(testing::StartsWith(GetParam()), testing::HasSubstr(", LibTorch ")));
}

TEST_P(TorchScvi, LossOfTrainingAndOfEvaluation) {
  for (const auto& json : scvi_golden().at("cases")) {
    SCOPED_TRACE(json.at("name"));
    ScviCase c(json);
    const auto& t = json.at("training");
    const double kl_weight = json.at("kl_weight"), expected = t.at("loss");
    const auto torch = trainer(c.weights);
    double reconstruction = 0;
    for (const auto& x : json.at("evaluation").at("reconstruction")) reconstruction += x.get<double>();
    EXPECT_NEAR(torch->loss(c.cells(), matrix(t.at("epsilon"))).reconstruction, reconstruction,
                1e-5 * reconstruction);
    const auto loss = torch->step(c.cells(), ScviCase::noise(t.at("epsilon"), t.at("masks")), kl_weight);
    EXPECT_NEAR(loss.mean(kl_weight), expected, 1e-5 * std::abs(expected));
    const auto after = torch->weights();
    const ScviLayout layout(after.sizes);
    for (const auto& tensor : layout.statistics())
      expect_near(after.tensor(tensor), t.at("statistics_after").at(tensor.name).get<std::vector<double>>(),
                  1e-6, 1e-7, tensor.name);
  }
}

TEST_P(TorchScvi, ThreeStepsOfAdam) {
  const auto& steps = scvi_golden().at("steps");
  for (const auto& json : scvi_golden().at("cases")) {
    if (json.at("name") != steps.at("case")) continue;
    ScviCase c(json);
    const auto torch = trainer(c.weights);
    for (size_t step = 0; step < 3; ++step)
      torch->step(c.cells(), ScviCase::noise(steps.at("epsilon")[step], steps.at("masks")[step]),
                  json.at("kl_weight"));
    const auto after = torch->weights();
    const ScviLayout layout(after.sizes);
    for (const auto& tensor : layout.parameters())
      expect_near(after.tensor(tensor), steps.at("parameters").at(tensor.name).get<std::vector<double>>(),
                  1e-6, 1e-6, tensor.name);
    return;
  }
  FAIL() << "no case of three steps";
}

/// Simulated cells of 700 genes in two batches.
struct ManyGenes {
  explicit ManyGenes(GeneLikelihood likelihood) {
    sizes.n_genes = 700;
    sizes.n_batches = 2;
    sizes.n_hidden = 32;
    sizes.n_latent = 5;
    sizes.gene_likelihood = likelihood;
    for (uint32_t i = 0; i < 40; ++i) {
      for (uint32_t g = i % 7; g < 700; g += 3 + i % 5) {
        counts.indices.push_back(g);
        counts.values.push_back(static_cast<float>(1 + (g * g + i) % 9));
      }
      counts.indptr.push_back(counts.indices.size());
      batch.push_back(i % 2);
      rows.push_back(39 - i);
    }
  }
  ScviCells cells() const {
    return {counts.indptr.data(), counts.indices.data(), counts.values.data(), rows, batch};
  }
  ScviNoise noise(uint64_t seed) const {
    ScviNoise out;
    out.epsilon = DenseMatrix<float>(40, sizes.n_latent);
    Random random(seed, 0);
    for (size_t i = 0; i < 40; ++i)
      for (float& x : out.epsilon.row(i)) x = static_cast<float>(random.normal());
    out.dropout.assign(sizes.n_layers, DenseMatrix<float>(40, sizes.n_hidden));
    for (auto& mask : out.dropout)
      for (size_t i = 0; i < 40; ++i)
        for (float& x : mask.row(i)) x = random.normal() > -1.3 ? 1 / 0.9f : 0;
    return out;
  }

  ScviSizes sizes;
  CsrMatrix counts;
  std::vector<uint32_t> rows, batch;
};

// Ten steps: rounding of float32 is carried on, the parameters move by a hundredth of their scale.
TEST_P(TorchScvi, TrainsAsTheProcessor) {
  for (const auto likelihood : {GeneLikelihood::nb, GeneLikelihood::zinb}) {
    SCOPED_TRACE(to_string(likelihood));
    const ManyGenes data(likelihood);
    const auto start = untrained_scvi(data.sizes, 4);
    ThreadPool pool(2);
    const auto torch = trainer(start), cpu = make_cpu_scvi_trainer(start, adam_, pool);
    for (uint64_t step = 0; step < 10; ++step) {
      const auto noise = data.noise(step);
      const auto found = torch->step(data.cells(), noise, 0.3),
                 expected = cpu->step(data.cells(), noise, 0.3);
      EXPECT_NEAR(found.reconstruction, expected.reconstruction, 1e-6 * expected.reconstruction) << step;
      EXPECT_NEAR(found.kl, expected.kl, 1e-4 * expected.kl) << step;
      EXPECT_EQ(found.n_cells, 40u);
    }
    const auto found = torch->weights(), expected = cpu->weights();
    float moved = 0;
    for (size_t i = 0; i < expected.parameters.size(); ++i) {
      ASSERT_NEAR(found.parameters[i], expected.parameters[i], 2e-5f) << i;
      moved = std::max(moved, std::abs(expected.parameters[i] - start.parameters[i]));
    }
    EXPECT_GT(moved, 1e-3f);
    for (size_t i = 0; i < expected.statistics.size(); ++i)
      ASSERT_NEAR(found.statistics[i], expected.statistics[i], 1e-5f) << i;
  }
}

TEST_P(TorchScvi, TheSameRunGivesTheSameBits) {
  const ManyGenes data(GeneLikelihood::zinb);
  const auto start = untrained_scvi(data.sizes, 4);
  const auto one = trainer(start), other = trainer(start);
  for (uint64_t step = 0; step < 3; ++step) {
    one->step(data.cells(), data.noise(step), 1);
    other->step(data.cells(), data.noise(step), 1);
  }
  EXPECT_EQ(one->weights().parameters, other->weights().parameters);
  EXPECT_EQ(one->weights().statistics, other->weights().statistics);
}

TEST_P(TorchScvi, NoStepWhereTheLossIsNotANumber) {
  const ManyGenes data(GeneLikelihood::nb);
  auto start = untrained_scvi(data.sizes, 4);
  start.parameters[3] = std::numeric_limits<float>::quiet_NaN();  // a dispersion
  const auto torch = trainer(start);
  EXPECT_TRUE(std::isnan(torch->step(data.cells(), data.noise(1), 1).mean(1)));
  const auto after = torch->weights();
  for (size_t i = 0; i < start.parameters.size(); ++i)
    if (i != 3) {
      ASSERT_EQ(after.parameters[i], start.parameters[i]) << i;
    }
  EXPECT_EQ(after.statistics, start.statistics);
}

TEST(TorchScviDevice, RefusesADeviceThatIsNotThere) {
  ScviSizes sizes;
  sizes.n_genes = 3;
  EXPECT_THROW(make_torch_scvi_trainer("tpu", ScviWeights(sizes), {}), Error);
  EXPECT_THROW(make_torch_scvi_trainer("cuda:99", ScviWeights(sizes), {}), Error);
}

}  // namespace
}  // namespace zerocell
