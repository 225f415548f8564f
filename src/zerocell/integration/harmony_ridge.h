#pragma once
#include "zerocell/core/parallel.h"
#include "zerocell/integration/harmony_clusters.h"

namespace zerocell {

/// The correction's penalties.
struct HarmonyRidge {
  bool classic = false;
  double lambda = 1;     ///< classic: of every batch
  double alpha = 0.2;    ///< harmony2: times the cells of the batch that the cluster is expected to hold
  double cutoff = 1e-5;  ///< harmony2: batches whose mean assignment is not above are left as they are
};

/// Takes each batch's offset from each cluster out of the coordinates.
///
/// For cluster k, coordinates of cell i are fitted with weights R_ki as intercept + offset of the cell's
/// batch, the offsets penalised (ridge regression, closed form: with one covariate the normal equations are
/// an arrow, whose batches are eliminated one by one). corrected_i = z_i - sum_k R_ki offset_k,batch(i).
/// corrected: (N, D); unit: (N, D), the corrected rows scaled to length 1. centroids (K, D), harmony2 alone:
/// become the intercepts, of length 1, of clusters that are corrected.
template <class T>
void correct_batches(const HarmonyCells& cells, const HarmonyClusters<T>& clusters, const HarmonyRidge& ridge,
                     DenseMatrix<float>& corrected, DenseMatrix<T>& unit, DenseMatrix<double>& centroids,
                     ThreadPool& pool);

extern template void correct_batches(const HarmonyCells&, const HarmonyClusters<float>&, const HarmonyRidge&,
                                     DenseMatrix<float>&, DenseMatrix<float>&, DenseMatrix<double>&,
                                     ThreadPool&);
extern template void correct_batches(const HarmonyCells&, const HarmonyClusters<double>&, const HarmonyRidge&,
                                     DenseMatrix<float>&, DenseMatrix<double>&, DenseMatrix<double>&,
                                     ThreadPool&);

}  // namespace zerocell
