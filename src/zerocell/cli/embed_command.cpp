#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "zerocell/cli/command.h"
#include "zerocell/core/error.h"
#include "zerocell/core/utf8.h"
#include "zerocell/study/cache.h"
#include "zerocell/study/embed.h"
#include "zerocell/study/methods.h"

namespace zerocell {
namespace {

struct EmbedArguments {
  DataOptions data;
  std::vector<std::string> embeddings;
  std::string batch, out, save_models, cache;
};

std::string summary_text(const std::vector<EmbedSummary>& summaries, const std::string& out) {
  std::string text;
  for (const auto& s : summaries) {
    text += fmt::format("X_{}: {} cells x {} dimensions ({})\n", printable(s.tag), s.n_cells, s.dims,
                        printable(s.options));
    for (const auto& loss : s.losses)
      text += fmt::format("  without {:.0f} of {:.0f} {}: {}\n", loss.lost, loss.total, loss.what,
                          printable(loss.reason));
  }
  return text + out + "\n";
}

nlohmann::ordered_json summary_json(const std::vector<EmbedSummary>& summaries, const std::string& out) {
  auto embeddings = nlohmann::ordered_json::array();
  for (const auto& s : summaries) {
    auto losses = nlohmann::ordered_json::array();
    for (const auto& loss : s.losses)
      losses.push_back(
          {{"what", loss.what}, {"lost", loss.lost}, {"total", loss.total}, {"reason", loss.reason}});
    embeddings.push_back({{"key", "X_" + s.tag},
                          {"options", s.options},
                          {"n_cells", s.n_cells},
                          {"n_missing", s.n_missing},
                          {"dims", s.dims},
                          {"losses", losses}});
  }
  return {{"file", out}, {"embeddings", embeddings}};
}

int run_embed(const EmbedArguments& arguments, const CommonOptions& common) {
  refuse_missing_device(arguments.data.device);
  EmbeddingListOptions options;
  options.data_path = arguments.data.path;
  options.source = source_options(arguments.data, common);
  options.embeddings = parse_embedding_specs(arguments.embeddings, common.seed);
  for (const auto& spec : options.embeddings) find_method(spec);
  options.batch = arguments.batch;
  options.seed = common.seed;
  options.device = arguments.data.device;
  options.save_models = arguments.save_models;
  options.overwrite_models = common.force;
  options.file_hashes->check_with(interrupt_check(common));
  const auto unfinished = arguments.out + ".unfinished";
  options.parts_folder = arguments.cache.empty() ? unfinished : arguments.cache;
  const auto inputs = input_files(arguments.data, options.embeddings);
  refuse_existing_file(arguments.out, common.force, inputs);
  // A table beside a file that is gone may go with it.
  if (std::ranges::any_of(options.embeddings, trains_model))
    refuse_existing_file(training_csv_path(arguments.out), true, inputs);
  ThreadPool pool(common.n_threads());
  TerminalProgress progress(common.progress_options());
  const auto summaries = embed(options, arguments.out, pool, progress);
  if (arguments.cache.empty()) remove_kept_results(unfinished);
  progress.finish();
  if (common.json)
    print_json(summary_json(summaries, arguments.out));
  else
    print_result(summary_text(summaries, arguments.out));
  return 0;
}

}  // namespace

void add_embed_command(CommandSetup setup) {
  auto* command = setup.app.add_subcommand("embed", "Write embeddings to an .h5ad, without scores");
  auto arguments = std::make_shared<EmbedArguments>();
  add_data_options(*command, arguments->data);
  command
      ->add_option("--embedding", arguments->embeddings,
                   "What to compute: [TAG@]METHOD[=PATH][:key=value,...]; see 'zerocell models'")
      ->required();
  command->add_option("--batch", arguments->batch,
                      "Column of obs with the batches, for methods that correct for them");
  command->add_option("--out", arguments->out, ".h5ad file to write")->required();
  command->add_option("--save-models", arguments->save_models,
                      "Folder for the models that are trained (scvi): TAG/model.pt, as scvi-tools loads it");
  add_cache_option(*command, arguments->cache);
  add_common_options(*command, setup.common);
  command->footer(
      "Example:\n  zerocell embed data.h5ad --embedding hvg pca:n_comps=30 --out embeddings.h5ad");
  command->callback([arguments, &common = setup.common, &run = setup.run] {
    run = [arguments, &common] { return run_embed(*arguments, common); };
  });
}

}  // namespace zerocell
