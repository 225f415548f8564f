#include <filesystem>
#include <map>

#include "zerocell/cli/untrained_model.h"
#include "zerocell/models/geneformer/untrained.h"
#include "zerocell/study/data_source.h"

namespace zerocell {
namespace {

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

WrittenModel write(const InitModelArguments& arguments, const CommonOptions& common) {
  auto config = geneformer_architecture(arguments.architecture);
  const auto dictionaries = make_dictionaries(arguments, common, config);
  write_untrained_geneformer(arguments.out, config, dictionaries, common.seed);
  return {config.text(), config.vocab_size};
}

}  // namespace

UntrainedModel untrained_geneformer() {
  return {"geneformer",
          geneformer_architectures(),
          {},
          {"model.safetensors", "config.json", "token_dictionary.pkl", "gene_median_dictionary.pkl",
           "gene_name_id_dict.pkl"},
          write};
}

}  // namespace zerocell
