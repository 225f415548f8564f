// Layer norm, gather, means, workspace: on every instruction set of the machine.
#include <cmath>

#include "nn/nn_test_util.h"

namespace zerocell {
namespace {

TEST(AddLayerNorm, equals_float64_on_every_target) {
  for_each_backend([](const Backend& backend) {
    for (const size_t n_cols : {2, 5, 31, 64, 100, 256, 515, 1152}) {
      for (const float level : {0.0f, 50.0f}) {
        for (const bool with_residual : {false, true}) {
          constexpr size_t kRows = 5;
          auto x = random_matrix(kRows, n_cols, 21);
          for (size_t i = 0; i < kRows * n_cols; ++i) x.data()[i] += level;
          const auto residual = random_matrix(kRows, n_cols, 22, 3.0f);
          const auto scale = random_matrix(1, n_cols, 23), shift = random_matrix(1, n_cols, 24);
          const auto before = x;
          backend.add_layer_norm(rows(x), with_residual ? const_rows(residual) : ConstRows(), scale.data(),
                                 shift.data(), 1e-12f);
          for (size_t r = 0; r < kRows; ++r) {
            std::vector<double> y(n_cols);
            double mean = 0, variance = 0;
            for (size_t c = 0; c < n_cols; ++c) {
              y[c] = with_residual ? before(r, c) + residual(r, c) : before(r, c);  // float32, as specified
              mean += y[c] / static_cast<double>(n_cols);
            }
            for (const double v : y) variance += (v - mean) * (v - mean) / static_cast<double>(n_cols);
            for (size_t c = 0; c < n_cols; ++c) {
              const double expected = (y[c] - mean) / std::sqrt(variance + 1e-12) * scale(0, c) + shift(0, c);
              // Normal values up to sqrt(n_cols), a few roundings each.
              ASSERT_NEAR(x(r, c), expected, 8 * 0x1p-24 * (1 + std::sqrt(static_cast<double>(n_cols))))
                  << n_cols;
            }
          }
        }
      }
    }
  });
}

TEST(AddLayerNorm, constant_rows_become_the_shift) {
  for_each_backend([](const Backend& backend) {
    for (const size_t n_cols : {1, 3, 77, 256, 768}) {
      for (const float level : {0.0f, 1.0f / 3, 100.1f, -1.7e5f, 3e-20f}) {
        DenseMatrix<float> x(3, n_cols, level);
        const auto scale = random_matrix(1, n_cols, 25), shift = random_matrix(1, n_cols, 26);
        backend.add_layer_norm(rows(x), {}, scale.data(), shift.data(), 1e-12f);
        for (size_t r = 0; r < 3; ++r) {
          for (size_t c = 0; c < n_cols; ++c) ASSERT_EQ(x(r, c), shift(0, c)) << level << " x " << n_cols;
        }
      }
    }
  });
}

TEST(AddLayerNorm, known_by_hand) {
  const auto backend = make_cpu_backend();
  DenseMatrix<float> x(1, 4);
  x(0, 0) = 1, x(0, 1) = 1, x(0, 2) = 3, x(0, 3) = 3;  // mean 2, variance 1
  const std::vector<float> scale = {1, 2, 1, 2}, shift = {0, 0, 10, 10};
  backend->add_layer_norm(rows(x), {}, scale.data(), shift.data(), 0.0f);
  EXPECT_EQ(x(0, 0), -1);
  EXPECT_EQ(x(0, 1), -2);
  EXPECT_EQ(x(0, 2), 11);
  EXPECT_EQ(x(0, 3), 12);
}

TEST(Gather, copies_or_adds_rows) {
  for_each_backend([](const Backend& backend) {
    for (const size_t n_cols : {1, 15, 64, 77}) {
      const auto table = random_matrix(9, n_cols, 31);
      const std::vector<uint32_t> ids = {8, 0, 3, 3, 5};
      DenseMatrix<float> out(ids.size(), n_cols, std::nanf(""));
      backend.gather(const_rows(table), ids, false, rows(out));
      for (size_t i = 0; i < ids.size(); ++i) {
        for (size_t c = 0; c < n_cols; ++c) ASSERT_EQ(out(i, c), table(ids[i], c));
      }
      const std::vector<uint32_t> more = {1, 0, 2, 8, 7};
      backend.gather(const_rows(table), more, true, rows(out));
      for (size_t i = 0; i < ids.size(); ++i) {
        for (size_t c = 0; c < n_cols; ++c) ASSERT_EQ(out(i, c), table(ids[i], c) + table(more[i], c));
      }
    }
  });
}

TEST(MeanRows, equals_float64_on_every_target) {
  for_each_backend([](const Backend& backend) {
    for (const size_t n_cols : {1, 31, 32, 100, 256}) {
      const auto x = random_matrix(400, n_cols, 41);
      const std::vector<RowRange> ranges = {{0, 1}, {5, 7}, {0, 400}, {399, 400}, {3, 300}};
      DenseMatrix<float> out(ranges.size(), n_cols, std::nanf(""));
      backend.mean_rows(const_rows(x), ranges, rows(out));
      for (size_t c = 0; c < ranges.size(); ++c) {
        for (size_t i = 0; i < n_cols; ++i) {
          double sum = 0;
          for (size_t r = ranges[c].begin; r < ranges[c].end; ++r) sum += x(r, i);
          const double mean = sum / (ranges[c].end - ranges[c].begin);
          ASSERT_NEAR(out(c, i), mean, 0x1p-24 * std::abs(mean) + 1e-15);  // one rounding of a float64 sum
        }
      }
      EXPECT_THROW(backend.mean_rows(const_rows(x), std::vector<RowRange>{{4, 4}}, rows(out).first(1)),
                   Error);
    }
  });
}

TEST(Workspace, gives_memory_back_at_the_end_of_a_scope) {
  const auto backend = make_cpu_backend();
  Workspace workspace(*backend);
  const Rows kept = workspace.rows(3, 5);
  float* inner = nullptr;
  {
    const Workspace::Scope scope(workspace);
    inner = workspace.rows(100, 10).data;
    EXPECT_NE(inner, kept.data);
    EXPECT_NE(workspace.rows(1, 1).data, inner);
  }
  const Workspace::Scope scope(workspace);
  EXPECT_EQ(workspace.rows(50, 20).data, inner);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(inner) % 64, 0u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(kept.data) % 64, 0u);
}

TEST(Workspace, grows_and_keeps_what_is_in_use) {
  const auto backend = make_cpu_backend();
  Workspace workspace(*backend);
  {
    const Workspace::Scope scope(workspace);
    workspace.rows(1, 4);
  }
  const Rows small = workspace.rows(2, 2);
  small.data[3] = 7;
  const Rows large = workspace.rows(1000, 1000);
  large.data[999999] = 8;
  EXPECT_EQ(small.data[3], 7);
  EXPECT_EQ(large.n_rows, 1000u);
  EXPECT_EQ(large.n_cols, 1000u);
}

TEST(Workspace, sizes_beyond_memory_are_refused) {
  const auto backend = make_cpu_backend();
  Workspace workspace(*backend);
  constexpr size_t kHuge = size_t{1} << 40;
  try {
    workspace.rows(kHuge, kHuge);
    FAIL() << "an impossible size was granted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::internal);
  }
  EXPECT_THROW(workspace.rows(kHuge, 1 << 19), OutOfDeviceMemory);  // 2^61 bytes
  EXPECT_NO_THROW(workspace.rows(1, 1)) << "a failure must leave the workspace usable";
}

TEST(CpuBackend, uploads_and_downloads) {
  const auto backend = make_cpu_backend();
  const auto memory = backend->allocate(6);
  const std::vector<float> sent = {1, 2, 3, 4, 5, 6};
  std::vector<float> received(6);
  backend->upload(sent, {memory.get(), 2, 3});
  backend->download({memory.get(), 2, 3}, received);
  EXPECT_EQ(received, sent);
  EXPECT_THROW(backend->upload(sent, {memory.get(), 2, 2}), Error);
  EXPECT_TRUE(backend->description().starts_with("cpu, float32, ")) << backend->description();
  EXPECT_EQ(backend->n_workers(5), 5u);
}

TEST(TableProducts, equal_float64_on_every_target) {
  for_each_backend([](const Backend& backend) {
    for (const size_t n_cols : {1, 15, 64, 77, 512}) {
      const auto table = random_matrix(9, n_cols, 41), x = random_matrix(3, n_cols, 42);
      const std::vector<uint32_t> ids = {8, 0, 3, 3, 5, 1};
      const std::vector<uint32_t> offsets = {0, 1, 4, 6}, cell_of = {0, 1, 1, 1, 2, 2};
      DenseMatrix<float> out(ids.size(), 1, std::nanf(""));
      backend.table_products(const_rows(table), ids, const_rows(x), {offsets}, rows(out));
      for (size_t i = 0; i < ids.size(); ++i) {
        double expected = 0, size = 0;
        for (size_t c = 0; c < n_cols; ++c) {
          expected += static_cast<double>(table(ids[i], c)) * x(cell_of[i], c);
          size += std::abs(static_cast<double>(table(ids[i], c)) * x(cell_of[i], c));
        }
        // A chain of n / lanes fused additions and the sum of the lanes; a lane alone in the worst case.
        ASSERT_NEAR(out(i, 0), expected, (2 + static_cast<double>(n_cols) / 4) * 0x1p-24 * size) << n_cols;
      }
    }
  });
}

TEST(LeakyRelu, known_by_hand_on_every_target) {
  for_each_backend([](const Backend& backend) {
    const size_t n = 37;
    DenseMatrix<float> x(1, 1, 1.0f), out(1, n);
    std::vector<float> weight(n), bias(n, 0.0f);
    for (size_t i = 0; i < n; ++i) weight[i] = static_cast<float>(i) - 18.0f;
    const auto w = backend.prepare(weight, bias, n, 1);
    Workspace workspace(backend);
    backend.linear(const_rows(x), *w, Activation::leaky_relu, rows(out), workspace);
    for (size_t i = 0; i < n; ++i) EXPECT_EQ(out(0, i), weight[i] < 0 ? 0.01f * weight[i] : weight[i]);
  });
}

}  // namespace
}  // namespace zerocell
