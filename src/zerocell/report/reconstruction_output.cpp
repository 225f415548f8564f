#include "zerocell/report/reconstruction_output.h"

#include "zerocell/data/h5ad_writer.h"
#include "zerocell/report/obs_text.h"
#include "zerocell/version.h"

namespace zerocell {
namespace {

DataFrame obs_with_results(const Reconstruction& reconstruction) {
  const DataFrame& obs = reconstruction.obs;
  DataFrame frame;
  frame.index_name = storable(obs.index_name);
  for (const std::string& name : obs.index) frame.index.push_back(storable(name));
  for (size_t i = frame.index.size(); i < reconstruction.n_cells; ++i)
    frame.index.push_back(std::to_string(i));
  EntryNames names;
  names.claim(frame.index_name);
  const auto add = [&](Column column) {
    column.name = names.claim(column.name);
    frame.columns.push_back(std::move(column));
  };
  for (const Column& column : obs.columns) add(storable_column(column));
  for (const ReconstructionResult& result : reconstruction.results)
    for (const CellColumn& column : result.cells)
      add({storable(result.tag + "_" + column.name), column.values, {}});
  return frame;
}

}  // namespace

std::string reconstruction_table(const Reconstruction& reconstruction, std::span<const MetricInfo> metrics,
                                 const TableOptions& options) {
  return terminal_table(shared_part(reconstruction), metrics, options);
}

void write_reconstruction_h5ad(const Reconstruction& reconstruction, const std::string& path,
                               ThreadPool& pool) {
  require_consistent(reconstruction);
  H5adWriter writer(path, pool);
  writer.write_obs(obs_with_results(reconstruction));
  writer.write_var(DataFrame{});
  writer.write_uns("zerocell", ZEROCELL_VERSION);
  writer.finish();
}

}  // namespace zerocell
