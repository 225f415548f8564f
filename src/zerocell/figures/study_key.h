#pragma once
#include <functional>
#include <string>
#include <vector>

#include "zerocell/figures/drawing.h"

namespace zerocell {

/// One entry of a key: a glyph of at most 24 units and its name.
struct KeyEntry {
  std::string name;
  std::function<void(Drawing&, double x, double y)> draw;  ///< about (x, y), the middle of the glyph
};

/// Draws a heading and entries in columns of equal width, filled line by line, with the upper left corner at
/// (x, y) and at most `width` wide. Returns the bottom. Nothing is drawn without entries.
double draw_key(Drawing& drawing, const std::string& heading, const std::vector<KeyEntry>& entries,
                const Box& at);

/// Width that one column of these entries takes.
double key_width(const std::vector<KeyEntry>& entries);

/// The shapes of the data sets, in ink.
std::vector<KeyEntry> dataset_key(const std::vector<std::string>& names);

}  // namespace zerocell
