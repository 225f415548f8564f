#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

/// Inner loops of the pairwise pass, compiled for every instruction set and chosen at run time.
namespace zerocell::pairs {

/// Cells of a panel: columns that one micro-kernel handles. 48 floats are 3, 6 or 12 vectors of 16, 8 or 4
/// lanes, so that rows x vectors fill the register file of each instruction set.
inline constexpr size_t kPanel = 48;

/// c (48, ld) [+]= a^T b for two panels (depth, 48) of cells; `add` keeps what c holds.
void dot_panels(const float* a, const float* b, size_t depth, float* c, size_t ld, bool add);

/// c (48, ld) = sum over d of (a[d][r] - b[d][c])^2 for two panels (depth, 48).
void difference_panels(const float* a, const float* b, size_t depth, float* c, size_t ld);

/// Stored entries of one sparse row, or of the part of it inside a block of genes.
struct SparseRow {
  const uint32_t* genes;
  const float* values;
  size_t n;
};

/// c (n_rows, 48) [+]= rows times `panel` (genes, 48); panel row 0 is gene `first_gene`.
void sparse_panel(const SparseRow* rows, size_t n_rows, uint32_t first_gene, const float* panel, float* c,
                  bool add);

/// A tile of pairs on its way from dot products to distances.
struct DistanceTile {
  float* values;  ///< (n_rows, ld) in: dot products or squared distances; out: distances
  size_t ld;      ///< row stride, a multiple of 48
  size_t n_rows;
  size_t n_cols;           ///< rounded up to whole vectors of 16
  const float* row_norms;  ///< |x|^2 of the rows, or null where `values` are squared distances already
  const float* col_norms;
  const float* row_limits;  ///< review a pair when d^2 is at most the limit of its row or column
  const float* col_limits;
  float near;                          ///< ... or less than near (|x|^2 + |y|^2): digits were lost
  std::span<const uint32_t> row_ends;  ///< where runs of rows that share label and batch end
  float* col_sums;  ///< (runs, ld) sum of distances over each run of rows; null: not wanted
  /// Sees up to 16 pairs (row, col + lane) of which those in the bits `lanes` need review; may correct d^2.
  void (*review)(void* context, size_t row, size_t col, uint32_t lanes, float* squared);
  void* context;
};

/// d = sqrt(|x|^2 + |y|^2 - 2 x.y) for all pairs of the tile, with review of near ones, and column sums.
void finish_distances(const DistanceTile& tile);

/// sums (runs, ld): sums of each row's distances over runs of columns that end at `col_ends`.
void segment_sums(const DistanceTile& tile, std::span<const uint32_t> col_ends, float* sums);

/// sum of (a - b)^2 in float64.
double squared_difference(const float* a, const float* b, size_t n);

/// Name of the instruction set in use: "AVX3", "AVX2", "NEON" ...
const char* instruction_set();

}  // namespace zerocell::pairs
