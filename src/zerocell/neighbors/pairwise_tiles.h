#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/neighbors/pairwise_kernels.h"

namespace zerocell::pairs {

/// Below this share of |x|^2 + |y|^2 a squared distance from norms has lost 4 of float32's 24 bits and is
/// computed again by subtraction.
inline constexpr float kNear = 1.0f / 16;

/// One thread's buffers.
struct TileBuffers {
  AlignedVector<float> values;  ///< (row blocks, block, block) dot products or squared distances
  AlignedVector<float> panel;   ///< (genes of a block, 48) the column block, dense; sparse source only
  size_t panel_block = SIZE_MAX, panel_first_gene = 0;  ///< what `panel` holds
  std::vector<SparseRow> rows;
};

/// Dense cells packed in panels (panels, D, 48), by position in the order of the pass.
///
/// Few dimensions: differences of the values as given, exact to float32 rounding. Many: dot products of
/// centred values, twice as fast where the machine cannot subtract beside multiplying.
class DenseTiles {
 public:
  static constexpr size_t kBlock = 4 * kPanel;

  DenseTiles(const DenseMatrix<float>& x, const std::vector<uint32_t>& order, ThreadPool& pool);

  void fill(size_t col_block, std::span<const uint32_t> row_blocks, TileBuffers& buffers) const;
  size_t row_blocks_at_once() const { return 1; }
  bool uses_norms() const { return !differences_; }
  const std::vector<double>& norms() const { return norms_; }  ///< (N) |x - mean|^2 by position
  /// Bound of |error of d^2| relative to |x|^2 + |y|^2 (norms) or to d^2 (differences).
  double error_bound() const;
  std::string name() const;

 private:
  std::vector<double> column_means(const DenseMatrix<float>& x, ThreadPool& pool) const;
  /// Fills the panels below the diagonal of a tile from those above.
  static void mirror(float* tile);

  size_t n_cells_, n_dims_;
  bool differences_;
  AlignedVector<float> panels_;
  std::vector<double> norms_;
};

/// Sparse rows against one block of columns made dense, (genes, 48), which stays in the L2 cache.
class SparseTiles {
 public:
  static constexpr size_t kBlock = kPanel;
  static constexpr size_t kGenesAtOnce = 2048;  ///< 384 KiB of panel

  SparseTiles(const CsrMatrix& x, const std::vector<uint32_t>& order, const std::vector<double>& norms);

  void fill(size_t col_block, std::span<const uint32_t> row_blocks, TileBuffers& buffers) const;
  /// Several where the panel does not hold all genes and must be filled again.
  size_t row_blocks_at_once() const { return x_->n_cols > kGenesAtOnce ? 16 : 1; }
  bool uses_norms() const { return true; }
  const std::vector<double>& norms() const { return norms_; }
  double error_bound() const;
  std::string name() const;

 private:
  SparseRow row_part(size_t position, size_t first_gene) const;
  void fill_panel(size_t col_block, size_t first_gene, TileBuffers& buffers) const;

  const CsrMatrix* x_;
  const std::vector<uint32_t>* order_;
  std::vector<double> norms_;  ///< (N) |x|^2 by position
  size_t longest_row_ = 0;
};

/// What computes the pairs of a tile.
using TileSource = std::variant<DenseTiles, SparseTiles>;

}  // namespace zerocell::pairs
