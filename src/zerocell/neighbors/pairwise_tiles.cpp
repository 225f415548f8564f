#include "zerocell/neighbors/pairwise_tiles.h"

#include <algorithm>
#include <cmath>

namespace zerocell::pairs {

namespace {

constexpr double kRounding = 0x1p-24;  // of one float32 operation, relative
// Up to here differences cost little more than dot products and need no repair of near pairs.
constexpr size_t kMaxDifferenceDims = 64;
constexpr size_t kColumnsAtOnce = 64;
// Dimensions summed in registers before the sum goes to the tile: bounds rounding and the cache in use.
constexpr size_t kDepth = 256;

}  // namespace

DenseTiles::DenseTiles(const DenseMatrix<float>& x, const std::vector<uint32_t>& order, ThreadPool& pool)
    : n_cells_(x.n_rows()), n_dims_(x.n_cols()), differences_(n_dims_ <= kMaxDifferenceDims) {
  const size_t n_panels = (n_cells_ + kBlock - 1) / kBlock * (kBlock / kPanel);
  panels_.assign(n_panels * n_dims_ * kPanel, 0.0f);
  norms_.assign(n_cells_, 0.0);
  const std::vector<double> means = column_means(x, pool);
  pool.parallel_for(n_panels, [&](size_t panel, int) {
    float* to = panels_.data() + panel * n_dims_ * kPanel;
    const size_t first = panel * kPanel, last = std::min(first + kPanel, n_cells_);
    // A few columns of all lanes at a time, so that the lines written to stay in the cache.
    for (size_t begin = 0; begin < n_dims_; begin += kColumnsAtOnce) {
      const size_t end = std::min(begin + kColumnsAtOnce, n_dims_);
      for (size_t position = first; position < last; ++position) {
        const auto row = x.row(order[position]);
        double norm = norms_[position];
        for (size_t k = begin; k < end; ++k) {
          const auto centred = static_cast<float>(row[k] - means[k]);
          norm += static_cast<double>(centred) * centred;
          to[k * kPanel + (position - first)] = differences_ ? row[k] : centred;
        }
        norms_[position] = norm;
      }
    }
  });
}

std::vector<double> DenseTiles::column_means(const DenseMatrix<float>& x, ThreadPool& pool) const {
  constexpr size_t kRows = 512;
  DenseMatrix<double> partial((n_cells_ + kRows - 1) / kRows, n_dims_);
  pool.parallel_ranges(n_cells_, kRows, [&](size_t begin, size_t end, int) {
    double* sums = partial.row(begin / kRows).data();
    for (size_t i = begin; i < end; ++i) {
      const float* row = x.row(i).data();
      for (size_t k = 0; k < n_dims_; ++k) sums[k] += row[k];
    }
  });
  std::vector<double> means(n_dims_, 0.0);
  for (size_t part = 0; part < partial.n_rows(); ++part) {
    for (size_t k = 0; k < n_dims_; ++k) means[k] += partial(part, k) / static_cast<double>(n_cells_);
  }
  return means;
}

void DenseTiles::fill(size_t col_block, std::span<const uint32_t> row_blocks, TileBuffers& buffers) const {
  constexpr size_t kPanels = kBlock / kPanel;
  buffers.values.resize(row_blocks.size() * kBlock * kBlock + kPanel);
  const auto panel_at = [&](size_t panel) { return panels_.data() + panel * n_dims_ * kPanel; };
  const size_t last_panel = (n_cells_ + kPanel - 1) / kPanel;
  for (size_t k = 0; k < row_blocks.size(); ++k) {
    float* tile = buffers.values.data() + k * kBlock * kBlock;
    const bool on_diagonal = row_blocks[k] == col_block;
    for (size_t depth = 0; depth == 0 || depth < n_dims_; depth += differences_ ? n_dims_ + 1 : kDepth) {
      const size_t n = differences_ ? n_dims_ : std::min(kDepth, n_dims_ - depth);
      for (size_t row = 0; row < kPanels && row_blocks[k] * kPanels + row < last_panel; ++row) {
        // A tile on the diagonal is symmetric: what lies below it is copied from above.
        for (size_t col = on_diagonal ? row : 0; col < kPanels && col_block * kPanels + col < last_panel;
             ++col) {
          const float* a = panel_at(row_blocks[k] * kPanels + row) + depth * kPanel;
          const float* b = panel_at(col_block * kPanels + col) + depth * kPanel;
          float* c = tile + row * kPanel * kBlock + col * kPanel;
          if (differences_) {
            difference_panels(a, b, n, c, kBlock);
          } else {
            dot_panels(a, b, n, c, kBlock, depth > 0);
          }
        }
      }
    }
    if (on_diagonal) mirror(tile);
  }
}

void DenseTiles::mirror(float* tile) {
  for (size_t row = kPanel; row < kBlock; ++row)
    for (size_t col = 0; col < row / kPanel * kPanel; ++col)
      tile[row * kBlock + col] = tile[col * kBlock + row];
}

double DenseTiles::error_bound() const {
  if (differences_) return kRounding * static_cast<double>(n_dims_ + 8);
  // Products, kDepth sums in a register, sums of those, centring, norms.
  return kRounding * static_cast<double>(std::min(kDepth, n_dims_) + n_dims_ / kDepth + 16);
}

std::string DenseTiles::name() const {
  return std::string(differences_ ? "dense differences " : "dense dot products ") + instruction_set();
}

SparseTiles::SparseTiles(const CsrMatrix& x, const std::vector<uint32_t>& order,
                         const std::vector<double>& norms)
    : x_(&x), order_(&order), norms_(order.size()) {
  for (size_t position = 0; position < order.size(); ++position) {
    norms_[position] = norms[order[position]];
    longest_row_ = std::max<size_t>(longest_row_, x.row_indices(order[position]).size());
  }
}

SparseRow SparseTiles::row_part(size_t position, size_t first_gene) const {
  const auto genes = x_->row_indices((*order_)[position]);
  const auto values = x_->row_values((*order_)[position]);
  if (x_->n_cols <= kGenesAtOnce) return {genes.data(), values.data(), genes.size()};
  const auto begin = std::ranges::lower_bound(genes, first_gene);
  const auto end = std::lower_bound(begin, genes.end(), first_gene + kGenesAtOnce);
  const auto skipped = begin - genes.begin();
  return {genes.data() + skipped, values.data() + skipped, static_cast<size_t>(end - begin)};
}

void SparseTiles::fill_panel(size_t col_block, size_t first_gene, TileBuffers& buffers) const {
  if (buffers.panel_block == col_block && buffers.panel_first_gene == first_gene) return;
  buffers.panel_block = col_block;
  buffers.panel_first_gene = first_gene;
  buffers.panel.assign(std::min(x_->n_cols - first_gene, kGenesAtOnce) * kPanel, 0.0f);
  const size_t first = col_block * kBlock, last = std::min(first + kBlock, order_->size());
  for (size_t position = first; position < last; ++position) {
    const SparseRow row = row_part(position, first_gene);
    float* to = buffers.panel.data() + (position - first);
    for (size_t k = 0; k < row.n; ++k) to[(row.genes[k] - first_gene) * kPanel] = row.values[k];
  }
}

void SparseTiles::fill(size_t col_block, std::span<const uint32_t> row_blocks, TileBuffers& buffers) const {
  buffers.values.resize(row_blocks.size() * kBlock * kBlock + kPanel);
  for (size_t first_gene = 0; first_gene == 0 || first_gene < x_->n_cols; first_gene += kGenesAtOnce) {
    fill_panel(col_block, first_gene, buffers);
    for (size_t k = 0; k < row_blocks.size(); ++k) {
      const size_t first = row_blocks[k] * kBlock, last = std::min(first + kBlock, order_->size());
      buffers.rows.clear();
      for (size_t position = first; position < last; ++position) {
        buffers.rows.push_back(row_part(position, first_gene));
      }
      sparse_panel(buffers.rows.data(), buffers.rows.size(), static_cast<uint32_t>(first_gene),
                   buffers.panel.data(), buffers.values.data() + k * kBlock * kBlock, first_gene > 0);
    }
  }
}

double SparseTiles::error_bound() const {
  // Genes that one of two cells lacks add an exact zero.
  const size_t n_terms = std::min(longest_row_, kGenesAtOnce) + x_->n_cols / kGenesAtOnce;
  return kRounding * static_cast<double>(n_terms + 16);
}

std::string SparseTiles::name() const {
  return std::string("sparse-dense ") + instruction_set();
}

}  // namespace zerocell::pairs
