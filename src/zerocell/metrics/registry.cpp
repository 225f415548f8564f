#include "zerocell/metrics/registry.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr auto kHigher = Direction::higher, kLower = Direction::lower;

std::vector<MetricInfo> make_table() {
  return {
      {"asw_label", "ASW label", "bio", kHigher, 0, 1,
       "How much nearer cells are to their own label than to the next one: (mean silhouette over labels + 1) "
       "/ 2. "
       "0.5 means labels overlap; 1 means compact, separate labels.",
       "Rousseeuw 1987; scib.metrics.silhouette"},
      {"nmi", "NMI", "bio", kHigher, 0, 1,
       "Agreement of clusters with labels: mutual information / mean of the two entropies. Clusters are the "
       "Louvain "
       "partition, of resolutions 0.1 to 2.0, that has the best NMI.",
       "Strehl, Ghosh 2002; scib.metrics.nmi with opt_louvain"},
      {"ari", "ARI", "bio", kHigher, -0.5, 1,
       "Agreement of clusters with labels over pairs of cells, 0 by chance: (I - E) / ((A + B) / 2 - E), "
       "where I is the "
       "number of pairs together in both, A and B in either, E = A B / all pairs. Same partition as NMI.",
       "Hubert, Arabie 1985; scib.metrics.ari"},
      {"avg_bio", "AvgBIO", "bio", kHigher, -1.0 / 6, 1, "Mean of nmi, ari and asw_label.",
       "Cui et al. 2024 (scGPT)"},
      {"nmi_fixed", "NMI at 1.0", "bio", kHigher, 0, 1,
       "NMI of the Louvain partition at resolution 1.0: the labels have no say in the choice of clusters.",
       "Strehl, Ghosh 2002"},
      {"ari_fixed", "ARI at 1.0", "bio", kHigher, -0.5, 1,
       "ARI of the Louvain partition at resolution 1.0: the labels have no say in the choice of clusters.",
       "Hubert, Arabie 1985"},
      {"asw_batch", "ASW batch", "batch", kHigher, 0, 1,
       "How well batches mix inside each label: mean over labels of the mean over cells of 1 - |silhouette "
       "over "
       "batches|. 1 means fully mixed.",
       "Luecken et al. 2022; scib.metrics.silhouette_batch"},
      {"asw_batch_global", "ASW batch, global", "batch", kLower, 0, 1,
       "How far batches lie apart, labels ignored: (mean silhouette over batches + 1) / 2. 0.5 means mixed; "
       "more means "
       "apart.",
       "scib.metrics.silhouette over batches"},
      {"pcr_batch", "PCR batch", "batch", kLower, 0, 1,
       "Share of variance that the batch explains: sum over principal components of R2 of the component on "
       "the batch, "
       "times its variance, / sum of the variances.",
       "Buettner et al. 2019; scib.metrics.pc_regression"},
      {"graph_connectivity", "Graph connectivity", "batch", kHigher, 0, 1,
       "Whether cells of a label hang together in the neighbour graph: mean over labels of cells in the "
       "largest "
       "connected component / cells of the label.",
       "Luecken et al. 2022; scib.metrics.graph_connectivity"},
      {"avg_batch", "AvgBATCH", "batch", kHigher, 0, 1, "Mean of asw_batch and graph_connectivity.",
       "Cui et al. 2024 (scGPT)"},
      {"bras", "BRAS", "batch", kHigher, 0, 1,
       "asw_batch with cosine distances and all other batches together in place of the nearest one: mean "
       "over labels "
       "of the mean over cells of 1 - |silhouette|. Reported under the convention scib-metrics.",
       "Rautenstrauch, Ohler 2025; scib_metrics.bras"},
  };
}

}  // namespace

std::span<const MetricInfo> metric_table() {
  static const std::vector<MetricInfo> table = make_table();
  return table;
}

const MetricInfo& metric_info(std::string_view name) {
  const auto table = metric_table();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const MetricInfo& m) { return m.name == name; });
  if (found == table.end()) throw Error::internal(fmt::format("no metric is called '{}'", name));
  return *found;
}

std::string no_interval_reason(std::string_view name) {
  const auto because = [&](std::string_view what) {
    return fmt::format("no interval: {} depends on {} that would have to be computed anew for every resample",
                       name, what);
  };
  if (name.starts_with("nmi") || name.starts_with("ari") || name == "avg_bio") return because("a clustering");
  if (name == "graph_connectivity" || name == "avg_batch") return because("a neighbour graph");
  if (name == "pcr_batch") return because("principal components");
  if (name == "bras") return because("group means");
  return "";
}

}  // namespace zerocell
