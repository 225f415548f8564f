#include "zerocell/report/label_profile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace zerocell {
namespace {

void mean_silhouettes(const Categorical& labels, std::span<const float> silhouette, LabelProfile& profile) {
  std::vector<double> sum(labels.n_categories(), 0);
  std::vector<size_t> n(labels.n_categories(), 0);
  for (size_t i = 0; i < silhouette.size(); ++i) {
    const int32_t label = labels.codes[i];
    if (label < 0 || std::isnan(silhouette[i])) continue;
    sum[label] += silhouette[i];
    ++n[label];
  }
  for (size_t label = 0; label < n.size(); ++label)
    if (n[label] > 0) profile.silhouette[label] = sum[label] / static_cast<double>(n[label]);
}

void mixtures(const Categorical& labels, std::span<const int32_t> cluster, LabelProfile& profile) {
  std::map<std::pair<int32_t, int32_t>, size_t> shared;  // (cluster, label) -> cells
  for (size_t i = 0; i < cluster.size(); ++i)
    if (cluster[i] >= 0 && labels.codes[i] >= 0) ++shared[{cluster[i], labels.codes[i]}];

  std::map<int32_t, std::pair<int32_t, size_t>> ruler;  // cluster -> (label, its cells)
  for (const auto& [key, count] : shared) {
    auto& best = ruler[key.first];
    if (count > best.second) best = {key.second, count};
  }
  const size_t n_labels = labels.n_categories();
  std::vector<size_t> total(n_labels, 0), foreign(n_labels, 0), most(n_labels, 0);
  std::map<std::pair<int32_t, int32_t>, size_t> under;  // (label, ruling label) -> cells
  for (const auto& [key, count] : shared) {
    const auto [c, label] = key;
    total[label] += count;
    const int32_t rules = ruler[c].first;
    if (rules == label) continue;
    foreign[label] += count;
    const size_t cells = under[{label, rules}] += count;
    if (cells > most[label]) {
      most[label] = cells;
      profile.mixed_with[label] = rules;
    }
  }
  for (size_t label = 0; label < n_labels; ++label)
    if (total[label] > 0)
      profile.mixed_share[label] = static_cast<double>(foreign[label]) / static_cast<double>(total[label]);
}

}  // namespace

LabelProfile label_profile(const Categorical& labels, std::span<const float> silhouette,
                           std::span<const int32_t> cluster) {
  const size_t n_labels = labels.n_categories();
  LabelProfile profile{std::vector<double>(n_labels, std::numeric_limits<double>::quiet_NaN()),
                       std::vector<int32_t>(n_labels, -1), std::vector<double>(n_labels, 0)};
  mean_silhouettes(labels, silhouette, profile);
  mixtures(labels, cluster, profile);
  return profile;
}

}  // namespace zerocell
