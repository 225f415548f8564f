#include "zerocell/baselines/eigensolver.h"

#include <cblas.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "zerocell/core/blas.h"
#include "zerocell/core/error.h"
#include "zerocell/core/random.h"

extern "C" void dsyevr_(const char* jobz, const char* range, const char* uplo, const int* n, double* a,
                        const int* lda, const double* vl, const double* vu, const int* il, const int* iu,
                        const double* abstol, int* m, double* w, double* z, const int* ldz, int* isuppz,
                        double* work, const int* lwork, int* iwork, const int* liwork, int* info);

namespace zerocell {
namespace {

constexpr size_t kBlock = kKrylovBlock;
constexpr size_t kBasisRowsPerTask = 64;
constexpr size_t kColumnsPerTask = 1024;
constexpr double kLostDigits =
    1e-6;  // of a vector's length: shorter after projection, it must be projected again

int to_int(size_t n) {
  return static_cast<int>(n);
}

/// Block Lanczos on a basis Q (rows), with H = Q A Q' for all rows to which A has been applied.
class BlockLanczos {
 public:
  BlockLanczos(size_t n, const SymmetricProduct& product, const KrylovOptions& options, ThreadPool& pool)
      : n_(n),
        product_(product),
        pool_(pool),
        random_(options.seed),
        max_basis_(std::min(n - kBlock, std::max(options.max_basis, 3 * options.n_pairs + 10 * kBlock))),
        basis_(max_basis_ + kBlock, n),
        projected_(max_basis_, max_basis_),
        block_(kBlock * n) {
    for (size_t r = 0; r < kBlock; ++r) make_orthonormal(r);  // rows of 0 so far: random ones
    total_ = kBlock;
  }

  size_t n_applied() const { return applied_; }
  bool full() const { return applied_ + kBlock > max_basis_; }

  /// Applies A to the newest block, projects it and appends what is new.
  void step() {
    product_(basis_.row(applied_).data(), block_.data());
    for (size_t r = 0; r < kBlock; ++r)
      length_before_[r] = cblas_dnrm2(to_int(n_), block_.data() + r * n_, 1);
    std::vector<double> coefficients(total_ * kBlock);
    for (int pass = 0; pass < 2; ++pass) {
      project(coefficients);
      for (size_t i = 0; i < total_; ++i)
        for (size_t r = 0; r < kBlock; ++r) projected_(i, applied_ + r) += coefficients[i * kBlock + r];
    }
    for (size_t i = 0; i < total_; ++i)
      for (size_t r = 0; r < kBlock; ++r) projected_(applied_ + r, i) = projected_(i, applied_ + r);
    applied_ += kBlock;
    orthonormalize();
  }

  /// Rayleigh-Ritz: the k largest pairs of H, and how far each is from an eigenpair of A.
  EigenPairs ritz(size_t k, std::vector<double>& residuals) const {
    DenseMatrix<double> h(applied_, applied_);
    for (size_t i = 0; i < applied_; ++i)
      for (size_t j = 0; j < applied_; ++j) h(i, j) = (projected_(i, j) + projected_(j, i)) / 2;
    EigenPairs pairs = largest_eigenpairs(h, std::min(k, applied_));
    residuals.clear();
    for (size_t i = 0; i < pairs.values.size(); ++i) {
      const double* last = pairs.vectors.row(i).data() + applied_ - kBlock;
      double square = 0;
      for (size_t r = 0; r < kBlock; ++r) {
        double sum = 0;
        for (size_t c = 0; c < kBlock; ++c) sum += coupling_[c * kBlock + r] * last[c];
        square += sum * sum;
      }
      residuals.push_back(std::sqrt(square));
    }
    return pairs;
  }

