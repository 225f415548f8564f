#include "zerocell/figures/panel_page.h"

#include <algorithm>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/font.h"

namespace zerocell {
namespace {

constexpr double kTitleSize = 12, kSmallTitleSize = 10.5, kTextSize = 9.5, kLine = 14, kFoot = 8;
constexpr double kNarrow = 200;   ///< panels below this get smaller titles, in two lines, and shorter text
constexpr double kOverhang = 20;  ///< of the last line over the panel's right side

double title_size(double width) {
  return width < kNarrow ? kSmallTitleSize : kTitleSize;
}

/// One line, or two of a narrow panel.
std::vector<std::string> title_lines(const std::string& title, double width) {
  const double size = title_size(width);
  if (width >= kNarrow || text_width(printable(title), size, true) <= width)
    return {fit_text(title, width, size, true)};
  auto lines = wrap_text(title, width * 0.88, size);  // the bold face is about a tenth wider
  if (lines.size() != 2) lines = {fit_text(title, width, size, true)};
  return lines;
}

std::string scored_text(const ReconstructionPanel& panel, uint64_t n_genes, bool narrow) {
  const size_t n = n_scored(*panel.result, panel.n_cells);
  const std::string genes = counted(n_genes, "gene") + "; ";
  if (narrow && n == panel.n_cells) return genes + counted(n, "cell");
  return genes + with_commas(n) + " of " + counted(panel.n_cells, "cell") + (narrow ? "" : " scored");
}

size_t n_title_lines(const ReconstructionPanel& panel, double width) {
  return title_lines(panel.title, width).size() + !panel.subtitle.empty();
}

}  // namespace

double panel_header(const PanelPage& page, double width) {
  size_t most = 1;
  for (const ReconstructionPanel& panel : page.panels) most = std::max(most, n_title_lines(panel, width));
  return kLine * static_cast<double>(most + 1) + kFoot;
}

void draw_panel_header(Drawing& drawing, const ReconstructionPanel& panel, const Box& box, double header,
                       std::optional<uint64_t> n_genes) {
  // Against the panel, so that short titles do not float above it.
  const auto n_lines = static_cast<double>(n_title_lines(panel, box.width));
  double y = std::max(box.y - header + kLine, box.y - kFoot - n_lines * kLine);
  const double size = title_size(box.width);
  const auto line = [&](std::string text, const TextStyle& style) {
    drawing.add(TextShape{box.x, y, std::move(text), style});
    y += kLine;
  };
  for (std::string& text : title_lines(panel.title, box.width))
    line(std::move(text), {.size = size, .bold = true});
  if (!panel.subtitle.empty())
    line(fit_text(panel.subtitle, box.width + kOverhang, kTextSize), {.size = kTextSize});
  if (n_genes)
    line(fit_text(scored_text(panel, *n_genes, box.width < kNarrow), box.width + kOverhang, kTextSize),
         {.size = kTextSize, .colour = kGrey});
}

PanelPage page_of(const Reconstruction& reconstruction, const std::string& target, std::string title,
                  std::string caption) {
  PanelPage page{std::move(title), std::move(caption), {}};
  for (const ReconstructionResult* result : results_of(reconstruction, target))
    page.panels.push_back({result->tag, "", result, reconstruction.n_cells});
  return page;
}

}  // namespace zerocell
