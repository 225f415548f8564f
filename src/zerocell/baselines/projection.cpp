#include "zerocell/baselines/projection.h"

#include <cblas.h>

#include <algorithm>

#include "zerocell/baselines/centred_tile.h"
#include "zerocell/baselines/panel_kernels.h"

namespace zerocell {
namespace {

static_assert(kPanelWidth == kKrylovBlock);
constexpr size_t kRowsPerTask = 256;
constexpr size_t kRowParts = 32;         // partial sums of the normal product
constexpr size_t kTileBytes = 4u << 20;  // of a centred tile, in double

int to_int(size_t n) {
  return static_cast<int>(n);
}

/// Rows (k, D) as columns (D, width), width a multiple of eight, the rest 0.
AlignedVector<double> as_panels(const double* rows, size_t k, size_t d, size_t width) {
  AlignedVector<double> out(d * width, 0.0);
  for (size_t c = 0; c < k; ++c)
    for (size_t j = 0; j < d; ++j) out[j * width + c] = rows[c * d + j];
  return out;
}

/// mean times the panel: what centring takes off every row of a product.
std::vector<double> shift_of(const std::vector<double>& mean, const AlignedVector<double>& panel,
                             size_t width) {
  std::vector<double> shift(width, 0.0);
  for (size_t j = 0; j < mean.size(); ++j)
    for (size_t c = 0; c < width; ++c) shift[c] += mean[j] * panel[j * width + c];
  return shift;
}

DenseMatrix<float> project_sparse(const CsrMatrix& x, const std::vector<double>& mean,
                                  const DenseMatrix<double>& directions, ThreadPool& pool) {
  const size_t k = directions.n_rows(), width = (k + kPanelWidth - 1) / kPanelWidth * kPanelWidth;
  const auto panel = as_panels(directions.data(), k, x.n_cols, width);
  const auto shift = shift_of(mean, panel, width);
  DenseMatrix<float> out(x.n_rows, k);
  pool.parallel_ranges(x.n_rows, kRowsPerTask, [&](size_t first, size_t last, int) {
    std::vector<double> rows((last - first) * width);
    for (size_t c = 0; c < width; c += kPanelWidth)
      multiply_rows(x, first, last, {panel.data() + c, width}, shift.data() + c, rows.data() + c, width);
    for (size_t i = first; i < last; ++i)
      for (size_t c = 0; c < k; ++c) out(i, c) = static_cast<float>(rows[(i - first) * width + c]);
  });
  return out;
}

size_t tile_rows(size_t d) {
  return std::clamp<size_t>(kTileBytes / sizeof(double) / std::max<size_t>(1, d), 8, 1024);
}

DenseMatrix<float> project_dense(const EmbeddingMatrix& x, const std::vector<double>& mean,
                                 const DenseMatrix<double>& directions, ThreadPool& pool) {
  const size_t n = n_rows(x), d = n_cols(x), k = directions.n_rows();
  DenseMatrix<float> out(n, k);
  pool.parallel_ranges(n, tile_rows(d), [&](size_t first, size_t last, int) {
    std::vector<double> tile((last - first) * d), product((last - first) * k);
    load_centred(x, mean, {first, last, 0, d}, tile.data());
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, to_int(last - first), to_int(k), to_int(d), 1.0,
                tile.data(), to_int(d), directions.data(), to_int(d), 0.0, product.data(), to_int(k));
    std::copy(product.begin(), product.end(), out.row(first).data());
  });
  return out;
}

/// C'C applied to eight vectors by one walk over the rows.
class NormalProduct {
 public:
  NormalProduct(const EmbeddingMatrix& x, const std::vector<double>& mean, ThreadPool& pool)
      : x_(x), mean_(mean), pool_(pool) {}

  void operator()(const double* in, double* out) const {
    const size_t n = n_rows(x_), d = n_cols(x_);
    const auto panel = as_panels(in, kPanelWidth, d, kPanelWidth);
    const size_t part_rows = std::max<size_t>(256, (n + kRowParts - 1) / kRowParts);
    std::vector<AlignedVector<double>> parts((n + part_rows - 1) / part_rows);
    pool_.parallel_for(parts.size(), [&](size_t part, int) {
      parts[part].assign(d * kPanelWidth, 0.0);
      add_rows(part * part_rows, std::min(n, (part + 1) * part_rows), panel, parts[part].data());
    });
    std::fill_n(out, kPanelWidth * d, 0.0);
    pool_.parallel_ranges(d, 1024, [&](size_t first, size_t last, int) {
      for (const auto& part : parts)
        for (size_t j = first; j < last; ++j)
          for (size_t c = 0; c < kPanelWidth; ++c) out[c * d + j] += part[j * kPanelWidth + c];
    });
  }

 private:
  /// sum (D, 8) += C' C panel over rows [first, last)
  void add_rows(size_t first, size_t last, const AlignedVector<double>& panel, double* sum) const {
    const size_t d = n_cols(x_);
    if (const auto* sparse = std::get_if<CsrMatrix>(&x_)) {
      const auto shift = shift_of(mean_, panel, kPanelWidth);
      double total[kPanelWidth] = {};
      multiply_normal(*sparse, first, last, {panel.data(), kPanelWidth}, shift.data(), sum, total);
      for (size_t j = 0; j < d; ++j)
        for (size_t c = 0; c < kPanelWidth; ++c) sum[j * kPanelWidth + c] -= mean_[j] * total[c];
      return;
    }
    const size_t step = tile_rows(d);
    std::vector<double> tile(step * d), product(step * kPanelWidth);
    for (size_t i = first; i < last; i += step) {
      const size_t m = std::min(last - i, step);
      load_centred(x_, mean_, {i, i + m, 0, d}, tile.data());
      cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, to_int(m), to_int(kPanelWidth), to_int(d), 1.0,
                  tile.data(), to_int(d), panel.data(), to_int(kPanelWidth), 0.0, product.data(),
                  to_int(kPanelWidth));
      cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, to_int(d), to_int(kPanelWidth), to_int(m), 1.0,
                  tile.data(), to_int(d), product.data(), to_int(kPanelWidth), 1.0, sum, to_int(kPanelWidth));
    }
  }

  const EmbeddingMatrix& x_;
  const std::vector<double>& mean_;
  ThreadPool& pool_;
};

}  // namespace

DenseMatrix<float> project(const EmbeddingMatrix& x, const std::vector<double>& mean,
                           const DenseMatrix<double>& directions, ThreadPool& pool) {
  if (const auto* sparse = std::get_if<CsrMatrix>(&x)) return project_sparse(*sparse, mean, directions, pool);
  return project_dense(x, mean, directions, pool);
}

SymmetricProduct normal_product(const EmbeddingMatrix& x, const std::vector<double>& mean, ThreadPool& pool) {
  return NormalProduct(x, mean, pool);
}

}  // namespace zerocell
