#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/core/study_results.h"

namespace zerocell {

/// One figure or table of a study in every format in which it is written.
struct StudyFigure {
  std::string name;     ///< file name without ending: "figure_2a", "figure_4a_pancreas", "table_1", "cost"
  std::string number;   ///< "2A", "S2", "table1", "cost"; with "-sample" behind for samples of data sets
  std::string caption;  ///< one paragraph of plain text: what is shown, of how much, and what is absent
  std::string svg;      ///< document, text as text, the caption as its description
  std::string png;      ///< file, three pixels a unit: 288 dots an inch
  std::string pdf;      ///< one page, without the date of writing
  std::string csv;      ///< the numbers that are drawn, and the reasons of those that are not
};

/// A figure that could not be drawn.
struct StudyFigureAbsence {
  std::string number;
  std::string dataset;  ///< where only this data set's page of it is absent; else empty
  std::string reason;
};

struct StudyFigureOptions {
  /// Numbers in any order, upper or lower case; "4C" is 5. Empty: every figure that applies.
  std::vector<std::string> wanted;
  std::span<const MetricInfo> metrics;  ///< titles and directions; empty: names stand for titles
};

struct StudyFigures {
  std::vector<StudyFigure> figures;  ///< in the order of study_figure_numbers()
  std::vector<StudyFigureAbsence> absent;
};

/// "table1", "2A", "2B", "3", "4A" ... "overlap": what docs/study-figures.md defines.
std::span<const std::string_view> study_figure_numbers();

/// The figures of the published study and those that zerocell adds, for any data sets and methods. Whole data
/// sets are drawn; samples of data sets get figures of their own, with "-sample" behind number and name:
/// those of scores, and all where the study has no whole data set. A method has the same look in every
/// figure, by its place in the study; a data set the same shape. Same results, same bytes. Throws
/// Error(usage) for a number that does not exist.
StudyFigures study_figures(const StudyResults& results, const StudyFigureOptions& options = {});

}  // namespace zerocell
