#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/data/count_check.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/data/gene_ids.h"
#include "zerocell/study/data_source.h"
#include "zerocell/study/methods.h"

namespace zerocell {

/// A column of obs that splits the cells into groups.
struct GroupColumn {
  std::string name;
  std::string role;  ///< "label", "batch" where the name and the groups suggest it, else empty
  size_t n_groups = 0, n_missing = 0;
  size_t n_tiny = 0;                                   ///< groups of fewer than 10 cells
  std::vector<std::pair<std::string, size_t>> groups;  ///< name and cells, largest first
};

/// Two columns that say the same, or nearly: batches that hold a single label and the other way round.
struct Confounding {
  std::string label, batch;
  size_t labels_in_one_batch = 0;  ///< labels whose cells all lie in one batch
  double cramers_v = 0;            ///< association of label and batch, 0 independent .. 1 the same
};

/// What `evaluate` would roughly take here.
struct CostEstimate {
  double seconds = 0;
  uint64_t bytes = 0;
};

/// Everything `inspect` finds out.
struct Inspection {
  std::string path, format, modality;
  size_t n_cells = 0, n_genes = 0;
  uint64_t bytes_on_disk = 0;
  std::vector<MatrixInfo> matrices;
  std::vector<std::pair<std::string, CountCheck>> checks;  ///< matrix, what its values look like
  std::string counts;                     ///< matrix taken by --layer auto; empty: none holds counts
  std::vector<std::string> other_counts;  ///< matrices that hold counts, where auto finds none
  GeneIdSummary gene_ids;
  std::vector<std::string> gene_id_columns;  ///< columns of var that hold other ids, with their type
  size_t duplicate_cell_names = 0;
  std::vector<ObsmInfo> obsm;
  std::vector<GroupColumn> columns;        ///< suggested labels first, then batches, then others
  std::vector<std::string> other_columns;  ///< neither groups nor worth a score: numbers, ids
  std::optional<Confounding> confounding;
  CostEstimate hvg_cost;             ///< `evaluate` with hvg
  CostEstimate pca_cost;             ///< `evaluate` with pca
  std::vector<ModelOutlook> models;  ///< those that were asked about
  std::vector<std::string> notes;

  const GroupColumn* suggested(const std::string& role) const;
};

/// Looks into a data set: names, group columns, a sample of every matrix. Reads no matrix whole. `modality`:
/// of a MuData file.
Inspection inspect(const std::string& path, ThreadPool& pool, const std::string& modality = {});

/// Adds what each model would see of the cells and what it would cost; reads the counts once a model.
void inspect_models(const std::vector<EmbeddingSpec>& specs, DataSource& data, uint64_t seed,
                    ThreadPool& pool, Progress& progress, Inspection& inspection);

/// Seconds and bytes of `evaluate` on one embedding, from the costs measured in docs/performance.md.
CostEstimate estimate_evaluate(size_t n_cells, size_t dims, double density, int threads);

std::string inspection_text(const Inspection& inspection);
std::string inspection_json(const Inspection& inspection);

}  // namespace zerocell
