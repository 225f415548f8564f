#include "zerocell/torch/torch_backend.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "nn/nn_test_util.h"
#include "zerocell/nn/transformer.h"

// The processor's backend is the reference: it has tests of its own against float64 and transformers.
namespace zerocell {
namespace {

/// A matrix in a backend's memory.
class OnDevice {
 public:
  OnDevice(const Backend& backend, const DenseMatrix<float>& x)
      : backend_(backend),
        memory_(backend.allocate(x.n_rows() * x.n_cols())),
        rows_{memory_.get(), x.n_rows(), x.n_cols()} {
    backend_.upload(values(x), rows_);
  }
  OnDevice(const Backend& backend, size_t n_rows, size_t n_cols)
      : OnDevice(backend, DenseMatrix<float>(n_rows, n_cols)) {}

  operator Rows() const { return rows_; }       // NOLINT: used as the rows it holds
  operator ConstRows() const { return rows_; }  // NOLINT
  const float* data() const { return rows_.data; }
  DenseMatrix<float> get() const {
    DenseMatrix<float> x(rows_.n_rows, rows_.n_cols);
    backend_.download(rows_, {x.data(), rows_.n_rows * rows_.n_cols});
    return x;
  }

 private:
  const Backend& backend_;
  DeviceBuffer memory_;
  Rows rows_;
};

float largest_difference(const DenseMatrix<float>& a, const DenseMatrix<float>& b) {
  EXPECT_EQ(a.n_rows(), b.n_rows());
  EXPECT_EQ(a.n_cols(), b.n_cols());
  float largest = 0;
  for (size_t i = 0; i < a.n_rows() * a.n_cols(); ++i) {
    const float difference = std::abs(a.data()[i] - b.data()[i]);
    if (!(difference <= largest)) largest = difference;  // NaN too
  }
  return largest;
}

// One cell of one token, equal and similar lengths, a long one.
const std::vector<uint32_t> kOffsets{0, 1, 41, 81, 119, 126, 326, 363};
constexpr size_t kTokens = 363, kCells = 7;

class TorchBackend : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string(GetParam()) != "cpu" && !torch_has_cuda()) GTEST_SKIP() << "LibTorch sees no GPU here";
    torch_ = make_torch_backend(GetParam());
  }

  /// The largest difference between what `compute` gives on LibTorch and on the processor.
  template <class Compute>
  float difference(const Compute& compute) {
    return largest_difference(compute(*torch_), compute(*cpu_));
  }

  std::unique_ptr<Backend> cpu_ = make_cpu_backend(), torch_;
};
INSTANTIATE_TEST_SUITE_P(Devices, TorchBackend, testing::Values("cpu", "cuda"),
                         [](const auto& device) { return std::string(device.param); });

TEST_P(TorchBackend, SaysWhatItIs) {
  EXPECT_THAT(torch_->description(), testing::StartsWith(GetParam()));
  EXPECT_THAT(torch_->description(), testing::HasSubstr(", float32, LibTorch "));
  EXPECT_EQ(torch_->n_workers(8), 1u);
  EXPECT_FALSE(torch_->shares_host_memory());
}

TEST_P(TorchBackend, ValuesComeBackAsTheyWere) {
  const auto x = random_matrix(7, 5, 1);
  EXPECT_EQ(largest_difference(OnDevice(*torch_, x).get(), x), 0.0f);
}

TEST_P(TorchBackend, Linear) {
  const size_t n_in = 256, n_out = 37;
  const auto x = random_matrix(50, n_in, 1), w = random_matrix(n_out, n_in, 2),
             b = random_matrix(1, n_out, 3);
  for (const auto bias : {values(b), std::span<const float>{}}) {
    for (const auto activation : {Activation::none, Activation::relu, Activation::gelu}) {
      const auto compute = [&](const Backend& backend) {
        Workspace workspace(backend);
        const OnDevice in(backend, x), out(backend, 50, n_out);
        backend.linear(in, *backend.prepare(values(w), bias, n_out, n_in), activation, out, workspace);
        return out.get();
      };
      // Sums of 256 products below 1 in another order: partial sums reach 16, a few units of 2^-20 each way.
      // TF32 would be off by 1e-3 and more.
      EXPECT_LT(difference(compute), 2e-5f);
    }
  }
}

