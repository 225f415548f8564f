#pragma once
#include <span>

#include "zerocell/models/scgpt/config.h"
#include "zerocell/nn/weights.h"

namespace zerocell {

/// What scGPT adds up to a token, and what it asks a cell's vector with; float32 on the processor.
struct ScgptTables {
  FloatTensor genes;    ///< (T, D) LN(embedding), batch norm included
  FloatTensor values;   ///< (n_bins + 2, D) LN(W2 relu(W1 value)), batch norm included
  FloatTensor queries;  ///< (T, D) W sigmoid(Q LN(embedding) + b); empty without decoders
};

/// Tables of the given rows of the gene embedding. A batch norm (BatchNorm1d, eps 6.1e-5, as evaluated), which
/// older models have after the sum, is linear in each channel: its scale goes into both tables, its shift into
/// that of genes.
ScgptTables scgpt_tables(const ScgptConfig& config, const Weights& weights, std::span<const uint32_t> genes,
                         bool with_queries);

}  // namespace zerocell
