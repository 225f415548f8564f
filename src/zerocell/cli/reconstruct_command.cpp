#include "zerocell/study/reconstruct.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <limits>

#include "zerocell/cli/command.h"
#include "zerocell/core/regular_file.h"
#include "zerocell/reconstruct/reconstruction_scores.h"
#include "zerocell/report/scores_csv.h"
#include "zerocell/report/terminal_table.h"
#include "zerocell/study/methods.h"
#include "zerocell/study/output_folder.h"
#include "zerocell/study/write_reconstruction.h"

namespace zerocell {
namespace {

struct ReconstructArguments {
  DataOptions data;
  std::vector<std::string> models;
  std::string label, batch, donor, out, cache;
};

ReconstructOptions to_options(const ReconstructArguments& arguments, const CommonOptions& common) {
  ReconstructOptions options;
  options.data_path = arguments.data.path;
  options.source = source_options(arguments.data, common);
  options.models = parse_embedding_specs(arguments.models, common.seed);
  for (const auto& spec : options.models) find_method(spec);
  options.label = arguments.label;
  options.batch = arguments.batch;
  options.donor = arguments.donor;
  options.seed = common.seed;
  options.device = arguments.data.device;
  return options;
}

int run_reconstruct(const ReconstructArguments& arguments, const CommonOptions& common) {
  refuse_missing_device(arguments.data.device);
  auto options = to_options(arguments, common);
  options.file_hashes->check_with(interrupt_check(common));
  OutputFolder folder(arguments.out, reconstruction_fingerprint(options), common.force,
                      input_files(arguments.data, options.models));
  options.parts_folder = arguments.cache.empty() ? folder.parts() : arguments.cache;
  Evaluation shown;
  TerminalProgress progress(common.progress_options());
  if (folder.state() == OutputState::complete) {
    progress.warn(folder.path() +
                  " holds the finished results of this very job; nothing is computed again (--force does)");
    shown.scores = read_scores_csv(folder.file("scores.csv"));
  } else {
    ThreadPool pool(common.n_threads());
    auto reconstruction = reconstruct(options, pool, progress);
    reconstruction.provenance.emplace_back("command line", common.command_line);
    write_reconstruction(reconstruction, folder, pool, progress);
    shown = shared_part(reconstruction);
  }
  progress.finish();
  if (common.json) {
    print_result(read_whole_file(folder.file("results.json"), std::numeric_limits<uint32_t>::max()));
    return 0;
  }
  TableOptions table;
  if (const int width = terminal_width(); width > 0) table.width = static_cast<size_t>(width);
  table.colour = shows_colour(STDOUT_FILENO);
  print_table(terminal_table(shown, reconstruction_metric_table(), table));
  print_result(fmt::format("\nReport: {}\n", std::filesystem::absolute(folder.file("report.html")).string()));
  return 0;
}

}  // namespace

void add_reconstruct_command(CommandSetup setup) {
  auto* command = setup.app.add_subcommand(
      "reconstruct", "How well a model predicts the expression that it is shown, against simple averages");
  auto arguments = std::make_shared<ReconstructArguments>();
  add_data_options(*command, arguments->data);
  command
      ->add_option("--model", arguments->models,
                   "What to ask: [TAG@]METHOD=PATH[:key=value,...]; see 'zerocell models'")
      ->required();
  command->add_option("--out", arguments->out, "Folder for the results")->required();
  command->add_option("--label", arguments->label, "Column of obs with the cell types, for the report");
  command->add_option("--batch", arguments->batch, "Column of obs with the batches");
  command->add_option("--donor", arguments->donor,
                      "Column of obs whose groups are resampled for intervals (default: the batches)");
  add_cache_option(*command, arguments->cache);
  add_common_options(*command, setup.common);
  command->footer(
      "Examples:\n"
      "  zerocell reconstruct data.h5ad --model geneformer=models/gf-6L --out result\n"
      "  zerocell reconstruct data.h5ad --model masked@scgpt=models/scgpt_human:mask=0.15 --out result");
  command->callback([arguments, &common = setup.common, &run = setup.run] {
    run = [arguments, &common] { return run_reconstruct(*arguments, common); };
  });
}

}  // namespace zerocell