  /// Rows of `small` (k, applied) in the space of the basis: (k, n).
  DenseMatrix<double> lift(const DenseMatrix<double>& small) const {
    DenseMatrix<double> out(small.n_rows(), n_);
    pool_.parallel_ranges(n_, kColumnsPerTask, [&](size_t first, size_t last, int) {
      cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, to_int(small.n_rows()), to_int(last - first),
                  to_int(applied_), 1.0, small.data(), to_int(small.n_cols()), basis_.data() + first,
                  to_int(n_), 0.0, out.data() + first, to_int(n_));
    });
    return out;
  }

  /// Thick restart: keeps the given Ritz vectors and the newest block.
  void restart(const EigenPairs& pairs) {
    const DenseMatrix<double> vectors = lift(pairs.vectors);
    const size_t kept = vectors.n_rows();
    std::vector<double> newest(basis_.row(applied_).data(), basis_.row(applied_).data() + kBlock * n_);
    std::copy_n(vectors.data(), kept * n_, basis_.data());
    std::copy(newest.begin(), newest.end(), basis_.row(kept).data());
    projected_ = DenseMatrix<double>(max_basis_, max_basis_);
    for (size_t i = 0; i < kept; ++i) projected_(i, i) = pairs.values[i];
    applied_ = kept;
    total_ = kept + kBlock;
  }

 private:
  /// coefficients (total, kBlock) = Q W', then W -= coefficients' Q.
  void project(std::vector<double>& coefficients) {
    pool_.parallel_ranges(total_, kBasisRowsPerTask, [&](size_t first, size_t last, int) {
      cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, to_int(last - first), to_int(kBlock), to_int(n_),
                  1.0, basis_.row(first).data(), to_int(n_), block_.data(), to_int(n_), 0.0,
                  coefficients.data() + first * kBlock, to_int(kBlock));
    });
    pool_.parallel_ranges(n_, kColumnsPerTask, [&](size_t first, size_t last, int) {
      cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, to_int(kBlock), to_int(last - first),
                  to_int(total_), -1.0, coefficients.data(), to_int(kBlock), basis_.data() + first,
                  to_int(n_), 1.0, block_.data() + first, to_int(n_));
    });
  }

  /// The projected block as new rows of the basis: W = coupling times the rows; Gram-Schmidt, twice.
  void orthonormalize() {
    coupling_.assign(kBlock * kBlock, 0.0);
    for (size_t r = 0; r < kBlock; ++r) {
      double* row = basis_.row(total_ + r).data();
      std::copy_n(block_.data() + r * n_, n_, row);
      for (int pass = 0; pass < 2; ++pass) {
        for (size_t s = 0; s < r; ++s)
          coupling_[r * kBlock + s] += take_off(basis_.row(total_ + s).data(), row);
      }
      const double length = cblas_dnrm2(to_int(n_), row, 1);
      coupling_[r * kBlock + r] = length;
      if (length > kLostDigits * length_before_[r])
        cblas_dscal(to_int(n_), 1 / length, row, 1);
      else
        make_orthonormal(total_ + r);
    }
    total_ += kBlock;
  }

  /// row -= (row, unit) unit; returns the product.
  double take_off(const double* unit, double* row) const {
    const double along = cblas_ddot(to_int(n_), unit, 1, row, 1);
    cblas_daxpy(to_int(n_), -along, unit, 1, row, 1);
    return along;
  }

  /// Row `at` of the basis to length 1 and orthogonal to all rows above; a random one where it is 0.
  void make_orthonormal(size_t at) {
    double* row = basis_.row(at).data();
    if (cblas_dnrm2(to_int(n_), row, 1) == 0)
      for (size_t j = 0; j < n_; ++j) row[j] = random_.normal();
    for (int pass = 0; pass < 3; ++pass) {
      cblas_dscal(to_int(n_), 1 / cblas_dnrm2(to_int(n_), row, 1), row, 1);
      for (size_t s = 0; s < at; ++s) take_off(basis_.row(s).data(), row);
    }
    cblas_dscal(to_int(n_), 1 / cblas_dnrm2(to_int(n_), row, 1), row, 1);
  }

  size_t n_;
  const SymmetricProduct& product_;
  ThreadPool& pool_;
  Random random_;
  size_t max_basis_;
  size_t applied_ = 0, total_ = 0;  // rows of the basis multiplied by A, rows in all
  DenseMatrix<double> basis_;       // (max_basis + kBlock, n)
  DenseMatrix<double> projected_;   // H
  std::vector<double> block_;       // (kBlock, n)
  std::array<double, kBlock> length_before_{};
  std::vector<double> coupling_;  // (kBlock, kBlock) newest product on the newest rows
};

