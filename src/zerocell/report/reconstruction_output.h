#pragma once
#include <string>

#include "zerocell/core/parallel.h"
#include "zerocell/core/reconstruction.h"
#include "zerocell/report/terminal_table.h"

namespace zerocell {

/// The scores as a table for people, a row per model; ends with a newline.
std::string reconstruction_table(const Reconstruction& reconstruction, std::span<const MetricInfo> metrics,
                                 const TableOptions& options = {});

/// cells.h5ad: obs of the data set, then `<tag>_<column>` for every column of every result (NaN where
/// undefined); a name that is taken gets a "_" behind it, text becomes UTF-8 without zero bytes. No
/// expression and no genes. Throws Error(data) where the file cannot be written, Error(internal) where
/// lengths disagree.
void write_reconstruction_h5ad(const Reconstruction& reconstruction, const std::string& path,
                               ThreadPool& pool);

}  // namespace zerocell
