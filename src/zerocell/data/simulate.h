#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "zerocell/core/data_frame.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/core/row_stream.h"
#include "zerocell/data/gene_names.h"

namespace zerocell {

struct SimulateOptions {
  size_t n_cells = 2000;
  size_t n_genes = 5000;
  size_t n_types = 8;
  size_t n_batches = 3;
  size_t n_donors_per_batch = 2;
  uint64_t seed = 0;
  double mean_umis = 0;              ///< per cell; 0: 4,000 at 20,000 genes, less for fewer
  double signal = 1;                 ///< strength of the differences between cell types
  double batch_effect = 1;           ///< strength of the differences between batches and donors
  double dropout = 0.2;              ///< chance that a faint count is lost
  std::vector<GeneName> gene_names;  ///< the first n_genes of them; empty: invented names
  uint64_t max_memory = 0;           ///< bytes that may be taken; 0: any
};

/// Counts of cells that never lived.
///
/// Genes: base expression log-normal over four orders of magnitude; mitochondrial and ribosomal genes high.
/// Types: unequal shares; three types on average share a lineage; lineage and type each raise some genes and
/// lower fewer (log-normal factors). Batches: a factor per gene, a smaller one per donor, a depth, and
/// shifted shares of the types. Cells: log-normal depth, and one of four programmes that run through all
/// types, to a gamma-distributed extent.
/// Counts: a Poisson number of bursts of logarithmic-series size, which is exactly negative binomial
/// (Quenouille 1949), with variance mean + mean^2 / 2 at the mean depth; a count is then lost with
/// chance dropout / (1 + mean of the gene).
///
/// A cell depends on (options, number of the cell) alone, never on threads or blocks.
class Simulation {
 public:
  /// Throws Error(usage) for options that make no sense.
  explicit Simulation(SimulateOptions options);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  /// celltype, batch and donor of the cells.
  DataFrame obs() const;
  /// Symbols as index, column ensembl_id.
  DataFrame var() const;
  /// The counts; the stream must not outlive the simulation or the pool.
  RowStream counts(ThreadPool& pool) const;  // (N, G)

 private:
  struct Model;
  std::unique_ptr<const Model> model_;
};

/// Estimate of the memory that simulate_to_file() takes.
double simulation_bytes(const SimulateOptions& options, int n_threads);

/// Simulates straight to an .h5ad file: X as counts, obs of Simulation and n_counts, n_genes; memory does not
/// grow with cells x genes. Errors: those of Simulation and H5adWriter, Error(usage) where max_memory does
/// not do.
void simulate_to_file(const SimulateOptions& options, const std::string& path, ThreadPool& pool,
                      Progress& progress);

}  // namespace zerocell
