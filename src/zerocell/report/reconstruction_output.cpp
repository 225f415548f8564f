#include "zerocell/report/reconstruction_output.h"

#include <set>

#include "zerocell/core/utf8.h"
#include "zerocell/data/h5ad_writer.h"
#include "zerocell/version.h"

namespace zerocell {
namespace {

DataFrame obs_with_results(const Reconstruction& reconstruction) {
  DataFrame frame = reconstruction.obs;
  for (size_t i = frame.index.size(); i < reconstruction.n_cells; ++i)
    frame.index.push_back(std::to_string(i));
  std::set<std::string> used = {h5ad_key(frame.index_name)};
  for (const Column& column : frame.columns) used.insert(h5ad_key(column.name));
  for (const ReconstructionResult& result : reconstruction.results)
    for (const CellColumn& column : result.cells) {
      std::string name = printable(result.tag + "_" + column.name);
      while (!used.insert(h5ad_key(name)).second) name += '_';
      frame.columns.push_back({name, column.values, {}});
    }
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
