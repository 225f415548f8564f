#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zerocell/statistics/study_verdicts.h"
#include "zerocell/statistics/verdict_words.h"

namespace zerocell {
namespace {

bool has_known_noise(const MethodComparison& comparison) {
  return std::ranges::any_of(comparison.each, [](const auto& own) { return own.noise.has_value(); });
}

}  // namespace

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::confirmed:
      return "confirmed";
    case Verdict::refuted:
      return "refuted";
    case Verdict::not_distinguishable:
      return "not distinguishable";
    case Verdict::not_tested:
      break;
  }
  return "not tested";
}

Verdict verdict_of(const MethodComparison& comparison, const VerdictOptions& options) {
  if (!has_known_noise(comparison) && !comparison.p_adjusted) return Verdict::not_tested;
  if (comparison.each.size() < options.min_datasets) return Verdict::not_distinguishable;
  const auto all_beyond = [&](double sign) {
    return std::ranges::all_of(
        comparison.each, [&](const auto& own) { return sign * own.difference > 0 && own.is_beyond_noise(); });
  };
  if (all_beyond(1)) return Verdict::confirmed;
  if (all_beyond(-1)) return Verdict::refuted;
  if (comparison.p_adjusted && *comparison.p_adjusted <= options.significance) {
    // The mean is away from 0; where the median does not agree, single data sets make it so.
    if (*comparison.median_difference > 0 && comparison.n_better > comparison.n_worse)
      return Verdict::confirmed;
    if (*comparison.median_difference < 0 && comparison.n_worse > comparison.n_better)
      return Verdict::refuted;
  }
  return Verdict::not_distinguishable;
}

Verdict verdict_of_nearness(const MethodComparison& comparison, const std::vector<double>& limits,
                            const VerdictOptions& options) {
  if (!has_known_noise(comparison)) return Verdict::not_tested;
  if (comparison.each.size() < options.min_datasets) return Verdict::not_distinguishable;
  bool near = true, far = true;
  for (size_t i = 0; i < comparison.each.size(); ++i) {
    const auto& own = comparison.each[i];
    const double distance = std::abs(own.difference);
    near = near && own.noise && distance + *own.noise <= limits[i];
    far = far && own.noise && distance - *own.noise > limits[i];
  }
  if (near) return Verdict::confirmed;
  return far ? Verdict::refuted : Verdict::not_distinguishable;
}

Verdict combined(const std::vector<Verdict>& verdicts, bool one_refutes) {
  const auto n = [&](Verdict wanted) { return static_cast<size_t>(std::ranges::count(verdicts, wanted)); };
  const size_t n_tested = verdicts.size() - n(Verdict::not_tested);
  if (n_tested == 0) return Verdict::not_tested;
  if (n(Verdict::confirmed) == n_tested) return Verdict::confirmed;
  if (n(Verdict::refuted) == n_tested) return Verdict::refuted;
  if (one_refutes && n(Verdict::refuted) > 0) return Verdict::refuted;
  return Verdict::not_distinguishable;
}

std::string number_text(double value) {
  // Scores have three places; squared errors of bins are in the hundreds.
  if (std::abs(value) >= 100) return fmt::format("{:.1f}", value);
  std::string text = fmt::format("{:.3f}", value);
  return text == "-0.000" ? "0.000" : text;
}

std::string metric_words(std::string_view name) {
  if (name == "asw_label") return "ASW label";
  if (name == "avg_bio") return "AvgBIO";
  return name == "asw_batch" ? "ASW batch" : std::string(name);
}

std::string plural_text(size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string list_text(const std::vector<std::string>& names) {
  std::string out;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " and " : ", ";
    out += names[i];
  }
  return out;
}

std::string counts_text(const MethodComparison& comparison) {
  const size_t n = comparison.each.size();
  std::vector<std::string> parts;
  const auto add = [&](size_t count, const char* what) {
    if (count > 0) parts.push_back(fmt::format("{} on {}", what, count));
  };
  add(comparison.n_better, "better");
  add(comparison.n_worse, "worse");
  add(comparison.n_tied, "within noise");
  std::string out = fmt::format("{} of {}", list_text(parts), plural_text(n, "data set"));
  if (comparison.n_noise_unknown > 0)
    out += fmt::format(" ({} without seeds or interval, so by sign alone)", comparison.n_noise_unknown);
  return out;
}

std::string comparison_words(const MethodComparison& comparison, const VerdictOptions& options) {
  if (comparison.each.empty())
    return fmt::format("{} and {} have no data set in common.", comparison.a, comparison.b);
  std::string out = fmt::format("{} against {}: {}, median difference {}", comparison.a, comparison.b,
                                counts_text(comparison), number_text(*comparison.median_difference));
  if (comparison.p)
    out += fmt::format("; sign-flip p = {:.3g}, adjusted {:.3g}", *comparison.p,
                       comparison.p_adjusted.value_or(*comparison.p));
  if (comparison.each.size() < options.min_datasets)
    out += fmt::format("; fewer than {} data sets decide nothing", options.min_datasets);
  if (!comparison.missing.empty()) out += fmt::format("; no value on {}", list_text(comparison.missing));
  return out + ".";
}

}  // namespace zerocell
