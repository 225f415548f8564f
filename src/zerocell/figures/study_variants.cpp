// Figure 3: the variants of one model beside each other.
#include <algorithm>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/study_pages.h"
#include "zerocell/figures/study_strip_chart.h"

namespace zerocell {
namespace {

struct Family {
  std::string name;
  std::vector<size_t> members;  ///< places of methods
};

/// Methods of the same kind, and controls with what they are the control of, controls first. Only families of
/// two and more.
std::vector<Family> families_of(const std::vector<StudyMethod>& methods) {
  std::vector<Family> families;
  for (size_t i = 0; i < methods.size(); ++i) {
    std::string kind = methods[i].method;
    for (const StudyMethod& other : methods)
      if (!methods[i].control_of.empty() && other.tag == methods[i].control_of) kind = other.method;
    auto family = std::ranges::find(families, kind, &Family::name);
    if (family == families.end()) family = families.insert(families.end(), {kind, {}});
    family->members.push_back(i);
  }
  std::erase_if(families, [](const Family& family) { return family.members.size() < 2; });
  for (Family& family : families)
    std::stable_partition(family.members.begin(), family.members.end(),
                          [&](size_t i) { return !methods[i].control_of.empty(); });
  return families;
}

std::string note_of(const StudyMethod& method) {
  if (method.control == "weights") return "untrained";
  if (method.control == "genes") return "shuffled genes";
  if (method.control == "values") return "shuffled values";
  return method.control;
}

}  // namespace

StudyPages figure_3(const StudyView& view) {
  const auto families = families_of(view.methods());
  if (families.empty()) return StudyPages::none("no model has two variants, nor a control");
  StudyPages pages;
  for (const Family& family : families) {
    ScoreGrids grids{{}, view.datasets(), {}};
    for (const size_t i : family.members)
      grids.rows.push_back({view.methods()[i].tag, note_of(view.methods()[i]), i});
    grids.grids.push_back(point_grid(view, grids.rows, grids.lanes, "avg_bio"));
    if (!grids.grids.front().any()) continue;
    StripChart chart;
    StripPanel panel;
    panel.title = view.metric_title("avg_bio");
    panel.axis = better_text(view.direction("avg_bio"));
    chart.panels.push_back(panel);
    chart.title = "AvgBIO of the variants of " + printable(family.name);
    chart.caption = "AvgBIO of " + counted(grids.rows.size(), "variant") + " of " + printable(family.name) +
                    ", controls first, on " + datasets_text(grids.lanes) + ".";
    if (grids.lanes.size() > 1) chart.caption += " Dashed lines and numbers: median over data sets.";
    chart.caption += whisker_text(grids) + absence_text(grids);
    pages.pages.push_back({families.size() > 1 ? family.name : "", chart.caption, strip_drawing(chart, grids),
                           points_csv(grids)});
  }
  if (pages.pages.empty()) return StudyPages::none("no variant has a value of avg_bio on any data set");
  return pages;
}

}  // namespace zerocell
