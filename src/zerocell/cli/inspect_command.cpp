#include "zerocell/core/atomic_file.h"
#include "zerocell/study/inspect.h"

#include "zerocell/cli/command.h"

namespace zerocell {
namespace {

struct InspectArguments {
  DataOptions data;
  std::vector<std::string> embeddings;
  std::string cell_hashes;
};

/// Writes a line a selected cell, for lists of cells that a model was trained on.
void write_cell_hashes(const std::string& path, DataSource& data) {
  std::string text;
  for (const auto& hash : data.hashes()) text += to_text(hash) + "\n";
  write_text_file(path, text);
}

int run_inspect(const InspectArguments& arguments, const CommonOptions& common) {
  const auto specs = parse_embedding_specs(arguments.embeddings, common.seed);
  for (const auto& spec : specs) find_method(spec);
  ThreadPool pool(common.n_threads());
  auto inspection = inspect(arguments.data.path, pool, arguments.data.modality);
  if (!arguments.cell_hashes.empty())
    refuse_existing_file(arguments.cell_hashes, common.force, input_files(arguments.data, specs));
  if (!specs.empty() || !arguments.cell_hashes.empty()) {
    DataSource data(arguments.data.path, source_options(arguments.data, common), pool);
    TerminalProgress progress(common.progress_options());
    inspect_models(specs, data, common.seed, pool, progress, inspection);
    if (!arguments.cell_hashes.empty()) write_cell_hashes(arguments.cell_hashes, data);
    progress.finish();
  }
  print_result(common.json ? inspection_json(inspection) : inspection_text(inspection));
  return 0;
}

}  // namespace

void add_inspect_command(CommandSetup setup) {
  auto* command = setup.app.add_subcommand(
      "inspect", "What is in a data set, what would run, what would be lost, how long");
  auto arguments = std::make_shared<InspectArguments>();
  add_data_options(*command, arguments->data);
  command->add_option("--embedding", arguments->embeddings,
                      "Models to ask what they would see of the cells, and how long they would take");
  command->add_option("--cell-hashes", arguments->cell_hashes,
                      "File to write with a hash of every cell's counts, for 'overlap' and --exclude-cells");
  add_common_options(*command, setup.common);
  command->footer(
      "Examples:\n  zerocell inspect data.h5ad\n"
      "  zerocell inspect data.h5ad --embedding geneformer=models/gf-6L scgpt=models/scgpt_human\n"
      "  zerocell inspect pretraining.h5ad --cell-hashes seen_cells.txt");
  command->callback([arguments, &common = setup.common, &run = setup.run] {
    run = [arguments, &common] { return run_inspect(*arguments, common); };
  });
}

}  // namespace zerocell