TEST_P(TorchBackend, LinearInBfloat16) {
  const size_t n_in = 256, n_out = 37;
  const auto x = random_matrix(50, n_in, 1), w = random_matrix(n_out, n_in, 2),
             b = random_matrix(1, n_out, 3);
  const auto compute = [&](const Backend& backend) {
    Workspace workspace(backend);
    const OnDevice in(backend, x), out(backend, 50, n_out);
    backend.linear(in, *backend.prepare(values(w), values(b), n_out, n_in), Activation::none, out, workspace);
    return out.get();
  };
  const auto bfloat16 = make_torch_backend(GetParam(), Precision::bfloat16);
  EXPECT_THAT(bfloat16->description(), testing::HasSubstr(", bfloat16, "));
  const float off = largest_difference(compute(*bfloat16), compute(*cpu_));
  // 256 products, each off by up to 2^-8 of its value (two roundings of 2^-9): 0.02 is the spread of such a
  // sum, 5 spreads the largest of 1850; and the rounding of a result of up to 32 by 2^-9.
  EXPECT_LT(off, 0.16f);
  EXPECT_GT(off, 1e-3f) << "nothing was rounded to bfloat16";
}

TEST_P(TorchBackend, AddLayerNorm) {
  const auto x = random_matrix(20, 96, 1), r = random_matrix(20, 96, 2), scale = random_matrix(1, 96, 3),
             shift = random_matrix(1, 96, 4);
  for (const bool adds : {true, false}) {
    const auto compute = [&](const Backend& backend) {
      const OnDevice in(backend, x), residual(backend, r), s(backend, scale), t(backend, shift);
      backend.add_layer_norm(in, adds ? ConstRows(residual) : ConstRows(), s.data(), t.data(), 1e-12f);
      return in.get();
    };
    // Normalised values are below 4: a few units of 2^-22.
    EXPECT_LT(difference(compute), 2e-6f);
  }
}

TEST_P(TorchBackend, Attention) {
  for (const size_t n_heads : {1, 4}) {
    const size_t width = 64;
    const auto qkv = random_matrix(kTokens, 3 * width, 5, 3.0f);
    const auto compute = [&](const Backend& backend) {
      Workspace workspace(backend);
      const OnDevice in(backend, qkv), out(backend, kTokens, width);
      backend.attention(in, {kOffsets}, n_heads, out, workspace);
      return out.get();
    };
    // Scores reach 40, so exp() carries 40 units of 2^-24 into means of values below 3.
    EXPECT_LT(difference(compute), 2e-5f);
  }
}

TEST_P(TorchBackend, AttentionOfOne) {
  const size_t width = 64, n_heads = 4;
  const auto q = random_matrix(n_heads * kCells, width, 5, 1.0f), x = random_matrix(kTokens, width, 6, 3.0f);
  const auto compute = [&](const Backend& backend) {
    Workspace workspace(backend);
    const OnDevice queries(backend, q), in(backend, x), out(backend, n_heads * kCells, width);
    backend.attention_of_one(queries, in, {kOffsets}, 0.25f, out, workspace);
    return out.get();
  };
  EXPECT_LT(difference(compute), 2e-5f);  // as for all queries
}

TEST_P(TorchBackend, TableProducts) {
  const auto table = random_matrix(9, 48, 7), x = random_matrix(kCells, 48, 8);
  std::vector<uint32_t> ids(kTokens);
  for (size_t i = 0; i < kTokens; ++i) ids[i] = static_cast<uint32_t>(i * 5 % 9);
  const auto compute = [&](const Backend& backend) {
    const OnDevice rows(backend, table), cells(backend, x), out(backend, kTokens, 1);
    backend.table_products(rows, ids, cells, {kOffsets}, out);
    return out.get();
  };
  EXPECT_LT(difference(compute), 1e-5f);
}

TEST_P(TorchBackend, Gather) {
  const auto table = random_matrix(9, 12, 7), start = random_matrix(5, 12, 8);
  const std::vector<uint32_t> ids{8, 0, 3, 3, 1};
  for (const bool add : {false, true}) {
    const auto compute = [&](const Backend& backend) {
      const OnDevice from(backend, table), out(backend, start);
      backend.gather(from, ids, add, out);
      return out.get();
    };
    EXPECT_EQ(difference(compute), 0.0f);
  }
}

TEST_P(TorchBackend, MeanRows) {
  const auto x = random_matrix(kTokens, 33, 9);
  const std::vector<RowRange> ranges{{0, 1}, {2, 41}, {126, 326}, {0, kTokens}};
  const auto compute = [&](const Backend& backend) {
    const OnDevice in(backend, x), out(backend, ranges.size(), 33);
    backend.mean_rows(in, ranges, out);
    return out.get();
  };
  EXPECT_LT(difference(compute), 1.2e-7f);  // sums in float64: one rounding of values below 1
  const OnDevice in(*torch_, x), out(*torch_, 1, 33);
  EXPECT_THROW(torch_->mean_rows(in, std::vector<RowRange>{{4, 4}}, out), Error);
}

