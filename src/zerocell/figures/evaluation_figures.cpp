#include "zerocell/figures/evaluation_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/avg_bio_chart.h"
#include "zerocell/figures/render.h"
#include "zerocell/figures/score_chart.h"
#include "zerocell/figures/training_figure.h"
#include "zerocell/figures/umap_figure.h"

namespace zerocell {
namespace {

Figure rendered(std::string name, std::string caption, const Drawing& drawing) {
  return {std::move(name), std::move(caption), to_svg(drawing), to_png(drawing)};
}

bool has_umap(const EmbeddingResult& embedding) {
  return embedding.umap.n_rows() > 0;
}

/// "asw_label 0.512, nmi 0.731" of those metrics that have a value for the embedding.
std::string scores_line(const Evaluation& evaluation, const std::string& tag,
                        const std::vector<std::string>& metrics) {
  std::string line;
  for (const std::string& metric : metrics)
    for (const Score& score : evaluation.scores)
      if (score.embedding == tag && score.metric == metric && score.value &&
          score.status == ScoreStatus::ok) {
        line += fmt::format("{}{} {:.3f}", line.empty() ? "" : ", ", metric, *score.value);
        break;
      }
  return line;
}

constexpr const char* kHowDrawn =
    "UMAP of each embedding, the same scale on both axes; cells in random order, so that no group hides "
    "another.";

Figure groups_figure(const Evaluation& evaluation, const std::string& kind, const std::string& column,
                     const Categorical& groups, const std::vector<std::string>& metrics) {
  const std::string what = kind == "label" ? "cell type" : kind;
  UmapFigure figure;
  figure.title = printable(evaluation.dataset) + ": cells by " + what;
  figure.caption = std::string(kHowDrawn) + " Coloured by " + what + " (obs column '" + printable(column) +
                   "', " + counted(groups.n_categories(), "group") + ").";
  if (const size_t missing = groups.n_missing(); missing > 0)
    figure.caption += " " + counted(missing, "cell") + " without a value in grey.";
  figure.legend = group_legend(column.empty() ? what : column, groups);
  for (const EmbeddingResult& embedding : evaluation.embeddings)
    if (has_umap(embedding))
      figure.panels.push_back({embedding.tag, scores_line(evaluation, embedding.tag, metrics),
                               &embedding.umap, groups.codes, group_colours(groups.n_categories()), false});
  return rendered("umap_" + kind, figure.caption, umap_drawing(figure));
}

Figure cluster_figure(const Evaluation& evaluation) {
  UmapFigure figure;
  figure.title = printable(evaluation.dataset) + ": cells by cluster";
  figure.caption = std::string(kHowDrawn) + " Coloured and numbered by Louvain cluster.";
  if (!evaluation.labels.codes.empty())
    figure.caption +=
        " A cluster has the colour of the cell type that it shares most cells with, each type once.";
  for (const EmbeddingResult& embedding : evaluation.embeddings) {
    if (!has_umap(embedding) || embedding.cluster.empty()) continue;
    const std::set<int32_t> used(embedding.cluster.begin(), embedding.cluster.end());
    const auto n_clusters =
        static_cast<uint64_t>(std::count_if(used.begin(), used.end(), [](int32_t c) { return c >= 0; }));
    figure.panels.push_back(
        {embedding.tag,
         fmt::format("{}, resolution {:.3g}", counted(n_clusters, "cluster"), embedding.cluster_resolution),
         &embedding.umap, embedding.cluster, cluster_colours(embedding.cluster, evaluation.labels), true});
  }
  return rendered("umap_cluster", figure.caption, umap_drawing(figure));
}

Figure plain_figure(const Evaluation& evaluation) {
  UmapFigure figure;
  figure.title = printable(evaluation.dataset) + ": cells";
  figure.caption = kHowDrawn;
  const std::vector<int32_t> one_group(evaluation.n_cells, 0);
  for (const EmbeddingResult& embedding : evaluation.embeddings)
    if (has_umap(embedding))
      figure.panels.push_back({embedding.tag, "", &embedding.umap, one_group, {group_colour(0)}, false});
  return rendered("umap", figure.caption, umap_drawing(figure));
}

std::string scores_caption(const Evaluation& evaluation) {
  return "Scores of every embedding on " + counted(evaluation.n_cells, "cell") +
         ", a panel a metric, the best value bold, lines: 95 % intervals where the metric has them. Open "
         "dots: the "
         "same score in reduced dimensions. Each axis spans its own values.";
}

}  // namespace

std::vector<Figure> evaluation_figures(const Evaluation& evaluation, std::span<const MetricInfo> metrics) {
  std::vector<Figure> figures;
  if (!evaluation.scores.empty())
    figures.push_back(rendered("scores", scores_caption(evaluation), score_chart(evaluation, metrics)));
  if (has_avg_bio(evaluation))
    figures.push_back(rendered("avg_bio", avg_bio_caption(evaluation), avg_bio_drawing(evaluation)));
  if (has_training(evaluation))
    figures.push_back(rendered("training", training_caption(evaluation), training_drawing(evaluation)));
  const auto any = [&](auto&& test) {
    return std::any_of(evaluation.embeddings.begin(), evaluation.embeddings.end(), test);
  };
  if (!any(has_umap)) return figures;
  const size_t n_before = figures.size();
  if (!evaluation.labels.codes.empty())
    figures.push_back(groups_figure(evaluation, "label", evaluation.label_name, evaluation.labels,
                                    {"asw_label", "avg_bio"}));
  if (!evaluation.batches.codes.empty())
    figures.push_back(groups_figure(evaluation, "batch", evaluation.batch_name, evaluation.batches,
                                    {"asw_batch", "pcr_batch"}));
  if (any([](const EmbeddingResult& e) { return has_umap(e) && !e.cluster.empty(); }))
    figures.push_back(cluster_figure(evaluation));
  if (figures.size() == n_before) figures.push_back(plain_figure(evaluation));
  return figures;
}

}  // namespace zerocell
