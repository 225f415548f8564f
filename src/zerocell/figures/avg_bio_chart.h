#pragma once
#include <string>

#include "zerocell/core/evaluation.h"
#include "zerocell/figures/drawing.h"

namespace zerocell {

/// True where some embedding has a value of avg_bio in its own dimensions.
bool has_avg_bio(const Evaluation& evaluation);

/// AvgBIO of every embedding side by side, a row an embedding, on one axis: a large dot in the embedding's
/// colour, small marks for its three parts (asw_label, nmi, ari), the value at the right, the best one bold.
/// Baselines (hvg, all-genes, pca) stand above the others and their values run down as lines, so that every
/// other embedding is read against them. Full dimensions only; "n/a" and "failed" stand where there is no
/// value.
Drawing avg_bio_drawing(const Evaluation& evaluation);

/// Its caption: one paragraph.
std::string avg_bio_caption(const Evaluation& evaluation);

}  // namespace zerocell
