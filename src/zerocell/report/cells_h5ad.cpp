#include "zerocell/report/cells_h5ad.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "zerocell/core/error.h"
#include "zerocell/core/system.h"
#include "zerocell/data/h5ad_writer.h"
#include "zerocell/report/obs_text.h"
#include "zerocell/version.h"

namespace zerocell {
namespace {

void require_length(size_t length, const Evaluation& evaluation, const std::string& what) {
  if (length != evaluation.n_cells)
    throw Error::internal(
        fmt::format("cells.h5ad: {} has {} entries for {} cells", what, length, evaluation.n_cells));
}

Categorical cluster_column(std::span<const int32_t> cluster) {
  Categorical out;
  out.codes.assign(cluster.begin(), cluster.end());
  int32_t largest = -1;
  for (int32_t& code : out.codes) {
    code = std::max(code, -1);
    largest = std::max(largest, code);
  }
  for (int32_t i = 0; i <= largest; ++i) out.categories.push_back(std::to_string(i));
  return out;
}

/// Builds obs column by column.
class ObsFrame {
 public:
  explicit ObsFrame(const Evaluation& evaluation) : evaluation_(evaluation) {
    for (const std::string& name : evaluation.cell_names) frame_.index.push_back(storable(name));
    if (frame_.index.empty())
      for (size_t i = 0; i < evaluation.n_cells; ++i) frame_.index.push_back(std::to_string(i));
    require_length(frame_.index.size(), evaluation, "the list of cell names");
    add_groups(evaluation.label_name.empty() ? "label" : evaluation.label_name, evaluation.labels);
    if (evaluation.batch_name != evaluation.label_name || evaluation.labels.codes.empty())
      add_groups(evaluation.batch_name.empty() ? "batch" : evaluation.batch_name, evaluation.batches);
    for (const EmbeddingResult& embedding : evaluation.embeddings) {
      add_groups(embedding.tag + "_cluster", cluster_column(embedding.cluster));
      add_values(embedding.tag + "_silhouette_label", embedding.silhouette_label);
      add_values(embedding.tag + "_silhouette_batch", embedding.silhouette_batch);
    }
  }
  const DataFrame& frame() const { return frame_; }

 private:
  void add_groups(const std::string& name, const Categorical& groups) {
    if (groups.codes.empty()) return;
    require_length(groups.codes.size(), evaluation_, name);
    frame_.columns.push_back({names_.claim(storable(name)), storable_groups(groups), {}});
  }
  void add_values(const std::string& name, const std::vector<float>& values) {
    if (values.empty()) return;
    require_length(values.size(), evaluation_, name);
    frame_.columns.push_back(
        {names_.claim(storable(name)), std::vector<double>(values.begin(), values.end()), {}});
  }

  const Evaluation& evaluation_;
  DataFrame frame_;
  EntryNames names_;
};

}  // namespace

void write_cells_h5ad(const Evaluation& evaluation, const std::string& path, ThreadPool& pool) {
  H5adWriter writer(path, pool);
  writer.write_obs(ObsFrame(evaluation).frame());
  writer.write_var(DataFrame{});
  EntryNames names;
  for (const EmbeddingResult& embedding : evaluation.embeddings) {
    const std::string tag = storable(embedding.tag);
    if (n_rows(embedding.values) > 0) {
      require_length(n_rows(embedding.values), evaluation, "embedding " + embedding.tag);
      std::visit([&, key = names.claim("X_" + tag)](const auto& x) { writer.write_obsm(key, x); },
                 embedding.values);
    }
    if (embedding.umap.n_rows() > 0) {
      require_length(embedding.umap.n_rows(), evaluation, "layout of " + embedding.tag);
      writer.write_obsm(names.claim("X_umap_" + tag), embedding.umap);
    }
  }
  writer.write_uns("zerocell", ZEROCELL_VERSION);
  writer.finish();
}

}  // namespace zerocell
