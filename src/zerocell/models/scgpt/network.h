#pragma once
#include <optional>
#include <span>

#include "zerocell/models/scgpt/config.h"
#include "zerocell/models/token_block.h"
#include "zerocell/nn/transformer.h"

namespace zerocell {

/// What the network is to compute.
enum class ScgptTask {
  embed,    ///< one vector a cell; of the last layer only <cls> is computed
  predict,  ///< the bin of every gene, from its own token and from the cell's vector
};

/// scGPT's network, prepared for one task on one device and the genes of one data set. Const afterwards; any
/// number of threads may use it, each with a workspace of its own.
///
/// x = LN(gene) + LN(W2 relu(W1 value)) [batch norm]; post-norm layers without positions; the cell is <cls>
/// (Cui et al. 2024, doi:10.1038/s41592-024-02201-0). What belongs to a gene or a bin alone is computed once
/// for all cells: its normed embedding, the encoder of its value, the first layer's projections of both, the
/// query of GEPC. The tables are float32 sums of the processor on every device.
class ScgptNetwork {
 public:
  /// `genes` (T): row of the gene embedding for every token, <cls> first. Values are rows of a table of
  /// n_bins + 2: the bins, pad_value, mask_value (ScgptValues).
  ScgptNetwork(const Backend& backend, const ScgptConfig& config, const Weights& weights,
               std::span<const uint32_t> genes, ScgptTask task);

  size_t dim() const { return config_.dim; }
  /// Writes one vector of length 1 for each cell to out (C, D) in host memory. Needs the task embed.
  void embed(const TokenBlock& block, Workspace& workspace, std::span<float> out) const;

  /// In host memory. The entries of <cls> mean nothing.
  struct Predictions {
    std::vector<float> gep;   ///< (L) from every gene's own output (masked-value decoder)
    std::vector<float> gepc;  ///< (L) from the cell's vector and the gene's query
  };
  /// Needs the task predict.
  void predict(const TokenBlock& block, Workspace& workspace, Predictions& out) const;

  /// Bytes of scratch memory for a block of so many tokens.
  size_t block_bytes(size_t n_tokens) const;
  /// Floating-point operations that one cell of L tokens costs, of those that are not saved.
  double flops(double n_tokens) const;

 private:
  /// A block's tokens and values, checked, as rows of the tables.
  struct Input {
    std::span<const uint32_t> genes;
    std::vector<uint32_t> values;
  };
  Input input(const TokenBlock& block) const;
  /// The sum of a gene's and a value's row for every token.
  void add_up(const Input& input, const DeviceTable& genes, const DeviceTable& values, Rows out) const;

  const Backend& backend_;
  ScgptConfig config_;
  ScgptTask task_;
  TransformerConfig encoder_config_;
  DeviceTable genes_, values_;                        ///< (T, D), (n_bins + 2, D)
  DeviceTable gene_projections_, value_projections_;  ///< (T, 3D), (n_bins + 2, 3D)
  Transformer encoder_;
  std::vector<Linear> decoder_;
  DeviceTable queries_;  ///< (T, D) W sigmoid(query(gene)): times a cell's vector it is GEPC
};

/// Sizes of the encoder of a configuration.
TransformerConfig scgpt_encoder_config(const ScgptConfig& config);

}  // namespace zerocell
