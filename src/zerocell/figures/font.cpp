#include "zerocell/figures/font.h"

#include <algorithm>
#include <vector>

#include "zerocell/core/utf8.h"
#include "zerocell/figures/cairo_context.h"

namespace zerocell {

double text_width(std::string_view text, double size, bool bold) {
  CairoContext cairo(cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1));
  cairo.set_font(size, bold);
  cairo_text_extents_t extents;
  cairo_text_extents(cairo.get(), std::string(text).c_str(), &extents);
  return extents.x_advance;
}

std::string fit_text(std::string_view text, double width, double size, bool bold) {
  const std::string clean = printable(text);
  if (text_width(clean, size, bold) <= width) return clean;
  const std::vector<std::string_view> parts = characters(clean);
  const auto shortened = [&](size_t n_kept) {
    const size_t n_tail = n_kept / 3, n_head = n_kept - n_tail;
    std::string out;
    for (size_t i = 0; i < n_head; ++i) out += parts[i];
    while (!out.empty() && out.back() == ' ') out.pop_back();
    out += "…";
    for (size_t i = parts.size() - n_tail; i < parts.size(); ++i)
      if (parts[i] != " " || !out.ends_with("…")) out += parts[i];
    return out;
  };
  // The most characters that fit, by bisection: widths grow with the number of characters.
  size_t fits = 0, too_many = parts.size();
  while (fits + 1 < too_many) {
    const size_t middle = (fits + too_many) / 2;
    (text_width(shortened(middle), size, bold) <= width ? fits : too_many) = middle;
  }
  return shortened(fits);
}

std::vector<std::string> wrap_text(std::string_view text, double width, double size) {
  const std::string clean = printable(text);
  std::vector<std::string> lines;
  std::string line;
  for (size_t begin = 0; begin < clean.size();) {
    const size_t end = std::min(clean.find(' ', begin), clean.size());
    const std::string word = clean.substr(begin, end - begin);
    begin = end + 1;
    if (word.empty()) continue;
    const std::string longer = line.empty() ? word : line + " " + word;
    if (!line.empty() && text_width(longer, size) > width) {
      lines.push_back(fit_text(line, width, size));
      line = word;
    } else {
      line = longer;
    }
  }
  if (!line.empty()) lines.push_back(fit_text(line, width, size));
  return lines;
}

}  // namespace zerocell
