#pragma once
#include <span>

#include "zerocell/models/scgpt/config.h"
#include "zerocell/nn/weights.h"

namespace zerocell {

/// What scGPT adds up to a token, and what it asks a cell's vector with; float32 on the processor.
struct ScgptTables {
  FloatTensor genes;   ///< (T, D) LN(embedding), batch norm included
  FloatTensor values;  ///< (n_bins + 2, D) LN(W2 relu(W1 value)), batch norm included
  /// What the first layer makes of both before its attention, (T, 3D) and (n_bins + 2, 3D): query, key and
  /// value are linear, so those of a token are the sum of its gene's and its value's. The bias is the genes'.
  FloatTensor gene_projections, value_projections;
  FloatTensor queries;  ///< (T, D) W sigmoid(Q LN(embedding) + b); empty without decoders
};

/// Tables of the given rows of the gene embedding. A batch norm (BatchNorm1d, eps 6.1e-5, as evaluated),
/// which older models have after the sum, is linear in each channel: its scale goes into both tables, its
/// shift into that of genes.
ScgptTables scgpt_tables(const ScgptConfig& config, const Weights& weights, std::span<const uint32_t> genes,
                         bool with_queries);

}  // namespace zerocell
