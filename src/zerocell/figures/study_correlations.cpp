// Figure 8: correlation of true and predicted rank in every cell, average rank beside each model.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zerocell/core/number_text.h"
#include "zerocell/core/reconstruction_summary.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/axis.h"
#include "zerocell/figures/font.h"
#include "zerocell/figures/study_key.h"
#include "zerocell/figures/study_look.h"
#include "zerocell/figures/study_pages.h"
#include "zerocell/figures/study_reconstruction.h"
#include "zerocell/figures/tick_step.h"

namespace zerocell {
namespace {

constexpr double kMargin = 12, kAxisRoom = 46, kPlotHeight = 250, kTop = 24;
constexpr double kTitleSize = 13, kTextSize = 9.5, kNameSize = 10, kNameLine = 12;
constexpr double kGroupGap = 20, kPairGap = 6, kRoomForPairs = 580, kLeastGroup = 84;
constexpr Colour kBaseline{0xa8, 0xa8, 0xa8};

struct Violin {
  size_t method = 0;
  bool is_baseline = false;
  Distribution values;
};

struct Group {
  const StudyDataset* dataset = nullptr;
  std::vector<Violin> violins;  ///< baseline and model in turn
};

std::vector<Group> groups_of(const StudyView& view) {
  std::vector<Group> groups;
  for (const StudyReconstruction& one : reconstructions_of(view, "rank")) {
    const Reconstruction& reconstruction = *one.dataset->reconstruction;
    const auto summaries = column_summaries(reconstruction);
    const auto& columns = summaries[static_cast<size_t>(one.result - reconstruction.results.data())];
    const auto find = [&](const char* name) {
      const auto found = std::ranges::find(columns, name, &ColumnSummary::name);
      return found == columns.end() ? Distribution{} : found->values;
    };
    Violin average{one.method, true, find("rank_correlation_mean_rank")};
    Violin model{one.method, false, find("rank_correlation")};
    if (!average.values.quartiles && !model.values.quartiles) continue;
    if (groups.empty() || groups.back().dataset != one.dataset) groups.push_back({one.dataset, {}});
    groups.back().violins.push_back(std::move(average));
    groups.back().violins.push_back(std::move(model));
  }
  return groups;
}

class ViolinPainter {
 public:
  ViolinPainter(const StudyView& view, const std::vector<Group>& groups) : view_(view), groups_(groups) {
    double low = 1, high = -1;
    size_t most = 0;
    for (const Group& group : groups) {
      most = std::max(most, group.violins.size());
      for (const Violin& violin : group.violins)
        if (const auto& q = violin.values.quartiles)
          low = std::min(low, q->lowest), high = std::max(high, q->highest);
    }
    axis_.low = std::floor(10 * low - 0.1) / 10;
    axis_.high = std::min(1.0, std::ceil(10 * high + 0.1) / 10);
    axis_.step = tick_step(0.6 * (axis_.high - axis_.low));
    const double n_pairs = static_cast<double>(most) / 2, n_sets = static_cast<double>(groups.size());
    violin_ = std::clamp(((kRoomForPairs / n_sets - kGroupGap) / n_pairs - kPairGap) / 2, 12.0, 34.0);
    group_ = std::max(kLeastGroup, n_pairs * (2 * violin_ + kPairGap) + kGroupGap);
  }

  Drawing draw(const std::string& caption) {
    drawing_.title = "Rank correlation of every cell";
    drawing_.description = caption;
    const double plot = std::max(200.0, group_ * static_cast<double>(groups_.size()));
    group_ = plot / static_cast<double>(groups_.size());
    drawing_.width = std::ceil(2 * kMargin + kAxisRoom + plot);
    text(kMargin, kMargin + 11, drawing_.title, {.size = kTitleSize, .bold = true});
    const Box box{kMargin + kAxisRoom, kMargin + kTop, plot, kPlotHeight};
    axis(box);
    double bottom = box.bottom();
    for (size_t i = 0; i < groups_.size(); ++i)
      bottom = std::max(bottom, group(groups_[i], box.x + static_cast<double>(i) * group_, box));
    drawing_.add(BoxShape{box, std::nullopt, kGrey});
    const double y = draw_key(drawing_, "", key(), {kMargin, bottom + 10, drawing_.width - 2 * kMargin, 0});
    drawing_.height = std::ceil(y + kMargin);
    return std::move(drawing_);
  }

