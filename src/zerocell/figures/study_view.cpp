#include "zerocell/figures/study_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zerocell/core/csv_field.h"
#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/score_table.h"

namespace zerocell {
namespace {

constexpr size_t kMostNamed = 8;

/// "tag" or "tag-s12".
bool is_seed_of(std::string_view tag, std::string_view method) {
  if (!tag.starts_with(method)) return false;
  const auto rest = tag.substr(method.size());
  if (rest.empty()) return true;
  return rest.size() > 2 && rest.starts_with("-s") &&
         rest.find_first_not_of("0123456789", 2) == std::string_view::npos;
}

/// What the scores themselves say of a missing value.
std::string reason_in_scores(const Evaluation& evaluation, std::string_view tag, std::string_view metric,
                             std::string_view suffix) {
  for (const auto& result : evaluation.embeddings) {
    if (result.group_tag() != tag) continue;
    for (const Score& score : evaluation.scores) {
      if (score.metric != metric || score.embedding != result.tag + std::string(suffix)) continue;
      if (!score.reason.empty()) return score.reason;
      if (score.status == ScoreStatus::ok) return "the value is not a finite number";
      return to_string(score.status);
    }
  }
  return "";
}

}  // namespace

StudyView::StudyView(const StudyResults& results, StudyVariant variant, std::span<const MetricInfo> metrics)
    : results_(&results), variant_(variant), metrics_(metrics) {
  for (const StudyDataset& dataset : results.datasets)
    if (dataset.variant == variant) datasets_.push_back(&dataset);
}

const StudyDataset* StudyView::find(std::string_view name) const {
  for (const StudyDataset& dataset : results_->datasets)
    if (dataset.name == name) return &dataset;
  return nullptr;
}

std::optional<MethodValue> StudyView::value(const StudyDataset& dataset, std::string_view tag,
                                            std::string_view metric, std::string_view suffix) const {
  auto value = method_value(dataset.evaluation, tag, metric, suffix);
  if (!value || !std::isfinite(value->mean)) return std::nullopt;
  for (auto* limit : {&value->low, &value->high})
    if (*limit && !std::isfinite(**limit)) limit->reset();
  return value;
}

std::string StudyView::why_absent(const StudyDataset& dataset, std::string_view tag, std::string_view metric,
                                  std::string_view suffix) const {
  if (auto reason = reason_in_scores(dataset.evaluation, tag, metric, suffix); !reason.empty()) return reason;
  for (const EmbeddingFailure& failure : dataset.evaluation.failures)
    if (is_seed_of(failure.tag, tag)) return failure.message;
  for (const StudyFailure& failure : results_->failures)
    if (failure.dataset == dataset.name && (failure.tag.empty() || is_seed_of(failure.tag, tag)))
      return failure.message;
  return "not computed";
}

bool StudyView::runs(std::string_view tag) const {
  return std::ranges::any_of(datasets_, [&](const StudyDataset* dataset) {
    const auto is_of_dataset = [&](const StudyFailure& failure) {
      return failure.dataset == dataset->name && !failure.tag.empty() && is_seed_of(failure.tag, tag);
    };
    const auto is_of_method = [&](const EmbeddingFailure& failure) { return is_seed_of(failure.tag, tag); };
    return std::ranges::any_of(dataset->evaluation.embeddings,
                               [&](const EmbeddingResult& result) { return result.group_tag() == tag; }) ||
           std::ranges::any_of(dataset->evaluation.failures, is_of_method) ||
           std::ranges::any_of(results_->failures, is_of_dataset);
  });
}

std::string StudyView::not_run_text() const {
  std::string tags;
  for (const StudyMethod& method : methods())
    if (!runs(method.tag)) tags += (tags.empty() ? "" : ", ") + printable(method.tag);
  return tags.empty() ? "" : " Not run on these cells: " + tags + ".";
}

std::string StudyView::metric_title(std::string_view metric) const {
  for (const MetricInfo& info : metrics_)
    if (info.name == metric && !info.title.empty()) return info.title;
  return std::string(metric);
}

Direction StudyView::direction(std::string_view metric) const {
  for (const MetricInfo& info : metrics_)
    if (info.name == metric) return info.direction;
  for (const StudyDataset* dataset : datasets_)
    for (const Score& score : dataset->evaluation.scores)
      if (score.metric == metric) return score.direction;
  return Direction::higher;
}

size_t n_in_use(const Categorical& groups) {
  const auto counts = groups.counts();
  return static_cast<size_t>(std::ranges::count_if(counts, [](size_t n) { return n > 0; }));
}

std::string reduced_suffix(const StudyView& view) {
  for (const StudyDataset* dataset : view.datasets())
    for (const Score& score : dataset->evaluation.scores)
      if (const auto [tag, dims] = split_reduced(score.embedding); !dims.empty()) return "/" + dims;
  return "";
}

std::optional<size_t> method_of_tag(const StudyResults& study, std::string_view tag) {
  for (size_t i = 0; i < study.methods.size(); ++i)
    if (study.methods[i].tag == tag) return i;
  for (size_t i = 0; i < study.methods.size(); ++i)
    if (is_seed_of(tag, study.methods[i].tag)) return i;
  return std::nullopt;
}

CsvLines::CsvLines(std::initializer_list<std::string_view> header) {
  if (header.size() > 0) add(std::vector<std::string>(header.begin(), header.end()));
}

void CsvLines::add(const std::vector<std::string>& fields) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) text_ += ',';
    text_ += csv_field(fields[i]);
  }
  text_ += '\n';
}

std::string csv_number(std::optional<double> value) {
  return value && std::isfinite(*value) ? fmt::format("{}", *value) : "";
}

std::string datasets_text(const std::vector<const StudyDataset*>& datasets) {
  std::string text;
  uint64_t n_cells = 0;
  for (const StudyDataset* dataset : datasets) {
    n_cells += dataset->evaluation.n_cells;
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", printable(dataset->name),
                        counted(dataset->evaluation.n_cells, "cell"));
  }
  if (datasets.size() <= kMostNamed) return text;
  return counted(datasets.size(), "data set") + " with " + counted(n_cells, "cell") + " together";
}

}  // namespace zerocell
