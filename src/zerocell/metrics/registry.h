#pragma once
#include <span>
#include <string>
#include <string_view>

#include "zerocell/core/evaluation.h"

namespace zerocell {

/// Every metric that is implemented, in the order in which tables show them.
std::span<const MetricInfo> metric_table();

/// The row of a metric; throws Error(internal) for a name that is not in the table.
const MetricInfo& metric_info(std::string_view name);

/// Why a metric has no interval; empty for the silhouette scores, which have one.
std::string no_interval_reason(std::string_view name);

}  // namespace zerocell
