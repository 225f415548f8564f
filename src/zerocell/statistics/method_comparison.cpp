#include "zerocell/statistics/method_comparison.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "zerocell/statistics/sign_flip.h"

namespace zerocell {
namespace {

std::optional<double> longer_arm(double value, const std::optional<double>& low,
                                 const std::optional<double>& high) {
  if (!low || !high) return std::nullopt;
  return std::max({0.0, *high - value, value - *low});
}

/// Dimensions that "/pc30" names; 0 where it is no such suffix.
size_t dims_of(std::string_view suffix) {
  size_t dims = 0;
  if (suffix.starts_with("/pc")) std::from_chars(suffix.data() + 3, suffix.data() + suffix.size(), dims);
  return dims;
}

}  // namespace

NoisyValue noisy(const MethodValue& value) {
  if (value.sd) {
    const auto n = static_cast<double>(value.n_seeds);
    return {value.mean, t_quantile_of_mean(value.n_seeds) * *value.sd / std::sqrt(n), "seeds"};
  }
  NoisyValue out{value.mean, longer_arm(value.mean, value.low, value.high), ""};
  if (out.noise) out.noise_from = "interval";
  return out;
}

NoisyValue noisy(const Score& score) {
  NoisyValue out{*score.value, longer_arm(*score.value, score.low, score.high), ""};
  if (out.noise) out.noise_from = "interval";
  return out;
}

bool DatasetDifference::is_beyond_noise() const {
  return noise && difference != 0 && std::abs(difference) > *noise;
}

DatasetDifference difference_on(std::string dataset, NoisyValue a, NoisyValue b, Direction direction) {
  DatasetDifference out{std::move(dataset), std::move(a), std::move(b), 0, {}};
  out.difference = direction == Direction::higher ? out.a.value - out.b.value : out.b.value - out.a.value;
  // Intervals of two methods on the same cells move together, so this is wider than a paired interval.
  if (out.a.noise || out.b.noise) out.noise = std::hypot(out.a.noise.value_or(0), out.b.noise.value_or(0));
  return out;
}

void summarise(MethodComparison& comparison) {
  std::vector<double> differences;
  comparison.n_better = comparison.n_worse = comparison.n_tied = comparison.n_noise_unknown = 0;
  for (const auto& own : comparison.each) {
    differences.push_back(own.difference);
    if (own.difference == 0 || (own.noise && !own.is_beyond_noise())) {
      ++comparison.n_tied;
      continue;
    }
    ++(own.difference > 0 ? comparison.n_better : comparison.n_worse);
    if (!own.noise) ++comparison.n_noise_unknown;
  }
  comparison.p = sign_flip_p(differences);
  comparison.median_difference = median(std::move(differences));
}

std::vector<const StudyDataset*> independent_datasets(const StudyResults& study) {
  const auto base = [](const StudyDataset& dataset) -> const std::string& {
    return dataset.variant == StudyVariant::whole || dataset.variant_of.empty() ? dataset.name
                                                                                : dataset.variant_of;
  };
  std::vector<const StudyDataset*> chosen;
  for (const auto& dataset : study.datasets) {
    const auto same =
        std::ranges::find_if(chosen, [&](const auto* other) { return base(*other) == base(dataset); });
    if (same == chosen.end())
      chosen.push_back(&dataset);
    else if (dataset.variant == StudyVariant::whole)
      *same = &dataset;
  }
  return chosen;
}

std::string reduced_suffix(const StudyResults& study) {
  for (const auto& dataset : study.datasets)
    for (const auto& score : dataset.evaluation.scores) {
      const size_t cut = score.embedding.rfind("/pc");
      if (cut == std::string::npos || cut == 0) continue;
      std::string suffix = score.embedding.substr(cut);
      if (suffix == "/pc" + std::to_string(dims_of(suffix))) return suffix;
    }
  return "";
}

std::optional<MethodValue> value_in_view(const Evaluation& evaluation, std::string_view tag,
                                         std::string_view metric, std::string_view suffix) {
  auto value = method_value(evaluation, tag, metric, suffix);
  if (value || suffix.empty()) return value;
  value = method_value(evaluation, tag, metric, "");
  if (value && value->dims > 0 && value->dims <= dims_of(suffix)) return value;
  return std::nullopt;
}

MethodComparison compare_methods(const StudyResults& study, std::string_view a, std::string_view b,
                                 const ComparedMetric& metric) {
  MethodComparison out;
  out.a = a;
  out.b = b;
  for (const auto* dataset : independent_datasets(study)) {
    const auto of_a = value_in_view(dataset->evaluation, a, metric.name, metric.suffix);
    const auto of_b = value_in_view(dataset->evaluation, b, metric.name, metric.suffix);
    if (of_a && of_b && std::isfinite(of_a->mean) && std::isfinite(of_b->mean))
      out.each.push_back(difference_on(dataset->name, noisy(*of_a), noisy(*of_b), metric.direction));
    else
      out.missing.push_back(dataset->name);
  }
  summarise(out);
  return out;
}

std::vector<MethodComparison> compare_all_methods(const StudyResults& study, const ComparedMetric& metric) {
  std::vector<MethodComparison> all;
  for (size_t a = 0; a < study.methods.size(); ++a)
    for (size_t b = a + 1; b < study.methods.size(); ++b) {
      auto pair = compare_methods(study, study.methods[a].tag, study.methods[b].tag, metric);
      if (!pair.each.empty()) all.push_back(std::move(pair));
    }
  std::vector<std::optional<double>> p;
  for (const auto& pair : all) p.push_back(pair.p);
  const auto adjusted = holm_adjusted(p);
  for (size_t i = 0; i < all.size(); ++i) all[i].p_adjusted = adjusted[i];
  return all;
}

}  // namespace zerocell
