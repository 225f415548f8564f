#include "zerocell/metrics/convention.h"

#include <array>

#include <fmt/format.h>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

struct Entry {
  Convention convention;
  std::string_view name;
  ConventionRules rules;
};

constexpr auto kFuzzy = ConnectivityGraph::fuzzy;
constexpr std::array<Entry, 4> kConventions{{
    {Convention::zerocell,
     "zerocell",
     {true, UndefinedScore::row_with_reason, kFuzzy, 15, false, false, true}},
    {Convention::scib, "scib", {false, UndefinedScore::nan, kFuzzy, 15, false, false, false}},
    {Convention::scib_metrics,
     "scib-metrics",
     {false, UndefinedScore::nan, ConnectivityGraph::directed_distance, 90, true, true, false}},
    {Convention::paper, "paper", {false, UndefinedScore::left_out, kFuzzy, 15, false, false, false}},
}};

const Entry& entry(Convention convention) {
  return kConventions.at(static_cast<size_t>(convention));
}

}  // namespace

std::string to_string(Convention convention) {
  return std::string(entry(convention).name);
}

Convention parse_convention(std::string_view name) {
  for (const Entry& e : kConventions)
    if (e.name == name) return e.convention;
  throw Error::usage(
      {"--convention", "zerocell, scib, scib-metrics or paper", fmt::format("'{}'", name), ""});
}

const ConventionRules& rules(Convention convention) {
  return entry(convention).rules;
}

void check_missing(Convention convention, const std::string& name, const Categorical& column) {
  const size_t n = column.n_missing();
  if (n == 0 || rules(convention).missing_labels_allowed) return;
  throw Error::data({fmt::format("obs column '{}'", name),
                     fmt::format("a value for every cell, as the convention {} asks", to_string(convention)),
                     fmt::format("{} of {} cells without one", n, column.codes.size()),
                     "fill them, leave the cells out with --where, or use the convention zerocell"});
}

}  // namespace zerocell
