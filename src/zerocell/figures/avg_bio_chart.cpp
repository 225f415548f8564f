#include "zerocell/figures/avg_bio_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/axis.h"
#include "zerocell/figures/font.h"
#include "zerocell/figures/score_table.h"

namespace zerocell {
namespace {

constexpr double kMargin = 16, kPlotWidth = 400, kRowHeight = 31, kGroupGap = 10, kValueRoom = 52;
constexpr double kMaxNameWidth = 220, kCaptionLine = 13;
constexpr double kTitleSize = 14, kNameSize = 11, kTextSize = 9.5;
constexpr double kDotRise = 5, kPartsDrop = 7;  ///< from the middle of a row, so that the dot hides no part
constexpr double kLeastSpan = 0.1;  ///< of the axis, so that noise does not look like a difference

constexpr const char* kAvgBio = "avg_bio";
constexpr std::array<const char*, 3> kParts{"asw_label", "nmi", "ari"};

struct Row {
  std::string name;
  size_t colour = 0;  ///< place of the embedding in the run
  bool is_baseline = false;
  const Score* score = nullptr;  ///< never null
  std::array<std::optional<double>, kParts.size()> parts;
  bool is_best = false;
};

bool is_baseline(const Evaluation& evaluation, const std::string& tag) {
  for (const EmbeddingResult& embedding : evaluation.embeddings)
    if (embedding.tag == tag)
      return embedding.method == "hvg" || embedding.method == "all-genes" || embedding.method == "pca" ||
             embedding.method == "harmony" || embedding.method == "scvi";
  return false;
}

std::optional<size_t> column_of(const ScoreTable& table, const std::string& metric) {
  for (size_t i = 0; i < table.columns().size(); ++i)
    if (table.columns()[i].metric == metric) return i;
  return std::nullopt;
}

/// Embeddings in full dimensions that have a row for avg_bio, baselines first.
std::vector<Row> rows_of(const Evaluation& evaluation, const ScoreTable& table) {
  std::vector<Row> rows;
  const auto column = column_of(table, kAvgBio);
  if (!column) return rows;
  std::map<std::string, size_t> place;
  for (size_t i = 0; i < table.rows().size(); ++i) {
    const ScoreRow& entry = table.rows()[i];
    const size_t colour = place.emplace(entry.tag, place.size()).first->second;
    const Score* const score = table.at(i, *column);
    if (!entry.dims.empty() || score == nullptr) continue;
    Row row{entry.name, colour, is_baseline(evaluation, entry.tag), score, {}, table.is_best(i, *column)};
    for (size_t part = 0; part < kParts.size(); ++part)
      if (const auto at = column_of(table, kParts[part]))
        if (const Score* const value = table.at(i, *at)) row.parts[part] = value->value;
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.is_baseline > b.is_baseline; });
  return rows;
}

class AvgBioChart {
 public:
  explicit AvgBioChart(const Evaluation& evaluation)
      : evaluation_(evaluation), table_(evaluation, {}), rows_(rows_of(evaluation, table_)) {
    double low = INFINITY, high = -INFINITY;
    const auto include = [&](const std::optional<double>& value) {
      if (value) low = std::min(low, *value), high = std::max(high, *value);
    };
    for (const Row& row : rows_) {
      name_width_ =
          std::max(name_width_, text_width(fit_text(row.name, kMaxNameWidth, kNameSize), kNameSize));
      include(row.score->value);
      for (const auto& part : row.parts) include(part);
    }
    axis_ = axis_over(low, high, kLeastSpan);
  }

  Drawing draw() {
    drawing_.width = std::ceil(2 * kMargin + name_width_ + 10 + kPlotWidth + kValueRoom);
    drawing_.title = printable(evaluation_.dataset) + ": AvgBIO of every embedding";
    drawing_.description = avg_bio_caption(evaluation_);
    const double room = drawing_.width - 2 * kMargin;
    text(kMargin, kMargin + 12, fit_text(drawing_.title, room, kTitleSize, true),
         {.size = kTitleSize, .bold = true});
    key(kMargin + 32);
    const double top = kMargin + 46;
    double bottom = top + 4;
    std::vector<double> middles;
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (i > 0 && rows_[i - 1].is_baseline && !rows_[i].is_baseline) bottom += kGroupGap;
      middles.push_back(bottom + kRowHeight / 2);
      bottom += kRowHeight;
    }
    bottom += 4;
    frame(top, bottom);
    for (size_t i = 0; i < rows_.size() && !rows_.back().is_baseline; ++i)
      if (rows_[i].is_baseline && rows_[i].score->value) baseline(rows_[i], middles[i] - kDotRise, bottom);
    for (size_t i = 0; i < rows_.size(); ++i) row(rows_[i], middles[i]);
    double y = bottom + 40;
    for (const std::string& line : wrap_text(drawing_.description, room, kTextSize)) {
      text(kMargin, y + 8, line, {.size = kTextSize, .colour = kGrey});
      y += kCaptionLine;
    }
    drawing_.height = std::ceil(y + kMargin / 2);
    return std::move(drawing_);
  }