TEST_P(TorchBackend, ArgmaxLinear) {
  const size_t n_in = 64, n_out = 1000, n_rows = 200;
  const auto x = random_matrix(n_rows, n_in, 1), b = random_matrix(1, n_out, 3);
  const auto w = random_matrix(n_out, n_in, 2);
  const auto compute = [&](const Backend& backend) {
    Workspace workspace(backend);
    std::vector<Prediction> out(n_rows);
    backend.argmax_linear(OnDevice(backend, x), *backend.prepare(values(w), values(b), n_out, n_in), out,
                          workspace);
    return out;
  };
  const auto ours = compute(*torch_), reference = compute(*cpu_);
  size_t n_clear = 0;
  for (size_t i = 0; i < n_rows; ++i) {
    EXPECT_NEAR(ours[i].logit, reference[i].logit, 1e-5);    // as a Linear, of 64 products
    EXPECT_NEAR(ours[i].margin, reference[i].margin, 2e-5);  // two logits
    if (reference[i].margin <= 2e-5f) continue;              // either may be the largest
    EXPECT_EQ(ours[i].id, reference[i].id);
    ++n_clear;
  }
  EXPECT_GT(n_clear, n_rows - 5);
}

TEST_P(TorchBackend, ArgmaxLinearTakesTheFirstOfEqualLogitsAndKnowsOne) {
  const DenseMatrix<float> x = random_matrix(3, 4, 1);
  Workspace workspace(*torch_);
  std::vector<Prediction> out(3);
  const OnDevice in(*torch_, x);
  torch_->argmax_linear(in, *torch_->prepare(std::vector<float>(4 * 50, 0.5f), {}, 50, 4), out, workspace);
  for (const auto& p : out) {
    EXPECT_EQ(p.id, 0u);
    EXPECT_EQ(p.margin, 0.0f);
  }
  torch_->argmax_linear(in, *torch_->prepare(std::vector<float>(4, 0.5f), {}, 1, 4), out, workspace);
  EXPECT_EQ(out[2].id, 0u);
  EXPECT_EQ(out[2].margin, std::numeric_limits<float>::infinity());
}

TEST_P(TorchBackend, ATransformer) {
  const TransformerConfig config{.n_layers = 4, .dim = 64, .n_heads = 4, .ffn_dim = 128};
  std::vector<TensorSpec> table;
  for (size_t i = 0; i < config.n_layers; ++i) {
    const auto prefix = std::to_string(i) + ".";
    std::vector<std::string> names{"q", "k", "v", "o", "n1", "f1", "f2", "n2"};
    for (auto& name : names) name = prefix + name;
    add_layer_specs(config, prefix, names, table);
  }
  for (auto& spec : table) spec.scale = 0.2;  // large enough that attention is far from even
  const auto weights = Weights::random(table, 1);
  const auto x = random_matrix(kTokens, config.dim, 11);
  for (const bool first_only : {false, true}) {
    const auto compute = [&](const Backend& backend) {
      const Transformer network(backend, WeightScope(weights), config,
                                {.n_layers = config.n_layers, .first_only = first_only});
      Workspace workspace(backend);
      const OnDevice tokens(backend, x), first(backend, kCells, config.dim);
      if (!first_only) {
        network(tokens, {kOffsets}, workspace);
        return tokens.get();
      }
      network.first_tokens(tokens, {kOffsets}, first, workspace);
      return first.get();
    };
    // Four layers of the roundings above; values are of the size of 1.
    EXPECT_LT(difference(compute), 5e-5f);
  }
}

TEST_P(TorchBackend, ExhaustedMemoryIsToldApart) {
  EXPECT_THROW((void)torch_->allocate(size_t{1} << 46), OutOfDeviceMemory);  // beyond any address space
  EXPECT_NE(torch_->allocate(0), nullptr);
}

TEST_P(TorchBackend, WrongShapesAndForeignWeightsAreFaults) {
  Workspace workspace(*torch_);
  const OnDevice in(*torch_, 2, 4), out(*torch_, 2, 3);
  const std::vector<float> w(12);
  EXPECT_THROW(torch_->linear(in, *cpu_->prepare(w, {}, 3, 4), Activation::none, out, workspace), Error);
  EXPECT_THROW(torch_->linear(out, *torch_->prepare(w, {}, 3, 4), Activation::none, out, workspace), Error);
  EXPECT_THROW((void)torch_->prepare(w, {}, 5, 4), Error);
}

TEST(MakeTorchBackend, UnknownOrMissingDevicesAreRefused) {
  for (const char* device : {"", "tpu", "cuda:", "cuda:x", "cuda:-1", "cuda:126", "cuda:999"}) {
    try {
      (void)make_torch_backend(device);
      ADD_FAILURE() << device;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage) << error.what();
    }
  }
  if (torch_has_cuda()) return;
  EXPECT_THROW((void)make_torch_backend("cuda"), Error);
}

}  // namespace
}  // namespace zerocell
