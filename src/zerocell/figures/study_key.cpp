#include "zerocell/figures/study_key.h"

#include <algorithm>

#include "zerocell/figures/font.h"
#include "zerocell/figures/study_look.h"

namespace zerocell {
namespace {

constexpr double kTextSize = 10, kLine = 15, kGlyphRoom = 30, kGap = 16, kMaxNameWidth = 230;

}  // namespace

double key_width(const std::vector<KeyEntry>& entries) {
  double widest = 0;
  for (const KeyEntry& entry : entries)
    widest =
        std::max(widest, kGlyphRoom + text_width(fit_text(entry.name, kMaxNameWidth, kTextSize), kTextSize));
  return widest;
}

double draw_key(Drawing& drawing, const std::string& heading, const std::vector<KeyEntry>& entries,
                const Box& at) {
  if (entries.empty()) return at.y;
  double y = at.y;
  if (!heading.empty()) {
    drawing.add(TextShape{at.x, y + 10, heading, {.size = kTextSize, .bold = true}});
    y += kLine;
  }
  const double column = key_width(entries);
  const auto columns =
      std::clamp<size_t>(static_cast<size_t>((at.width + kGap) / (column + kGap)), 1, entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    const double x = at.x + static_cast<double>(i % columns) * (column + kGap);
    const double middle = y + (static_cast<double>(i / columns) + 0.5) * kLine;
    entries[i].draw(drawing, x + 12, middle);
    drawing.add(TextShape{x + kGlyphRoom,
                          middle + 3.5,
                          fit_text(entries[i].name, kMaxNameWidth, kTextSize),
                          {.size = kTextSize}});
  }
  return y + static_cast<double>((entries.size() + columns - 1) / columns) * kLine;
}

std::vector<KeyEntry> dataset_key(const std::vector<std::string>& names) {
  std::vector<KeyEntry> entries;
  for (size_t i = 0; i < names.size(); ++i)
    entries.push_back(
        {names[i], [i](Drawing& drawing, double x, double y) {
           draw_mark(drawing, x, y, {dataset_shape(i), {kGrey, MarkFill::solid}, 3.9 * dataset_scale(i)});
         }});
  return entries;
}

}  // namespace zerocell
