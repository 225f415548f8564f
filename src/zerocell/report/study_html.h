#pragma once
#include <string>

#include "zerocell/core/study_results.h"
#include "zerocell/report/html.h"

namespace zerocell {

/// index.html of a study: one file that holds all of its data, fetches nothing and opens from disk; its links
/// lead to the files that lie beside it.
///
/// `options.metrics`: those of embeddings and of reconstruction. `options.figures`: the study's own, whose
/// files are figures/<name>.svg and so on. At most min(options.max_points, 100,000) cells are drawn over all
/// data sets together, few where there are many data sets, and the page says how many of how many; all
/// numbers rest on every cell. Of a method with several seeds the first layout is drawn. Names from files are
/// data to the page, never markup. Same results and options, same bytes. Throws Error(internal) where lengths
/// disagree.
std::string study_index_html(const StudyResults& study, const HtmlOptions& options = {});

}  // namespace zerocell
