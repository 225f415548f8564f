#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace zerocell {

/// How genes are compared. By dispersion of log-normalised expression: Satija et al. 2015 (log scale, bins of
/// equal width, mean and standard deviation) or Zheng et al. 2017 (bins by percentile, median and median
/// absolute deviation). By standardised variance of raw counts (seurat_v3.h): Stuart et al. 2019, batches
/// merged by median rank, or by number of batches first (seurat_v3_paper).
enum class HvgFlavor { seurat, cell_ranger, seurat_v3, seurat_v3_paper };

/// True for the flavors that look at raw counts.
constexpr bool ranks_raw_counts(HvgFlavor flavor) {
  return flavor == HvgFlavor::seurat_v3 || flavor == HvgFlavor::seurat_v3_paper;
}

/// Bin of each mean: (G) in [0, number of bins).
///
/// seurat: n_bins of equal width, right-closed, as pandas.cut(means, n_bins). cell_ranger: edges at -inf, the
/// percentiles 10, 15, ... 100 (NumPy's linear ones) and inf; n_bins is not used. Equal percentiles, at which
/// scanpy stops, bound an empty bin here.
std::vector<uint32_t> mean_bins(std::span<const double> means, HvgFlavor flavor, size_t n_bins);

/// (dispersion - centre of its bin) / spread of its bin, (G); NaN dispersions are skipped and stay NaN.
///
/// seurat: mean and standard deviation (ddof 1); a bin with one dispersion gives 1. cell_ranger: median and
/// median absolute deviation / 0.6745; a spread of 0 gives an infinity, or NaN at the centre.
std::vector<double> normalized_dispersions(std::span<const double> dispersions,
                                           std::span<const uint32_t> bins, HvgFlavor flavor);

/// Mean of the values that are not NaN by Kahan summation in the order given, as pandas computes it; NaN if
/// none.
double compensated_mean(std::span<const double> values);

}  // namespace zerocell
