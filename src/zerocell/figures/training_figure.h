#pragma once
#include <string>

#include "zerocell/core/evaluation.h"
#include "zerocell/figures/drawing.h"

namespace zerocell {

/// True where some embedding was fitted step by step in this run.
bool has_training(const Evaluation& evaluation);

/// Loss per step of every method that was fitted step by step, a panel for each kind of loss: a colour a
/// method, a line a seed, solid for training and dashed for validation cells. The axis ends at the largest
/// loss behind the first twentieth of the steps,
/// where the fall from untrained weights would hide the rest; the caption tells if that cuts anything off.
Drawing training_drawing(const Evaluation& evaluation);

/// Its caption: one paragraph.
std::string training_caption(const Evaluation& evaluation);

}  // namespace zerocell
