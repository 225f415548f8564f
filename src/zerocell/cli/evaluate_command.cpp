#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <limits>

#include "zerocell/cli/command.h"
#include "zerocell/core/regular_file.h"
#include "zerocell/metrics/registry.h"
#include "zerocell/report/scores_csv.h"
#include "zerocell/report/terminal_table.h"
#include "zerocell/study/evaluate.h"
#include "zerocell/study/methods.h"
#include "zerocell/study/output_folder.h"
#include "zerocell/study/write_results.h"

namespace zerocell {
namespace {

struct EvaluateArguments {
  DataOptions data;
  std::string label, batch, donor, out, save_models, cache, convention = "zerocell";
  std::vector<std::string> embeddings;
  size_t reduced_dims = 30, cluster_seeds = 1;
  bool no_umap = false, strict = false, keep_going = false;
};

EvaluateOptions to_options(const EvaluateArguments& arguments, const CommonOptions& common) {
  EvaluateOptions options;
  options.data_path = arguments.data.path;
  options.label = arguments.label;
  options.batch = arguments.batch;
  options.donor = arguments.donor;
  options.layer = arguments.data.layer;
  options.modality = arguments.data.modality;
  options.gene_ids = arguments.data.gene_ids;
  options.embeddings = parse_embedding_specs(arguments.embeddings, common.seed);
  for (const auto& spec : options.embeddings) find_method(spec);
  options.cells = arguments.data.cells;
  options.cells.seed = common.seed;
  options.convention = parse_convention(arguments.convention);
  options.cells.numpy_draw = options.convention == Convention::paper;
  options.reduced_dims = arguments.reduced_dims;
  options.cluster_seeds = arguments.cluster_seeds;
  options.umap = !arguments.no_umap;
  options.accept_non_counts = arguments.data.accept_non_counts;
  options.seed = common.seed;
  options.keep_going = arguments.keep_going;
  options.device = arguments.data.device;
  options.max_memory = common.memory_bytes();
  options.save_models = arguments.save_models;
  options.overwrite_models = common.force;
  return options;
}

int exit_status(const Evaluation& evaluation, bool strict) {
  if (!strict) return 0;
  if (!evaluation.failures.empty()) return 1;
  for (const auto& score : evaluation.scores)
    if (score.status != ScoreStatus::ok) return 1;
  return 0;
}

void print_summary(const Evaluation& evaluation, const OutputFolder& folder, const CommonOptions& common) {
  if (common.json) {
    print_result(read_whole_file(folder.file("results.json"), std::numeric_limits<uint32_t>::max()));
    return;
  }
  TableOptions table;
  if (const int width = terminal_width(); width > 0) table.width = static_cast<size_t>(width);
  table.colour = shows_colour(STDOUT_FILENO);
  print_table(terminal_table(evaluation, metric_table(), table));
  print_result(fmt::format("\nReport: {}\n", std::filesystem::absolute(folder.file("report.html")).string()));
}

/// Computes and writes what the folder does not hold yet; of a finished job the scores that it holds.
Evaluation compute_or_read(const EvaluateOptions& options, OutputFolder& folder,
                           const CommonOptions& common) {
  TerminalProgress progress(common.progress_options());
  if (folder.state() == OutputState::complete) {
    progress.warn(folder.path() +
                  " holds the finished results of this very job; nothing is computed again (--force does)");
    for (const auto& file : models_not_kept(options))
      progress.warn(file + " does not hold the model of this job, which is not trained again (--force does)");
    Evaluation evaluation;
    evaluation.scores = read_scores_csv(folder.file("scores.csv"));
    return evaluation;
  }
  ThreadPool pool(common.n_threads());
  auto evaluation = evaluate(options, pool, progress);
  evaluation.provenance.emplace_back("command line", common.command_line);
  write_results(evaluation, folder, pool, progress);
  progress.finish();
  return evaluation;
}

int run_evaluate(const EvaluateArguments& arguments, const CommonOptions& common) {
  refuse_missing_device(arguments.data.device);
  auto options = to_options(arguments, common);
  options.file_hashes->check_with(interrupt_check(common));
  OutputFolder folder(arguments.out, evaluation_fingerprint(options), common.force,
                      input_files(arguments.data, options.embeddings));
  options.parts_folder = arguments.cache.empty() ? folder.parts() : arguments.cache;
  const auto evaluation = compute_or_read(options, folder, common);
  print_summary(evaluation, folder, common);
  return exit_status(evaluation, arguments.strict);
}

}  // namespace

void add_evaluate_command(CommandSetup setup) {
  auto* command = setup.app.add_subcommand("evaluate", "Score embeddings of one data set: the main job");
  auto arguments = std::make_shared<EvaluateArguments>();
  add_data_options(*command, arguments->data);
  command->add_option("--label", arguments->label, "Column of obs with the cell types")->required();
  command->add_option("--batch", arguments->batch, "Column of obs with the batches");
  command->add_option("--donor", arguments->donor,
                      "Column of obs whose groups are resampled for intervals (default: the batches)");
  command
      ->add_option("--embedding", arguments->embeddings,
                   "What to evaluate: [TAG@]METHOD[=PATH][:key=value,...]; see 'zerocell models'")
      ->required();
  command->add_option("--out", arguments->out, "Folder for the results")->required();
  command->add_option("--convention", arguments->convention, "Whose definitions are followed")
      ->check(CLI::IsMember({"zerocell", "scib", "scib-metrics", "paper"}))
      ->capture_default_str();
  command
      ->add_option("--reduced-dims", arguments->reduced_dims,
                   "Score again on that many principal components (0: off)")
      ->check(whole_number(0, 10'000))
      ->capture_default_str();
  command
      ->add_option("--cluster-seeds", arguments->cluster_seeds,
                   "Louvain runs with different seeds to average")
      ->check(whole_number(1, 1000))
      ->capture_default_str();
  command->add_flag("--no-umap", arguments->no_umap, "No UMAP layout");
  command->add_flag("--strict", arguments->strict, "Exit status 1 when any score could not be computed");
  command->add_flag("--keep-going", arguments->keep_going,
                    "List embeddings that fail and go on with the others");
  add_cache_option(*command, arguments->cache);
  command->add_option("--save-models", arguments->save_models,
                      "Folder for the models that are trained (scvi): TAG/model.pt, as scvi-tools loads it");
  add_common_options(*command, setup.common);
  command->footer(
      "Examples:\n"
      "  zerocell evaluate data.h5ad --label celltype --batch batch --embedding hvg pca --out result\n"
      "  zerocell evaluate data.h5ad --label celltype --embedding hvg:n_top_genes=3000 mine@file=emb.npy "
      "--out result\n"
      "  zerocell evaluate data.h5ad --label celltype --batch tech --embedding obsm:X_scvi \\\n"
      "      --where \"tissue == 'blood'\" --out blood");
  command->callback([arguments, &common = setup.common, &run = setup.run] {
    run = [arguments, &common] { return run_evaluate(*arguments, common); };
  });
}

}  // namespace zerocell
