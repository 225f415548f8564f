#include "zerocell/core/study_results.h"

#include <algorithm>
#include <cmath>

namespace zerocell {
namespace {

/// The suffix of a score's embedding behind its tag ("" or "/pc30"); nothing where it is of another tag.
std::optional<std::string_view> suffix_behind(const Score& score, const EmbeddingResult& result) {
  const std::string_view name = score.embedding;
  if (!name.starts_with(result.tag)) return std::nullopt;
  const auto rest = name.substr(result.tag.size());
  if (rest.empty() || rest.starts_with("/pc")) return rest;
  return std::nullopt;
}

MethodValue over_seeds(const std::vector<const Score*>& scores) {
  MethodValue out;
  out.n_seeds = scores.size();
  out.n_cells = scores.front()->n_cells;
  out.dims = scores.front()->dims;
  out.lowest = out.highest = *scores.front()->value;
  double sum = 0;
  for (const auto* score : scores) {
    sum += *score->value;
    out.lowest = std::min(out.lowest, *score->value);
    out.highest = std::max(out.highest, *score->value);
    out.n_cells = std::min(out.n_cells, score->n_cells);
  }
  const auto n = static_cast<double>(scores.size());
  out.mean = sum / n;
  if (scores.size() == 1) {
    out.low = scores.front()->low;
    out.high = scores.front()->high;
    return out;
  }
  double squares = 0;
  for (const auto* score : scores) squares += (*score->value - out.mean) * (*score->value - out.mean);
  out.sd = std::sqrt(squares / (n - 1));
  return out;
}

}  // namespace

std::string to_string(StudyVariant variant) {
  switch (variant) {
    case StudyVariant::sample:
      return "sample";
    case StudyVariant::without_overlap:
      return "without overlap";
    case StudyVariant::whole:
      break;
  }
  return "whole";
}

std::optional<MethodValue> method_value(const Evaluation& evaluation, std::string_view tag,
                                        std::string_view metric, std::string_view suffix) {
  std::vector<const Score*> scores;
  for (const auto& result : evaluation.embeddings) {
    if (result.group_tag() != tag) continue;
    for (const auto& score : evaluation.scores)
      if (score.metric == metric && score.status == ScoreStatus::ok && score.value &&
          suffix_behind(score, result) == suffix)
        scores.push_back(&score);
  }
  if (scores.empty()) return std::nullopt;
  return over_seeds(scores);
}

std::vector<SeedSpread> seed_spreads(const Evaluation& evaluation) {
  std::vector<SeedSpread> spreads;
  std::vector<std::string> groups;
  for (const auto& result : evaluation.embeddings)
    if (std::ranges::find(groups, result.group_tag()) == groups.end()) groups.push_back(result.group_tag());
  for (const auto& group : groups) {
    const auto first = std::ranges::find_if(evaluation.embeddings,
                                            [&](const auto& result) { return result.group_tag() == group; });
    const auto n = std::ranges::count_if(evaluation.embeddings,
                                         [&](const auto& result) { return result.group_tag() == group; });
    if (n < 2) continue;
    // The metrics of one seed in their order stand for those of all.
    for (const auto& score : evaluation.scores) {
      const auto suffix = suffix_behind(score, *first);
      if (!suffix) continue;
      if (auto value = method_value(evaluation, group, score.metric, *suffix))
        spreads.push_back({group + std::string(*suffix), score.metric, std::move(*value)});
    }
  }
  return spreads;
}

std::optional<MethodCost> method_cost(const Evaluation& evaluation, std::string_view tag) {
  MethodCost cost;
  double n = 0;
  for (const auto& result : evaluation.embeddings) {
    if (result.group_tag() != tag || result.stages.empty()) continue;
    n += 1;
    // The first stage is the embedding as a whole; those that follow are its parts and the scoring.
    const auto& stage = result.stages.front();
    cost.seconds += stage.seconds;
    cost.peak_bytes = std::max(cost.peak_bytes, stage.peak_bytes);
  }
  if (n == 0) return std::nullopt;
  cost.seconds /= n;
  if (cost.seconds > 0) cost.cells_per_second = static_cast<double>(evaluation.n_cells) / cost.seconds;
  return cost;
}

std::optional<double> median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  const size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace zerocell
