#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "zerocell/core/error.h"
#include "zerocell/core/number_text.h"
#include "zerocell/core/system.h"
#include "zerocell/data/h5ad_writer.h"
#include "zerocell/data/simulate.h"

namespace zerocell {

void simulate_to_file(const SimulateOptions& options, const std::string& path, ThreadPool& pool,
                      Progress& progress) {
  const double bytes = simulation_bytes(options, pool.size());
  if (options.max_memory > 0 && bytes > static_cast<double>(options.max_memory))
    throw Error::usage({"simulate",
                        fmt::format("at most {} of memory (--max-memory)", format_size(options.max_memory)),
                        fmt::format("about {} for {} x {}", format_size(static_cast<uint64_t>(bytes)),
                                    counted(options.n_cells, "cell"), counted(options.n_genes, "gene")),
                        "Ask for fewer cells, genes, types or batches, or raise --max-memory"});
  const Simulation simulation(options);
  H5adWriter writer(path, pool);
  writer.declare_shape(options.n_cells, options.n_genes);
  writer.write_var(simulation.var());
  std::vector<int64_t> n_counts, n_genes;
  progress.stage("simulate", options.n_cells);
  writer.begin_matrix("X");
  simulation.counts(pool).for_each_block([&](const RowBlock& block) {
    for (size_t i = 0; i < block.values.n_rows; ++i) {
      const auto row = block.values.row_values(i);
      n_counts.push_back(static_cast<int64_t>(std::accumulate(row.begin(), row.end(), 0.0)));
      n_genes.push_back(static_cast<int64_t>(row.size()));
    }
    writer.append_rows(block.values);
    progress.advance(block.values.n_rows);
    progress.check();
  });
  writer.end_matrix();
  DataFrame obs = simulation.obs();
  obs.columns.push_back({"n_counts", std::move(n_counts), {}});
  obs.columns.push_back({"n_genes", std::move(n_genes), {}});
  writer.write_obs(obs);
  writer.write_uns("title", "simulated counts; no real cells");
  writer.finish();
}

}  // namespace zerocell
