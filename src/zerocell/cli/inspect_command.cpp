#include "zerocell/study/inspect.h"

#include "zerocell/cli/command.h"

namespace zerocell {
namespace {

struct InspectArguments {
  DataOptions data;
  std::vector<std::string> embeddings;
};

int run_inspect(const InspectArguments& arguments, const CommonOptions& common) {
  const auto specs = parse_embedding_specs(arguments.embeddings, common.seed);
  for (const auto& spec : specs) find_method(spec);
  ThreadPool pool(common.n_threads());
  auto inspection = inspect(arguments.data.path, pool);
  if (!specs.empty()) {
    DataSource data(arguments.data.path, source_options(arguments.data, common), pool);
    TerminalProgress progress(common.progress_options());
    inspect_models(specs, data, common.seed, pool, progress, inspection);
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
  add_common_options(*command, setup.common);
  command->footer(
      "Examples:\n  zerocell inspect data.h5ad\n"
      "  zerocell inspect data.h5ad --embedding geneformer=models/gf-6L scgpt=models/scgpt_human");
  command->callback([arguments, &common = setup.common, &run = setup.run] {
    run = [arguments, &common] { return run_inspect(*arguments, common); };
  });
}

}  // namespace zerocell
