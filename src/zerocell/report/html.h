#pragma once
#include <cstddef>
#include <span>
#include <string>

#include "zerocell/core/evaluation.h"
#include "zerocell/core/reconstruction.h"

namespace zerocell {

/// A finished figure that the report shows.
struct ReportFigure {
  std::string name;     ///< file name without ending
  std::string caption;  ///< plain text
  std::string svg;      ///< document; shown as an image, so nothing in it can act on the page
};

struct HtmlOptions {
  std::span<const MetricInfo> metrics;    ///< titles, groups, directions and definitions, in table order
  std::span<const ReportFigure> figures;  ///< shown in this order
  size_t max_points = 200'000;            ///< cells drawn in a plot; of more, so many are drawn at random
};

/// report.html: one file that holds all of its data, fetches nothing and opens from disk.
///
/// Scores, losses, means per label and all counts rest on every cell; only the interactive plots draw at most
/// `max_points` cells, and then say so. Names from files are data to the page, never markup, whatever they
/// contain. Same evaluation and options, same bytes. Throws Error(internal) where lengths in `evaluation`
/// disagree.
std::string html_report(const Evaluation& evaluation, const HtmlOptions& options = {});

/// The same page for a reconstruction: what it shares with an evaluation, then densities and distributions
/// over the cells; no plots of single cells.
std::string html_report(const Reconstruction& reconstruction, const HtmlOptions& options = {});

}  // namespace zerocell
