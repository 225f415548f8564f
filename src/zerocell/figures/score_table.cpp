#include "zerocell/figures/score_table.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace zerocell {
namespace {

using RowKey = std::pair<std::string, uint64_t>;  // embedding, seed

std::vector<RowKey> row_keys(const Evaluation& evaluation) {
  std::vector<std::string> names;
  for (const EmbeddingResult& embedding : evaluation.embeddings) names.push_back(embedding.tag);
  for (const Score& score : evaluation.scores) names.push_back(score.embedding);
  std::map<std::string, size_t> place;
  for (const std::string& name : names) place.emplace(name, place.size());
  std::set<RowKey> seen;
  std::vector<RowKey> keys;
  for (const Score& score : evaluation.scores)
    if (seen.insert({score.embedding, score.seed}).second) keys.push_back({score.embedding, score.seed});
  std::stable_sort(keys.begin(), keys.end(), [&](const RowKey& a, const RowKey& b) {
    const bool a_reduced = !split_reduced(a.first).second.empty();
    const bool b_reduced = !split_reduced(b.first).second.empty();
    return a_reduced != b_reduced ? b_reduced : place.at(a.first) < place.at(b.first);
  });
  return keys;
}

std::vector<ScoreColumn> columns_of(const Evaluation& evaluation, std::span<const MetricInfo> metrics) {
  std::vector<ScoreColumn> columns;
  std::set<std::string> present, known;
  for (const Score& score : evaluation.scores) present.insert(score.metric);
  for (const MetricInfo& metric : metrics)
    if (present.count(metric.name) && known.insert(metric.name).second)
      columns.push_back(
          {metric.name, metric.title.empty() ? metric.name : metric.title, metric.group, metric.direction});
  // Groups stay together even where the metric table mixes them.
  std::stable_sort(columns.begin(), columns.end(), [](const ScoreColumn& a, const ScoreColumn& b) {
    const auto rank = [](const std::string& group) { return group == "bio" ? 0 : group == "batch" ? 1 : 2; };
    return rank(a.group) < rank(b.group);
  });
  for (const Score& score : evaluation.scores)
    if (known.insert(score.metric).second)
      columns.push_back({score.metric, score.metric, "", score.direction});
  return columns;
}

}  // namespace

ScoreTable::ScoreTable(const Evaluation& evaluation, std::span<const MetricInfo> metrics)
    : columns_(columns_of(evaluation, metrics)) {
  const std::vector<RowKey> keys = row_keys(evaluation);
  std::map<RowKey, size_t> row_of;
  std::map<std::string, size_t> column_of, n_seeds;
  for (const RowKey& key : keys) {
    row_of.emplace(key, row_of.size());
    ++n_seeds[key.first];
  }
  for (size_t i = 0; i < columns_.size(); ++i) column_of.emplace(columns_[i].metric, i);
  for (const auto& [embedding, seed] : keys) {
    const auto [tag, dims] = split_reduced(embedding);
    const std::string suffix = n_seeds.at(embedding) > 1 ? " seed " + std::to_string(seed) : "";
    rows_.push_back({embedding + suffix, tag + suffix, dims, 0});
  }
  cells_.resize(rows_.size() * columns_.size());
  for (const Score& score : evaluation.scores) {
    const size_t row = row_of.at({score.embedding, score.seed});
    auto& cell = cells_[row * columns_.size() + column_of.at(score.metric)];
    if (!cell) cell = presentable(score);
    rows_[row].n_dims = std::max(rows_[row].n_dims, score.dims);
  }
}

bool ScoreTable::is_best(size_t row, size_t column) const {
  const Score* mine = at(row, column);
  if (mine == nullptr || !mine->value) return false;
  const double sign = columns_[column].direction == Direction::higher ? 1 : -1;
  bool differs = false;
  for (size_t i = 0; i < rows_.size(); ++i) {
    const Score* other = at(i, column);
    if (i == row || rows_[i].dims != rows_[row].dims || other == nullptr || !other->value) continue;
    if (sign * *other->value > sign * *mine->value) return false;
    differs |= *other->value != *mine->value;
  }
  return differs;
}

std::pair<std::string, std::string> split_reduced(const std::string& embedding) {
  const size_t slash = embedding.rfind("/pc");
  if (slash == std::string::npos || slash == 0 || slash + 3 == embedding.size()) return {embedding, ""};
  const bool digits = std::all_of(embedding.begin() + static_cast<std::ptrdiff_t>(slash) + 3, embedding.end(),
                                  [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return {embedding, ""};
  return {embedding.substr(0, slash), embedding.substr(slash + 1)};
}

Score presentable(Score score) {
  const bool value_ok = score.value && std::isfinite(*score.value);
  if (score.status == ScoreStatus::ok && !value_ok) {
    score.status = ScoreStatus::failed;
    score.reason = score.value ? "the value is not a finite number" : "there is no value";
  }
  const bool limits_ok = score.low && score.high && std::isfinite(*score.low) && std::isfinite(*score.high);
  if (score.status != ScoreStatus::ok) score.value.reset();
  if (score.status != ScoreStatus::ok || !limits_ok) {
    score.low.reset();
    score.high.reset();
  }
  return score;
}

std::string group_title(const std::string& group) {
  return group == "bio"              ? "Cell types"
         : group == "batch"          ? "Batches"
         : group == "reconstruction" ? "Reconstruction"
         : group == "bin_mse"        ? "Squared error of bins"
         : group == "bin_mae"        ? "Absolute error of bins"
         : group == "bin_mre"        ? "Relative error of bins"
                                     : "Other";
}

}  // namespace zerocell
