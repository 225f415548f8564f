#pragma once
#include <span>
#include <string_view>

#include "zerocell/metrics/metric_value.h"

namespace zerocell {

struct NamedValue {
  std::string_view name;
  const MetricValue& value;
};

/// Unweighted mean of scores; undefined as soon as one of them is, with its name and reason. n_cells is the
/// least of theirs. avg_bio = mean(nmi, ari, asw_label); avg_batch = mean(asw_batch, graph_connectivity),
/// scGPT's AvgBIO and AvgBATCH (Cui et al. 2024).
MetricValue average(std::span<const NamedValue> scores);

MetricValue avg_bio(const MetricValue& nmi, const MetricValue& ari, const MetricValue& asw_label);
MetricValue avg_batch(const MetricValue& asw_batch, const MetricValue& graph_connectivity);

}  // namespace zerocell