size_t n_not_converged(const EigenPairs& pairs, const std::vector<double>& residuals, double tolerance) {
  size_t n = 0;
  const double floor = pairs.values.empty() ? 0 : 1e-13 * std::abs(pairs.values[0]);
  for (size_t i = 0; i < residuals.size(); ++i)
    n += residuals[i] > std::max(tolerance * pairs.values[i], floor);
  return n;
}

}  // namespace

EigenPairs largest_eigenpairs(DenseMatrix<double>& a, size_t k) {
  const int n = to_int(a.n_rows());
  k = std::min(k, a.n_rows());
  EigenPairs out;
  if (k == 0) return out;
  begin_blas(1);
  const int first = n - to_int(k) + 1;
  const double unused = 0, tolerance = 0;
  std::vector<double> values(a.n_rows()), vectors(k * a.n_rows()), work(1);
  std::vector<int> support(2 * a.n_rows()), iwork(1);
  int found = 0, info = 0, lwork = -1, liwork = -1;
  for (int pass = 0; pass < 2; ++pass) {  // the first asks for the sizes of the work arrays
    dsyevr_("V", "I", "L", &n, a.data(), &n, &unused, &unused, &first, &n, &tolerance, &found, values.data(),
            vectors.data(), &n, support.data(), work.data(), &lwork, iwork.data(), &liwork, &info);
    if (pass == 1) break;
    lwork = static_cast<int>(work[0]);
    liwork = iwork[0];
    work.resize(static_cast<size_t>(lwork));
    iwork.resize(static_cast<size_t>(liwork));
  }
  if (info != 0 || found != to_int(k))
    throw Error::internal(fmt::format("dsyevr: status {}, {} of {} eigenpairs", info, found, k));
  out.vectors = DenseMatrix<double>(k, a.n_rows());
  for (size_t i = 0; i < k; ++i) {
    out.values.push_back(values[k - 1 - i]);
    std::copy_n(vectors.data() + (k - 1 - i) * a.n_rows(), a.n_rows(), out.vectors.row(i).data());
  }
  return out;
}

EigenPairs largest_eigenpairs(size_t n, const SymmetricProduct& product, const KrylovOptions& options,
                              ThreadPool& pool, Progress& progress) {
  if (n < 4 * options.n_pairs + 16 * kBlock)
    throw Error::internal("largest_eigenpairs: too small for a Krylov space, use the dense solver");
  BlockLanczos lanczos(n, product, options, pool);
  const size_t k = options.n_pairs;
  size_t next_check = 6 * k;
  std::vector<double> residuals;
  for (size_t restarts = 0;;) {
    progress.check();
    lanczos.step();
    const bool full = lanczos.full();
    if (!full && lanczos.n_applied() < next_check) continue;
    next_check = lanczos.n_applied() + 6 * kBlock;
    EigenPairs pairs = lanczos.ritz(k, residuals);
    const size_t missing = n_not_converged(pairs, residuals, options.tolerance);
    if (missing == 0 || (full && restarts == options.max_restarts)) {
      if (missing > 0)
        progress.warn(fmt::format("{} of {} principal components did not converge", missing, k));
      pairs.vectors = lanczos.lift(pairs.vectors);
      return pairs;
    }
    if (!full) continue;
    lanczos.restart(lanczos.ritz(2 * k, residuals));
    ++restarts;
  }
}

}  // namespace zerocell
