#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "zerocell/cli/untrained_model.h"
#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/study/result_files.h"

namespace zerocell {
namespace {

/// All models that can be written.
std::vector<UntrainedModel> untrained_models() {
  return {untrained_geneformer(), untrained_scgpt()};
}

/// Fills in the default, or refuses a choice that the model does not have.
void choose(std::string& value, const std::vector<std::string>& choices, const char* option,
            const std::string& model) {
  if (value.empty()) {
    if (!choices.empty()) value = choices.front();
    return;
  }
  if (std::ranges::find(choices, value) != choices.end()) return;
  throw Error::usage({fmt::format("{} of zerocell init-model {}", option, model),
                      choices.empty() ? "no such option" : fmt::format("one of {}", fmt::join(choices, ", ")),
                      value, ""});
}

/// Makes the files aside and puts them into the folder together.
WrittenModel write_model(const UntrainedModel& model, const InitModelArguments& arguments,
                         const CommonOptions& common) {
  if (special_kind(arguments.out).empty() && std::filesystem::exists(arguments.out))
    throw Error::usage({arguments.out, "a folder", "a file", "Choose another --out"});
  if (!common.force && !is_vacant(arguments.out))
    throw Error::usage({arguments.out, "a folder that is empty or absent", "a folder with content",
                        "Choose another --out, or overwrite with --force"});
  InputFiles inputs;
  inputs.add(arguments.vocab);
  inputs.add_data_set(arguments.data.path);
  MadeFolder made(arguments.out);
  ResultFiles results(arguments.out, {"manifest.json", model.files, false}, std::move(inputs));
  const auto manifest = FolderManifest::read(arguments.out, results.layout());
  results.require_room(manifest);
  remove_left_over(arguments.out);
  auto aside = arguments;
  aside.out = results.staging();
  const auto written = results.make([&] { return model.write(aside, common); });
  FolderManifest next;
  next.kind = "model";
  next.status = "complete";
  results.replace(manifest, next);
  made.keep();
  return written;
}

int run_init_model(InitModelArguments arguments, const CommonOptions& common) {
  const auto models = untrained_models();
  const UntrainedModel& model = *std::ranges::find(models, arguments.model, &UntrainedModel::name);
  choose(arguments.architecture, model.architectures, "--architecture", model.name);
  choose(arguments.init, model.inits, "--init", model.name);
  if (arguments.vocab.empty() == arguments.data.path.empty())
    throw Error::usage({"zerocell init-model", "either --vocab PATH or --genes-from DATA",
                        arguments.vocab.empty() ? "neither" : "both", ""});
  const WrittenModel written = write_model(model, arguments, common);
  if (!common.json) {
    print_result(fmt::format("{}: untrained {} ({}), seed {}\n", arguments.out, model.name, written.text,
                             common.seed));
    return 0;
  }
  nlohmann::ordered_json answer{{"folder", arguments.out},
                                {"model", model.name},
                                {"architecture", arguments.architecture},
                                {"seed", common.seed},
                                {"n_tokens", written.n_tokens}};
  if (!arguments.init.empty()) answer["init"] = arguments.init;
  print_json(answer);
  return 0;
}

/// "geneformer: V1-10M, V1-40M; scgpt: human" by one of the lists of each model.
std::string choices_text(const std::vector<std::string> UntrainedModel::*list) {
  std::vector<std::string> parts;
  for (const UntrainedModel& model : untrained_models())
    if (!(model.*list).empty())
      parts.push_back(fmt::format("{}: {}", model.name, fmt::join(model.*list, ", ")));
  return fmt::format("{} (the first is the default)", fmt::join(parts, "; "));
}

}  // namespace

void add_init_model_command(CommandSetup setup) {
  auto* command = setup.app.add_subcommand(
      "init-model", "Write an untrained model in the published file formats, as a control");
  auto arguments = std::make_shared<InitModelArguments>();
  std::vector<std::string> names;
  for (const UntrainedModel& model : untrained_models()) names.push_back(model.name);
  command->add_option("MODEL", arguments->model, fmt::format("{}", fmt::join(names, " or ")))
      ->required()
      ->check(CLI::IsMember(names));
  command->add_option("--out", arguments->out, "Folder to write")->required();
  command->add_option(
      "--vocab", arguments->vocab,
      "Folder with the model's dictionaries (scgpt: or its vocab.json), which are taken over");
  command->add_option("--genes-from", arguments->data.path,
                      "Data set whose genes make the vocabulary instead; medians from its counts");
  command->add_option("--layer", arguments->data.layer, "Where its counts are")->capture_default_str();
  command->add_option("--gene-ids", arguments->data.gene_ids, "Column of var with its gene ids");
  command->add_option("--modality", arguments->data.modality, "Its modality, where it is a MuData file");
  command->add_option("--architecture", arguments->architecture,
                      "Sizes. " + choices_text(&UntrainedModel::architectures));
  command->add_option(
      "--init", arguments->init,
      "How weights are drawn: every layer by itself, or all layers equal as the package starts. " +
          choices_text(&UntrainedModel::inits));
  add_common_options(*command, setup.common);
  command->footer(
      "Examples:\n"
      "  zerocell init-model geneformer --vocab models/gf-6L --out untrained\n"
      "  zerocell init-model geneformer --genes-from data.h5ad --out untrained --seed 1\n"
      "  zerocell init-model scgpt --vocab models/scgpt_human --out untrained_scgpt");
  command->callback([arguments, &common = setup.common, &run = setup.run] {
    run = [arguments, &common] { return run_init_model(*arguments, common); };
  });
}

}  // namespace zerocell
