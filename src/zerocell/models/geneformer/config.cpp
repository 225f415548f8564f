#include "zerocell/models/geneformer/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <nlohmann/json.hpp>

#include "zerocell/core/error.h"
#include "zerocell/core/number_text.h"
#include "zerocell/models/json_config.h"

namespace zerocell {
namespace {

constexpr const char* kFileName = "config.json";

struct Published {
  const char* name;
  size_t n_layers, dim, n_heads, ffn_dim, n_positions, vocab_size;
};
// Sizes of the published config.json for the V1 series and V2-316M. Not read in a published file but taken
// from the number of parameters: ffn_dim of gf-20L-95M, ffn_dim and n_heads of V2-104M (64 dimensions a
// head as everywhere else). The activation of V2 is taken to be V1's; that of real weights comes from their
// file.
constexpr std::array<Published, 6> kPublished{{{"V1-10M", 6, 256, 4, 512, 2048, 25426},
                                               {"V1-40M", 12, 512, 8, 1024, 2048, 25426},
                                               {"gf-12L-95M", 12, 512, 8, 1024, 4096, 20275},
                                               {"gf-20L-95M", 20, 896, 14, 1792, 4096, 20275},
                                               {"V2-104M", 12, 768, 12, 3072, 4096, 20275},
                                               {"V2-316M", 18, 1152, 18, 4608, 4096, 20275}}};

Activation read_activation(const JsonConfig& file) {
  if (!file.has("hidden_act")) file.fail("the entry hidden_act", "none");
  const std::string name = file.text("hidden_act", "");
  if (name == "relu") return Activation::relu;
  if (name == "gelu") return Activation::gelu;
  file.unsupported("hidden_act relu or gelu (its exact form)", name.substr(0, 60));
}

GeneformerConfig to_config(const JsonConfig& file) {
  file.require_text("model_type", "bert");
  file.require_text("position_embedding_type", "absolute");
  if (file.boolean("is_decoder", false)) file.unsupported("an encoder", "is_decoder true");
  if (file.filled("quantization_config"))
    file.unsupported("weights that are not quantised", "an entry quantization_config");
  if (file.filled("pruned_heads")) file.unsupported("every head of every layer", "an entry pruned_heads");
  GeneformerConfig config;
  config.n_layers = file.size("num_hidden_layers");
  config.dim = file.size("hidden_size");
  config.n_heads = file.size("num_attention_heads");
  config.ffn_dim = file.size("intermediate_size");
  config.n_positions = file.size("max_position_embeddings");
  config.vocab_size = file.size("vocab_size");
  config.n_token_types = file.size_or("type_vocab_size", 2);
  config.activation = read_activation(file);
  config.norm_eps = file.epsilon("layer_norm_eps", 1e-12f);
  config.untrained = file.boolean("zerocell_untrained", false);
  config.tied_decoder = file.boolean("tie_word_embeddings", true);
  if (config.dim % config.n_heads != 0)
    file.fail("hidden_size a multiple of num_attention_heads",
              fmt::format("{} and {}", config.dim, config.n_heads));
  return config;
}

}  // namespace

std::string GeneformerConfig::text() const {
  return fmt::format("{} layers, {} dimensions, {} heads, {} positions, {} tokens", n_layers, dim, n_heads,
                     with_commas(n_positions), with_commas(vocab_size));
}

GeneformerConfig read_geneformer_config(const std::string& path) {
  return to_config(JsonConfig::read(path, kFileName));
}

GeneformerConfig parse_geneformer_config(std::string_view text, const std::string& path) {
  return to_config(JsonConfig(text, path, kFileName));
}

std::vector<std::string> geneformer_architectures() {
  std::vector<std::string> names;
  for (const Published& p : kPublished) names.emplace_back(p.name);
  return names;
}

GeneformerConfig geneformer_architecture(const std::string& name) {
  for (const Published& p : kPublished)
    if (name == p.name)
      return {p.n_layers,       p.dim,  p.n_heads, p.ffn_dim, p.n_positions, p.vocab_size, 2,
              Activation::relu, 1e-12f, false,     true};
  throw Error::usage({"architecture of Geneformer",
                      fmt::format("one of {}", fmt::join(geneformer_architectures(), ", ")), name,
                      "choose one of them"});
}

std::string to_json(const GeneformerConfig& config) {
  nlohmann::ordered_json object{{"architectures", {"BertForMaskedLM"}},
                                {"attention_probs_dropout_prob", 0.02},
                                {"hidden_act", config.activation == Activation::gelu ? "gelu" : "relu"},
                                {"hidden_dropout_prob", 0.02},
                                {"hidden_size", config.dim},
                                {"initializer_range", 0.02},
                                {"intermediate_size", config.ffn_dim},
                                {"layer_norm_eps", std::stod(fmt::format("{}", config.norm_eps))},
                                {"max_position_embeddings", config.n_positions},
                                {"model_type", "bert"},
                                {"num_attention_heads", config.n_heads},
                                {"num_hidden_layers", config.n_layers},
                                {"pad_token_id", 0},
                                {"position_embedding_type", "absolute"},
                                {"type_vocab_size", config.n_token_types},
                                {"vocab_size", config.vocab_size}};
  if (!config.tied_decoder) object["tie_word_embeddings"] = false;
  if (config.untrained) object["zerocell_untrained"] = true;
  return object.dump(2) + "\n";
}

}  // namespace zerocell
