#pragma once
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/core/random.h"
#include "zerocell/nn/backend.h"

namespace zerocell {

/// All sets of instructions in turn, each with a backend made for it; the best of the machine afterwards.
inline void for_each_backend(const std::function<void(const Backend&)>& body) {
  std::set<std::string> seen;
  for (int64_t targets = hwy::SupportedTargets(); targets != 0; targets &= targets - 1) {
    hwy::SetSupportedTargetsForTest(targets & -targets);
    hwy::GetChosenTarget().DeInit();
    const auto backend = make_cpu_backend();
    if (!seen.insert(backend->description()).second) continue;
    SCOPED_TRACE(backend->description());
    body(*backend);
    if (testing::Test::HasFatalFailure()) break;
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
  EXPECT_GE(seen.size(), 2u) << "only one set of instructions could be tried";
}

/// A matrix of values uniform in [-1, 1), known from its seed.
inline DenseMatrix<float> random_matrix(size_t n_rows, size_t n_cols, uint64_t seed, float scale = 1.0f) {
  DenseMatrix<float> x(n_rows, n_cols);
  for (size_t i = 0; i < n_rows * n_cols; ++i) {
    x.data()[i] = scale * (static_cast<float>(mix64(seed * 1000003 + i) >> 40) * 0x1p-23f - 1.0f);
  }
  return x;
}

inline Rows rows(DenseMatrix<float>& x) {
  return {x.data(), x.n_rows(), x.n_cols()};
}
inline ConstRows const_rows(const DenseMatrix<float>& x) {
  return {x.data(), x.n_rows(), x.n_cols()};
}
inline std::span<const float> values(const DenseMatrix<float>& x) {
  return {x.data(), x.n_rows() * x.n_cols()};
}

}  // namespace zerocell
