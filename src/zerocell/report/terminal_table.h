#pragma once
#include <cstddef>
#include <span>
#include <string>

#include "zerocell/core/evaluation.h"

namespace zerocell {

struct TableOptions {
  size_t width = 100;   ///< columns of the terminal; the table is folded into blocks that fit
  bool colour = false;  ///< ANSI escapes: the best in bold green; otherwise a '*' behind it
};

/// The scores as a table for people: a row per embedding, a column per metric, a block per group of metrics
/// (more where the width asks for it), 95 % intervals in brackets, an arrow to where better is, the best of
/// each column marked among embeddings of the same dimensions, and a footnote per reason why a value is
/// absent. Lines are at most `width` wide unless a single metric needs more. Ends with a newline.
std::string terminal_table(const Evaluation& evaluation, std::span<const MetricInfo> metrics,
                           const TableOptions& options = {});

}  // namespace zerocell