 private:
  void text(double x, double y, std::string words, TextStyle style) {
    drawing_.add(TextShape{x, y, std::move(words), style});
  }
  double y_of(const Box& box, double value) const { return box.bottom() - axis_.share(value) * box.height; }

  void axis(const Box& box) {
    for (const double tick : axis_.ticks()) {
      const double y = y_of(box, tick);
      drawing_.add(LineShape{box.x, y, box.right(), y, 0.7, kRule});
      text(box.x - 6, y + 3.5, axis_.tick_text(tick), {.size = kTextSize, .anchor = Anchor::end});
    }
    text(kMargin + 9, box.y + box.height / 2, "correlation of true and predicted rank",
         {.size = kTextSize, .anchor = Anchor::middle, .upward = true});
  }

  /// The violins of a data set and its name; returns where the name ends.
  double group(const Group& group, double left, const Box& box) {
    if (left > box.x) drawing_.add(LineShape{left, box.y, left, box.bottom(), 0.7, kRule});
    const double n_pairs = static_cast<double>(group.violins.size()) / 2;
    double x = left + (group_ - n_pairs * (2 * violin_ + kPairGap) + kPairGap) / 2;
    for (const Violin& one : group.violins) {
      violin(one, x + violin_ / 2, box);
      x += violin_ + (one.is_baseline ? 0 : kPairGap);
    }
    auto lines = wrap_text(printable(group.dataset->name), group_ - 6, kNameSize);
    if (lines.size() > 4) lines = {fit_text(group.dataset->name, group_ - 6, kNameSize)};
    lines.push_back("n = " + with_commas(group.dataset->reconstruction->n_cells));
    double y = box.bottom() + 14;
    for (size_t i = 0; i < lines.size(); ++i, y += kNameLine)
      text(left + group_ / 2, y, lines[i],
           {.size = i + 1 < lines.size() ? kNameSize : kTextSize - 0.5,
            .colour = i + 1 < lines.size() ? kInk : kGrey,
            .anchor = Anchor::middle});
    return y - kNameLine + 4;
  }

  void violin(const Violin& one, double middle, const Box& box) {
    const Distribution& values = one.values;
    if (!values.quartiles) {
      text(middle, box.bottom() - 4, "n/a", {.size = kTextSize, .colour = kGrey, .anchor = Anchor::middle});
      return;
    }
    const Colour colour = one.is_baseline ? kBaseline : method_look(one.method).colour;
    outline(values, colour, middle, box);
    const Quartiles& q = *values.quartiles;
    const double half = std::max(2.0, violin_ * 0.09);
    drawing_.add(BoxShape{
        {middle - half, y_of(box, q.q3), 2 * half, y_of(box, q.q1) - y_of(box, q.q3)}, kInk, std::nullopt});
    drawing_.add(DiscShape{middle, y_of(box, q.median), half + 0.8, kPaper, kInk, 1});
  }

  /// Both sides of the histogram, through the middles of the bins between the lowest and the highest value.
  void outline(const Distribution& values, Colour colour, double middle, const Box& box) {
    const auto n = static_cast<double>(values.counts.size());
    const double most = static_cast<double>(*std::ranges::max_element(values.counts));
    std::vector<std::pair<double, double>> right, left;
    const auto add = [&](double value, double count) {
      const double half = std::max(0.4, violin_ * 0.46 * count / most), y = y_of(box, value);
      right.emplace_back(middle + half, y);
      left.emplace_back(middle - half, y);
    };
    const Quartiles& q = *values.quartiles;
    add(q.lowest, 0);
    for (size_t i = 0; i < values.counts.size(); ++i) {
      const double value = values.low + (values.high - values.low) * (static_cast<double>(i) + 0.5) / n;
      if (value > q.lowest && value < q.highest) add(value, static_cast<double>(values.counts[i]));
    }
    add(q.highest, 0);
    right.insert(right.end(), left.rbegin(), left.rend());
    drawing_.add(PolygonShape{std::move(right), mix(colour, kPaper, 0.25), darker(colour), 0.8});
  }

