#pragma once
#include <string>
#include <string_view>

#include "zerocell/core/data_frame.h"

namespace zerocell {

/// Whose definitions the scores follow where programs differ (option --convention).
enum class Convention { zerocell, scib, scib_metrics, paper };

/// The name that users type: "zerocell", "scib", "scib-metrics", "paper".
std::string to_string(Convention convention);
/// Throws Error(usage) for a name that is none of them.
Convention parse_convention(std::string_view name);

/// What becomes of a score that the data does not define.
enum class UndefinedScore { row_with_reason, nan, left_out };

/// The graph that graph_connectivity looks at.
enum class ConnectivityGraph {
  fuzzy,             ///< the symmetric fuzzy graph, connected components
  directed_distance  ///< arcs to the k nearest neighbours, strongly connected components
};

/// The rules of one convention that concern the metrics.
struct ConventionRules {
  bool missing_labels_allowed;  ///< true: such cells are left out of label scores; false: an error
  UndefinedScore undefined;
  ConnectivityGraph connectivity_graph;
  size_t n_neighbors;     ///< of the neighbour graph, the cell itself included
  bool bras;              ///< bras is reported beside asw_batch
  bool kmeans_clusters;   ///< nmi and ari rest on k-means with k = number of labels
  bool fixed_resolution;  ///< nmi_fixed and ari_fixed are reported
};

const ConventionRules& rules(Convention convention);

/// Throws Error(data) if the convention does not allow missing labels or batches and `column` has some.
void check_missing(Convention convention, const std::string& name, const Categorical& column);

}  // namespace zerocell
