#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "zerocell/cli/command.h"
#include "zerocell/core/error.h"
#include "zerocell/models/geneformer/untrained.h"
#include "zerocell/study/data_source.h"

namespace zerocell {
namespace {

struct InitModelArguments {
  std::string model, out, vocab;
  std::string architecture = "V1-10M";
  DataOptions data;
};

/// The dictionaries of a model folder, whose files are copied later.
GeneformerVocabulary read_vocabulary(const std::string& folder, GeneformerConfig& config) {
  // The folder of dictionaries may hold the configuration that they belong to.
  const auto path = folder + "/config.json";
  if (std::filesystem::exists(path)) config.vocab_size = read_geneformer_config(path).vocab_size;
  return load_geneformer_vocabulary(folder, config.vocab_size);
}

GeneformerDictionaries to_dictionaries(const GeneformerVocabulary& vocabulary) {
  GeneformerDictionaries result;
  const auto add_special = [&](const char* name, uint32_t token) {
    result.tokens.entries.emplace_back(name, static_cast<int64_t>(token));
  };
  add_special("<pad>", vocabulary.pad);
  add_special("<mask>", vocabulary.mask);
  if (vocabulary.cls) add_special("<cls>", *vocabulary.cls);
  if (vocabulary.eos) add_special("<eos>", *vocabulary.eos);
  for (const auto& gene : vocabulary.genes) {
    result.tokens.entries.emplace_back(gene.ensembl, static_cast<int64_t>(gene.token));
    result.medians.entries.emplace_back(gene.ensembl, gene.median);
  }
  const std::map<std::string, std::string> names(vocabulary.name_to_ensembl.begin(),
                                                 vocabulary.name_to_ensembl.end());
  for (const auto& [name, ensembl] : names) result.names.entries.emplace_back(name, ensembl);
  return result;
}

GeneformerDictionaries make_dictionaries(const InitModelArguments& arguments, const CommonOptions& common,
                                         GeneformerConfig& config) {
  if (!arguments.vocab.empty()) return to_dictionaries(read_vocabulary(arguments.vocab, config));
  ThreadPool pool(common.n_threads());
  DataSource data(arguments.data.path, source_options(arguments.data, common), pool);
  auto dictionaries = geneformer_dictionaries(data.genes(), data.counts(),
                                              arguments.architecture.find("V2") != std::string::npos);
  config.vocab_size = dictionaries.tokens.entries.size();
  return dictionaries;
}

int run_init_model(const InitModelArguments& arguments, const CommonOptions& common) {
  if (arguments.vocab.empty() == arguments.data.path.empty())
    throw Error::usage({"zerocell init-model", "either --vocab FOLDER or --genes-from DATA",
                        arguments.vocab.empty() ? "neither" : "both", ""});
  if (!common.force && std::filesystem::exists(arguments.out) && !std::filesystem::is_empty(arguments.out))
    throw Error::usage({arguments.out, "a folder that is empty or absent", "a folder with content",
                        "Choose another --out, or overwrite with --force"});
  auto config = geneformer_architecture(arguments.architecture);
  const auto dictionaries = make_dictionaries(arguments, common, config);
  write_untrained_geneformer(arguments.out, config, dictionaries, common.seed);
  if (common.json)
    print_result(nlohmann::ordered_json{{"folder", arguments.out},
                                        {"model", arguments.model},
                                        {"architecture", arguments.architecture},
                                        {"seed", common.seed},
                                        {"n_tokens", config.vocab_size}}
                     .dump(2) +
                 "\n");
  else
    print_result(fmt::format("{}: untrained {} ({}), seed {}\n", arguments.out, arguments.model,
                             config.text(), common.seed));
  return 0;
}

}  // namespace

void add_init_model_command(CommandSetup setup) {
  auto* command = setup.app.add_subcommand(
      "init-model", "Write an untrained model in the published file formats, as a control");
  auto arguments = std::make_shared<InitModelArguments>();
  command->add_option("MODEL", arguments->model, "geneformer")
      ->required()
      ->check(CLI::IsMember({"geneformer"}));
  command->add_option("--out", arguments->out, "Folder to write")->required();
  command->add_option("--vocab", arguments->vocab,
                      "Folder with the model's dictionaries, which are taken over");
  command->add_option("--genes-from", arguments->data.path,
                      "Data set whose genes make the vocabulary instead; medians from its counts");
  command->add_option("--layer", arguments->data.layer, "Where its counts are")->capture_default_str();
  command->add_option("--gene-ids", arguments->data.gene_ids, "Column of var with its gene ids");
  command
      ->add_option("--architecture", arguments->architecture,
                   "V1-10M, V1-40M, gf-12L-95M, gf-20L-95M, V2-104M or V2-316M")
      ->capture_default_str();
  add_common_options(*command, setup.common);
  command->footer(
      "Examples:\n"
      "  zerocell init-model geneformer --vocab models/gf-6L --out untrained\n"
      "  zerocell init-model geneformer --genes-from data.h5ad --out untrained --seed 1");
  command->callback([arguments, &common = setup.common, &run = setup.run] {
    run = [arguments, &common] { return run_init_model(*arguments, common); };
  });
}

}  // namespace zerocell