  std::vector<KeyEntry> key() const {
    std::vector<KeyEntry> entries;
    const auto swatch = [&](const std::string& name, Colour colour) {
      entries.push_back({name, [colour](Drawing& d, double x, double y) {
                           d.add(
                               PolygonShape{{{x - 7, y - 5}, {x + 7, y - 5}, {x + 7, y + 5}, {x - 7, y + 5}},
                                            mix(colour, kPaper, 0.25),
                                            darker(colour),
                                            0.8});
                         }});
    };
    swatch("average rank of each gene (left)", kBaseline);
    std::vector<size_t> seen;
    for (const Group& group : groups_)
      for (const Violin& one : group.violins)
        if (std::ranges::find(seen, one.method) == seen.end()) seen.push_back(one.method);
    std::ranges::sort(seen);
    for (const size_t method : seen)
      swatch(view_.methods()[method].tag + " (right)", method_look(method).colour);
    entries.push_back({"quartiles, median", [](Drawing& d, double x, double y) {
                         d.add(BoxShape{{x - 2.5, y - 6, 5, 12}, kInk, std::nullopt});
                         d.add(DiscShape{x, y, 3.1, kPaper, kInk, 1});
                       }});
    return entries;
  }

  const StudyView& view_;
  const std::vector<Group>& groups_;
  Axis axis_;
  double violin_ = 0, group_ = 0;
  Drawing drawing_;
};

std::string violins_csv(const StudyView& view, const std::vector<Group>& groups) {
  CsvLines csv{"dataset", "method", "predictor", "n_cells", "n_missing", "mean",
               "lowest",  "q1",     "median",    "q3",      "highest"};
  for (const Group& group : groups)
    for (const Violin& one : group.violins) {
      std::vector<std::string> fields{group.dataset->name, view.methods()[one.method].tag,
                                      one.is_baseline ? "average rank" : "model",
                                      std::to_string(one.values.n), std::to_string(one.values.n_missing)};
      if (const auto& q = one.values.quartiles)
        for (const double value : {one.values.mean, q->lowest, q->q1, q->median, q->q3, q->highest})
          fields.push_back(csv_number(value));
      else
        fields.resize(fields.size() + 6);
      csv.add(fields);
    }
  return std::move(csv).text();
}

}  // namespace

StudyPages figure_8(const StudyView& view) {
  const auto groups = groups_of(view);
  if (groups.empty()) return StudyPages::none("no model predicted ranks, or no cell has a correlation");
  uint64_t missing = 0;
  std::vector<const StudyDataset*> datasets;
  for (const Group& group : groups) {
    datasets.push_back(group.dataset);
    for (const Violin& one : group.violins) missing += one.values.n_missing;
  }
  std::string caption =
      "Correlation of true and predicted rank over the genes of a cell: the average rank of each gene over "
      "all cells "
      "(left of each pair, grey) and the model (right), on " +
      reconstructed_text(datasets) +
      ". Shapes: share of the cells at each correlation, each as wide at its peak, from lowest to highest; "
      "bar: "
      "quartiles; dot: median.";
  if (missing > 0) caption += " Cells without a correlation, over all shapes: " + with_commas(missing) + ".";
  StudyPages pages;
  pages.pages.push_back({"", caption, ViolinPainter(view, groups).draw(caption), violins_csv(view, groups)});
  return pages;
}

}  // namespace zerocell
