#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/models/scvi/network.h"

namespace zerocell {

/// How a model's encoder is built. The defaults are those of the networks that zerocell trains.
struct ScviEncoderSettings {
  bool takes_log = true;  ///< ln(1 + x) of the counts; else the counts themselves
  bool batch_norm = true;
  bool layer_norm = false;     ///< behind the batch norm, without weights of its own
  size_t n_covariates = 0;     ///< length of the one-hot batch that it is told; 0: it is not told
  bool in_every_layer = true;  ///< the batch is told to every layer; else to the first
};

/// The part of a trained scVI network that gives the means of q(z | x).
struct ScviEncoder {
  /// Values in the order of a linear layer's input: (inputs, outputs).
  struct Layer {
    AlignedVector<float> weight;  ///< (inputs + covariates, n_hidden)
    AlignedVector<float> bias;
    AlignedVector<float> norm_weight, norm_bias, moving_mean, moving_variance;  ///< empty: no batch norm
  };

  ScviEncoderSettings settings;
  size_t n_genes = 0, n_hidden = 0, n_latent = 0;
  std::vector<Layer> layers;
  AlignedVector<float> mean_weight, mean_bias;  ///< (n_hidden, n_latent), (n_latent)
};

/// Means of q(z | x): (B, n_latent). Each cell by itself, the same bits in any company. Where the encoder is
/// told the batch, `cells.batch` has the codes.
DenseMatrix<float> scvi_means(const ScviEncoder& encoder, const ScviCells& cells, ThreadPool& pool);

/// A trained model as far as the embedding of cells needs it.
struct ScviEncoderModel {
  ScviEncoder encoder;
  std::vector<std::string> genes;    ///< (G)
  std::vector<std::string> batches;  ///< in the order of the one-hot batch; empty: their names are no texts
  std::string batch_key;             ///< obs column; empty: trained without
  std::string gene_likelihood;       ///< nb, zinb, poisson, normal
  size_t n_cells = 0;                ///< it was trained on; 0: not known
  std::vector<std::string> notes;    ///< for the user
};

}  // namespace zerocell
