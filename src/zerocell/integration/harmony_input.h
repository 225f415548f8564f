#pragma once
#include "zerocell/integration/harmony.h"
#include "zerocell/integration/harmony_cells.h"

namespace zerocell {

/// Throws Error(usage) for an option out of its range.
void check_harmony_options(const HarmonyOptions& options);

/// Throws Error(data) for coordinates that are not finite, Error(internal) for lengths and codes that do not
/// fit.
void check_harmony_input(const DenseMatrix<float>& z, std::span<const int32_t> batches, size_t n_batches,
                         const HarmonyOptions& options);

/// The cells batch by batch, in the caller's order inside a batch; codes that no cell has are left out.
HarmonyCells sorted_cells(const DenseMatrix<float>& z, std::span<const int32_t> batches,
                          const HarmonyOptions& options);

}  // namespace zerocell
