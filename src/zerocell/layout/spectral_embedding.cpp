#include "zerocell/layout/spectral_embedding.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {

// More vectors than wanted: the filter's rate depends on the gap behind the last of them.
constexpr size_t kBlock = 8;
constexpr size_t kRowGrain = 1024;
constexpr size_t kDenseLimit = 96;  // below, the dense solver is faster than one filter

using Small = Eigen::Matrix<double, kBlock, kBlock, Eigen::RowMajor>;
using Block = DenseMatrix<float>;  // (N, kBlock)

/// D^-1/2 W D^-1/2 and the eigenvector sqrt(degree) of its eigenvalue 1.
struct NormalisedGraph {
  CsrMatrix matrix;
  std::vector<float> trivial;  // (N) unit length
};

NormalisedGraph normalise(const CsrMatrix& graph) {
  NormalisedGraph result{graph, std::vector<float>(graph.n_rows)};
  std::vector<double> degree(graph.n_rows);
  double total = 0;
  for (size_t i = 0; i < graph.n_rows; ++i) {
    for (const float w : graph.row_values(i)) degree[i] += w;
    total += degree[i];
  }
  for (size_t i = 0; i < graph.n_rows; ++i) {
    const auto tails = graph.row_indices(i);
    const auto values = result.matrix.row_values(i);
    for (size_t e = 0; e < tails.size(); ++e)
      values[e] = static_cast<float>(values[e] / std::sqrt(degree[i] * degree[tails[e]]));
    result.trivial[i] = static_cast<float>(std::sqrt(degree[i] / total));
  }
  return result;
}

SpectralResults dense_embedding(const NormalisedGraph& graph, size_t n_dims) {
  const auto n = static_cast<Eigen::Index>(graph.matrix.n_rows);
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto tails = graph.matrix.row_indices(i);
    const auto values = graph.matrix.row_values(i);
    for (size_t e = 0; e < tails.size(); ++e) a(i, tails[e]) = values[e];
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(a);  // ascending: the trivial one is last
  SpectralResults result;
  result.vectors = DenseMatrix<float>(graph.matrix.n_rows, n_dims);
  for (size_t d = 0; d < n_dims; ++d) {
    const Eigen::Index column = n - 2 - static_cast<Eigen::Index>(d);
    result.eigenvalues.push_back(1 - solver.eigenvalues()(column));
    for (Eigen::Index i = 0; i < n; ++i)
      result.vectors(i, d) = static_cast<float>(solver.eigenvectors()(i, column));
  }
  return result;
}

/// The iteration's state and its parallel steps. All sums run over fixed ranges of rows, added in order.
class FilteredSubspace {
 public:
  FilteredSubspace(const NormalisedGraph& graph, ThreadPool& pool)
      : graph_(graph), pool_(pool), n_(graph.matrix.n_rows), x_(n_, kBlock), y_(n_, kBlock), z_(n_, kBlock) {
    for (size_t i = 0; i < n_; ++i)
      for (size_t c = 0; c < kBlock; ++c) x_(i, c) = static_cast<float>(to_unit(mix64(i, c)) - 0.5);
  }

  /// x := T_degree((2 A - high - low) / (high - low)) x, scaled to stay near 1 at eigenvalue 1.
  /// Damps eigenvalues in [low, high].
  void filter(int degree, double low, double high) {
    const double half = (high - low) / 2, centre = (high + low) / 2;
    const double sigma1 = half / (1 - centre);
    double sigma = sigma1;
    multiply(x_, y_, sigma1 / half, centre, 0, nullptr);
    for (int k = 2; k <= degree; ++k) {
      const double next = 1 / (2 / sigma1 - sigma);
      multiply(y_, z_, 2 * next / half, centre, sigma * next, &x_);
      std::swap(x_, y_);
      std::swap(y_, z_);
      sigma = next;
    }
    std::swap(x_, y_);
  }

  /// Orthonormal columns, orthogonal to the trivial eigenvector; then Rayleigh-Ritz. Eigenvalues descend.
  void rayleigh_ritz() {
    for (int pass = 0; pass < 2; ++pass) {  // the second pass repairs what float rounding left of the first
      remove_trivial();
      orthonormalise();
    }
    multiply(x_, y_, 1, 0, 0, nullptr);
    const Small projected = inner(x_, y_);
    const Eigen::SelfAdjointEigenSolver<Small> solver((projected + projected.transpose()) / 2);
    const Small rotation = solver.eigenvectors().rowwise().reverse();
    for (size_t c = 0; c < kBlock; ++c) ritz_[c] = solver.eigenvalues()(kBlock - 1 - c);
    rotate(x_, rotation);
    rotate(y_, rotation);
    residual_ = residuals();
  }

  const std::array<double, kBlock>& ritz() const { return ritz_; }
  const std::array<double, kBlock>& residual() const { return residual_; }
  const Block& vectors() const { return x_; }

 private:
  /// out := scale (A in - shift in) - carry before
  void multiply(const Block& in, Block& out, double scale, double shift, double carry, const Block* before) {
    const auto s = static_cast<float>(scale), t = static_cast<float>(scale * shift),
               u = static_cast<float>(carry);
    pool_.parallel_ranges(n_, kRowGrain, [&](size_t begin, size_t end, int) {
      for (size_t i = begin; i < end; ++i) {
        const auto tails = graph_.matrix.row_indices(i);
        const auto values = graph_.matrix.row_values(i);
        std::array<float, kBlock> sum{};
        for (size_t e = 0; e < tails.size(); ++e) {
          const float* row = in.data() + tails[e] * kBlock;
          for (size_t c = 0; c < kBlock; ++c) sum[c] += values[e] * row[c];
        }
        const float *own = in.data() + i * kBlock, *old = before ? before->data() + i * kBlock : own;
        float* target = out.data() + i * kBlock;
        const float keep = before ? u : 0.0f;
        for (size_t c = 0; c < kBlock; ++c) target[c] = s * sum[c] - t * own[c] - keep * old[c];
      }
    });
  }