 private:
  void text(double x, double y, std::string words, TextStyle style) {
    drawing_.add(TextShape{x, y, std::move(words), style});
  }
  double left() const { return kMargin + name_width_ + 10; }
  double x_of(double value) const { return left() + axis_.share(value) * kPlotWidth; }

  /// Small mark of part `i`: a bar, an open square, an open circle. In the order circle, square, bar all
  /// three can be seen where they meet.
  void mark(size_t i, double x, double y) {
    if (i == 0)
      drawing_.add(LineShape{x, y - 4.5, x, y + 4.5, 1.6, kGrey});
    else if (i == 1)
      drawing_.add(BoxShape{{x - 3, y - 3, 6, 6}, std::nullopt, kGrey});
    else
      drawing_.add(DiscShape{x, y, 3.1, kPaper, kGrey, 1.1});
  }

  void key(double y) {
    double x = left();
    const auto name = [&](const std::string& words) {
      text(x + 9, y + 3.5, words, {.size = kTextSize, .colour = kGrey});
      x += 9 + text_width(words, kTextSize) + 20;
    };
    drawing_.add(DiscShape{x, y, 5, kInk, std::nullopt, 1});
    name("AvgBIO, the mean of");
    for (size_t i = 0; i < kParts.size(); ++i) {
      mark(i, x, y);
      name(kParts[i]);
    }
  }

  void frame(double top, double bottom) {
    for (const double tick : axis_.ticks()) {
      drawing_.add(LineShape{x_of(tick), top, x_of(tick), bottom, 0.7, kRule});
      text(x_of(tick), bottom + 13, axis_.tick_text(tick),
           {.size = kTextSize, .colour = kGrey, .anchor = Anchor::middle});
    }
    drawing_.add(BoxShape{{left(), top, kPlotWidth, bottom - top}, std::nullopt, kRule});
    text(left() + kPlotWidth / 2, bottom + 28, "score, higher is better →",
         {.size = kTextSize, .anchor = Anchor::middle});
  }

  void baseline(const Row& row, double top, double bottom) {
    const double x = x_of(*row.score->value);
    drawing_.add(LineShape{x, top, x, bottom, 1.3, mix(method_colour(row.colour), kPaper, 0.35)});
  }

  void row(const Row& row, double y) {
    text(left() - 10, y + 3.8, fit_text(row.name, kMaxNameWidth, kNameSize),
         {.size = kNameSize, .anchor = Anchor::end});
    const Score& score = *row.score;
    if (!score.value) {
      text(left() + kPlotWidth + 10, y + 3.8, score.status == ScoreStatus::failed ? "failed" : "n/a",
           {.size = kNameSize, .colour = kGrey});
      return;
    }
    const Colour colour = method_colour(row.colour);
    double low = INFINITY, high = -INFINITY;
    for (const auto& part : row.parts)
      if (part) low = std::min(low, *part), high = std::max(high, *part);
    if (low < high)
      drawing_.add(
          LineShape{x_of(low), y + kPartsDrop, x_of(high), y + kPartsDrop, 1.2, mix(colour, kPaper, 0.45)});
    for (size_t i = kParts.size(); i-- > 0;)
      if (row.parts[i]) mark(i, x_of(*row.parts[i]), y + kPartsDrop);
    drawing_.add(DiscShape{x_of(*score.value), y - kDotRise, 5.6, colour, kPaper, 1.2});
    text(left() + kPlotWidth + 10, y + 3.8, fmt::format("{:.3f}", *score.value),
         {.size = kNameSize, .colour = row.is_best ? kInk : kGrey, .bold = row.is_best});
  }

  const Evaluation& evaluation_;
  ScoreTable table_;
  std::vector<Row> rows_;
  Axis axis_;
  double name_width_ = 0;
  Drawing drawing_;
};

}  // namespace

bool has_avg_bio(const Evaluation& evaluation) {
  const ScoreTable table(evaluation, {});
  const auto rows = rows_of(evaluation, table);
  return std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.score->value.has_value(); });
}

std::string avg_bio_caption(const Evaluation& evaluation) {
  const ScoreTable table(evaluation, {});
  const auto rows = rows_of(evaluation, table);
  const auto n_baselines =
      std::count_if(rows.begin(), rows.end(), [](const Row& row) { return row.is_baseline; });
  std::string caption =
      "AvgBIO of every embedding of " + counted(evaluation.n_cells, "cell") +
      " in its own dimensions: the mean of asw_label, nmi and ari, which the small marks below show.";
  if (n_baselines > 0 && static_cast<size_t>(n_baselines) < rows.size())
    caption += " Vertical lines carry the values of the baselines down to the other embeddings.";
  if (rows.size() > 1) caption += " Bold: best.";
  return caption + " The axis spans the values shown.";
}

Drawing avg_bio_drawing(const Evaluation& evaluation) {
  return AvgBioChart(evaluation).draw();
}

}  // namespace zerocell
