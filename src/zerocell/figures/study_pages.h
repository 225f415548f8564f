#pragma once
#include "zerocell/figures/study_view.h"

namespace zerocell {

// One function a figure; docs/study-figures.md says what each shows.
StudyPages table_1(const StudyView& view);
StudyPages figure_2a(const StudyView& view);
StudyPages figure_2b(const StudyView& view);
StudyPages figure_3(const StudyView& view);
StudyPages figure_4a(const StudyView& view);
StudyPages figure_4b(const StudyView& view);
StudyPages figure_5(const StudyView& view);
StudyPages figure_6a(const StudyView& view);
StudyPages figure_6b(const StudyView& view);
StudyPages figure_6c(const StudyView& view);
StudyPages figure_7(const StudyView& view);
StudyPages figure_8(const StudyView& view);
StudyPages figure_s2(const StudyView& view);
StudyPages cost_figure(const StudyView& view);
StudyPages gain_figure(const StudyView& view);
StudyPages fixed_resolution_figure(const StudyView& view);
StudyPages overlap_figure(const StudyView& view);

/// "higher is better →" or "← lower is better"
std::string better_text(Direction direction);

/// Data sets with at least two batches that some cell has.
std::vector<const StudyDataset*> datasets_with_batches(const StudyView& view);

}  // namespace zerocell