  /// Sums body(row, partial) over all rows, in an order that does not depend on the threads.
  template <class Sum, class Body>
  Sum reduce(Sum zero, const Body& body) {
    std::vector<Sum> partial((n_ + kRowGrain - 1) / kRowGrain, zero);
    pool_.parallel_ranges(n_, kRowGrain, [&](size_t begin, size_t end, int) {
      Sum& sum = partial[begin / kRowGrain];
      for (size_t i = begin; i < end; ++i) body(i, sum);
    });
    for (const Sum& p : partial) zero += p;
    return zero;
  }

  using Row = Eigen::Array<double, 1, kBlock>;
  static Row load(const Block& x, size_t i) {
    return Eigen::Map<const Eigen::Array<float, 1, kBlock>>(x.data() + i * kBlock).cast<double>();
  }

  Small inner(const Block& x, const Block& y) {
    const Small zero = Small::Zero();
    return reduce(zero, [&](size_t i, Small& sum) {
      sum.noalias() += load(x, i).matrix().transpose() * load(y, i).matrix();
    });
  }

  void remove_trivial() {
    const Row zero = Row::Zero();
    const Row along =
        reduce(zero, [&](size_t i, Row& sum) { sum += load(x_, i) * double{graph_.trivial[i]}; });
    pool_.parallel_ranges(n_, kRowGrain, [&](size_t begin, size_t end, int) {
      for (size_t i = begin; i < end; ++i)
        for (size_t c = 0; c < kBlock; ++c) x_(i, c) -= static_cast<float>(along(c)) * graph_.trivial[i];
    });
  }

  void orthonormalise() {
    const Small gram = inner(x_, x_);
    const Eigen::SelfAdjointEigenSolver<Small> solver((gram + gram.transpose()) / 2);
    const double largest = std::max(solver.eigenvalues()(kBlock - 1), 1e-30);
    // Directions that the filter has made dependent are damped instead of blown up.
    const Eigen::Matrix<double, kBlock, 1> scale =
        solver.eigenvalues().cwiseMax(1e-12 * largest).cwiseSqrt().cwiseInverse();
    rotate(x_, solver.eigenvectors() * scale.asDiagonal());
  }

  void rotate(Block& x, const Small& rotation) {
    pool_.parallel_ranges(n_, kRowGrain, [&](size_t begin, size_t end, int) {
      for (size_t i = begin; i < end; ++i) {
        const Row rotated = (load(x, i).matrix() * rotation).array();
        for (size_t c = 0; c < kBlock; ++c) x(i, c) = static_cast<float>(rotated(c));
      }
    });
  }

  /// |A v - ritz v| of every column, y_ holding A x_.
  std::array<double, kBlock> residuals() {
    const Row values = Eigen::Map<const Row>(ritz_.data());
    const Row zero = Row::Zero();
    const Row sum =
        reduce(zero, [&](size_t i, Row& s) { s += (load(y_, i) - load(x_, i) * values).square(); });
    std::array<double, kBlock> result;
    for (size_t c = 0; c < kBlock; ++c) result[c] = std::sqrt(sum(c));
    return result;
  }

  const NormalisedGraph& graph_;
  ThreadPool& pool_;
  size_t n_;
  Block x_, y_, z_;
  std::array<double, kBlock> ritz_{}, residual_{};
};

}  // namespace

SpectralResults spectral_embedding(const CsrMatrix& graph, const SpectralOptions& options, ThreadPool& pool,
                                   Progress& progress) {
  if (options.n_dims >= graph.n_rows || options.n_dims > kBlock / 2)
    throw Error::internal("spectral_embedding: more dimensions than the graph or the solver gives");
  const NormalisedGraph normalised = normalise(graph);
  if (graph.n_rows <= kDenseLimit) return dense_embedding(normalised, options.n_dims);

  constexpr int kDegree = 24;
  SpectralResults result;
  result.converged = false;
  FilteredSubspace subspace(normalised, pool);
  subspace.filter(kDegree, -1, 0.9);
  result.products = kDegree;
  for (;;) {
    progress.check();
    subspace.rayleigh_ritz();
    result.products += 1;
    result.converged = true;
    for (size_t d = 0; d < options.n_dims; ++d)
      result.converged &=
          subspace.residual()[d] <= options.tolerance * std::max(1 - subspace.ritz()[d], options.smallest);
    if (result.converged || result.products + kDegree > options.max_products) break;
    const double cut = std::clamp(subspace.ritz()[kBlock - 1], 0.0, 1 - 1e-6);
    subspace.filter(kDegree, -1, cut);
    result.products += kDegree;
  }

  result.vectors = DenseMatrix<float>(graph.n_rows, options.n_dims);
  for (size_t d = 0; d < options.n_dims; ++d) {
    result.eigenvalues.push_back(1 - subspace.ritz()[d]);
    for (size_t i = 0; i < graph.n_rows; ++i) result.vectors(i, d) = subspace.vectors()(i, d);
  }
  return result;
}

}  // namespace zerocell
