#include "zerocell/models/scgpt/weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <string_view>

#include "zerocell/core/error.h"
#include "zerocell/models/vocabulary_rows.h"

namespace zerocell {
namespace {

constexpr std::string_view kEmbedding = "encoder.embedding.weight";
constexpr std::string_view kLayers = "transformer_encoder.layers.";
constexpr const char* kOneModel = "check that args.json, vocab.json and weights belong to the same model";
/// Numbers of layers in names are read up to here; real models have 12.
constexpr size_t kMostLayers = 1024;

// --- The table ---------------------------------------------------------------------------------------------

/// Adds rows of the table.
class Table {
 public:
  explicit Table(const ScgptFileNames& names) : names_(names) {}

  void tensor(const std::string& name, const std::string& file_name, std::vector<size_t> shape,
              Initial initial, double scale = 0) {
    specs_.push_back({name, file_name, std::move(shape), initial, scale});
  }
  /// nn.Linear: both U(+-1/sqrt(inputs)).
  void linear(const std::string& name, const std::string& file_name, size_t n_out, size_t n_in,
              bool has_bias = true) {
    const double bound = 1 / std::sqrt(static_cast<double>(n_in));
    tensor(name + ".weight", file_name + ".weight", {n_out, n_in}, Initial::uniform, bound);
    if (has_bias) tensor(name + ".bias", file_name + ".bias", {n_out}, Initial::uniform, bound);
  }
  void norm(const std::string& name, const std::string& file_name, size_t dim) {
    tensor(name + ".weight", file_name + ".weight", {dim}, Initial::ones);
    tensor(name + ".bias", file_name + ".bias", {dim}, Initial::zeros);
  }
  /// nn.MultiheadAttention: xavier_uniform over the packed tensor, biases 0.
  void attention(const std::string& name, const std::string& file_name, size_t d) {
    const std::string module = file_name + (names_.naming == ScgptNaming::flash_wrapped ? "._impl" : "");
    const std::string packed = module + (names_.naming == ScgptNaming::in_proj ? ".in_proj_" : ".Wqkv.");
    const double bound = std::sqrt(6.0 / static_cast<double>(d + 3 * d));
    tensor(name + "query_key_value.weight", packed + "weight", {3 * d, d}, Initial::uniform, bound);
    tensor(name + "query_key_value.bias", packed + "bias", {3 * d}, Initial::zeros);
    tensor(name + "attention_out.weight", module + ".out_proj.weight", {d, d}, Initial::uniform,
           1 / std::sqrt(static_cast<double>(d)));
    tensor(name + "attention_out.bias", module + ".out_proj.bias", {d}, Initial::zeros);
  }
  std::vector<TensorSpec> take() { return std::move(specs_); }

 private:
  ScgptFileNames names_;
  std::vector<TensorSpec> specs_;
};

/// Puts query, key and value in place of the packed projections.
void split_projections(Weights& weights, size_t n_layers) {
  for (size_t i = 0; i < n_layers; ++i)
    for (const char* kind : {"weight", "bias"}) {
      const std::string layer = fmt::format("layer.{}.", i);
      const std::array<std::string, 3> parts{layer + "query." + kind, layer + "key." + kind,
                                             layer + "value." + kind};
      weights.split_rows(layer + "query_key_value." + kind, parts);
    }
}

// --- What a file holds -------------------------------------------------------------------------------------

/// Throws where there is no embedding of genes, and says where it lies under another name.
void require_embedding(const Checkpoint& checkpoint) {
  if (checkpoint.find(kEmbedding) != nullptr) return;
  const auto& tensors = checkpoint.tensors();
  std::vector<std::string> names;
  std::string advice = "name the folder of an scGPT model";
  for (const StoredTensor& tensor : tensors) {
    if (names.size() < 3) names.push_back(tensor.name.substr(0, 80));
    if (tensor.name.ends_with("." + std::string(kEmbedding)))
      advice = fmt::format("save the network that lies under '{}' alone: its state_dict()",
                           tensor.name.substr(0, tensor.name.size() - kEmbedding.size()).substr(0, 100));
    if (tensor.name.ends_with("embeddings.word_embeddings.weight"))
      advice = "these are the names of Geneformer: name the model as geneformer=PATH";
  }
  throw Error::data({checkpoint.files().front(), fmt::format("weights of scGPT with '{}'", kEmbedding),
                     fmt::format("{} tensors of other names ({}...)", tensors.size(), fmt::join(names, ", ")),
                     advice});
}

/// Throws for models that take more than a cell's genes and bins, or another kind of values.
void refuse_other_inputs(const Checkpoint& checkpoint) {
  struct Input {
    std::string_view prefix;
    const char *what, *advice;
  };
  constexpr std::array<Input, 2> kInputs{
      {{"pert_encoder.", "a model that was fine-tuned for perturbations",
        "Its answer depends on which genes are perturbed, which a cell of other data does not say: take the "
        "model it "
        "was tuned from"},
       {"value_encoder.embedding.", "a model whose values are categories (input_emb_style category)",
        "Take a model with input_emb_style continuous, as the published ones have"}}};
  for (const Input& input : kInputs)
    for (const StoredTensor& tensor : checkpoint.tensors())
      if (tensor.name.starts_with(input.prefix))
        throw Error::data({checkpoint.files().front(),
                           "a network that reads a cell's genes and their bins alone",
                           fmt::format("'{}': {}", tensor.name.substr(0, 80), input.what), input.advice});
}

/// Number of the layer that a tensor belongs to, and the rest of its name.
struct LayerTensor {
  size_t layer = 0;
  std::string_view rest;
};

std::optional<LayerTensor> layer_tensor(std::string_view name) {
  if (!name.starts_with(kLayers)) return std::nullopt;
  name.remove_prefix(kLayers.size());
  LayerTensor result;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), result.layer);
  if (error != std::errc() || result.layer >= kMostLayers) return std::nullopt;
  name.remove_prefix(static_cast<size_t>(end - name.data()));
  result.rest = name;
  return result;
}

/// The naming of the packed projections. Throws where the file mixes several.
ScgptNaming find_naming(const Checkpoint& checkpoint) {
  constexpr std::array<std::string_view, 3> kMarks{".self_attn.in_proj_", ".self_attn.Wqkv.",
                                                   ".self_attn._impl."};
  std::array<const StoredTensor*, 3> example{};
  for (const StoredTensor& tensor : checkpoint.tensors()) {
    const auto found = layer_tensor(tensor.name);
    for (size_t i = 0; found && i < kMarks.size(); ++i)
      if (found->rest.starts_with(kMarks[i]) && example[i] == nullptr) example[i] = &tensor;
  }
  std::vector<std::string> found;
  ScgptNaming naming = ScgptNaming::in_proj;
  for (size_t i = 0; i < example.size(); ++i) {
    if (example[i] == nullptr) continue;
    naming = static_cast<ScgptNaming>(i);
    found.push_back(example[i]->name);
  }
  if (found.size() > 1)
    throw Error::data({checkpoint.files().front(),
                       "one way of naming the projections of query, key and value",
                       fmt::format("several: {}", fmt::join(found, ", ")),
                       "it is not clear which are meant; save the model again"});
  return naming;
}

/// Sizes as the tensors have them; 0 where a tensor is missing.
struct Sizes {
  size_t n_rows = 0, dim = 0, n_layers = 0, ffn_dim = 0;
};

Sizes find_sizes(const Checkpoint& checkpoint) {
  const auto extent = [&](const std::string& name, size_t axis) -> size_t {
    const StoredTensor* tensor = checkpoint.find(name);
    return tensor != nullptr && tensor->shape.size() == 2 ? tensor->shape[axis] : 0;
  };
  Sizes sizes{.n_rows = extent(std::string(kEmbedding), 0), .dim = extent(std::string(kEmbedding), 1)};
  for (const StoredTensor& tensor : checkpoint.tensors())
    if (const auto found = layer_tensor(tensor.name))
      sizes.n_layers = std::max(sizes.n_layers, found->layer + 1);
  sizes.ffn_dim = extent(std::string(kLayers) + "0.linear1.weight", 0);
  return sizes;
}

void check_sizes(const Checkpoint& checkpoint, const Sizes& sizes, const ScgptConfig& config,
                 size_t n_tokens) {
  const std::string& file = checkpoint.files().front();
  std::vector<std::string> expected, found;
  const auto compare = [&](const char* key, size_t wanted, size_t actual) {
    if (actual == 0 || wanted == actual) return;
    expected.push_back(fmt::format("{} {}", key, wanted));
    found.push_back(fmt::format("{}", actual));
  };
  compare("embsize", config.dim, sizes.dim);
  compare("nlayers", config.n_layers, sizes.n_layers);
  compare("d_hid", config.ffn_dim, sizes.ffn_dim);
  if (!expected.empty())
    throw Error::data({file, fmt::format("the sizes of args.json: {}", fmt::join(expected, ", ")),
                       fmt::format("tensors of {}", fmt::join(found, ", ")), kOneModel});
  if (sizes.n_rows != 0 && !rows_fit(sizes.n_rows, n_tokens))
    throw Error::data({file,
                       fmt::format("a gene embedding of {} rows, as the vocabulary has names", n_tokens),
                       fmt::format("{} rows", sizes.n_rows), kOneModel});
}

/// Tensors that are there in fine-tuned and pretraining files and that no answer needs.
std::vector<std::string> ignored_tensors(bool with_decoders) {
  std::vector<std::string> ignored{"flag_encoder.", "cls_decoder.", "batch_encoder.",
                                   "grad_reverse_discriminator.", "dsbn.", "bn.num_batches_tracked",
                                   "n_averaged",
                                   // Probabilities of zeros, beside the predicted values.
                                   "decoder.zero_logit.", "mvc_decoder.W_zero_logit."};
  if (!with_decoders) ignored.insert(ignored.end(), {"decoder.", "mvc_decoder."});
  return ignored;
}

bool has_prefix(const Checkpoint& checkpoint, std::string_view prefix) {
  return std::ranges::any_of(checkpoint.tensors(),
                             [&](const StoredTensor& tensor) { return tensor.name.starts_with(prefix); });
}

/// Throws where expression cannot be predicted by the file's decoders, though cells can be embedded.
void check_decoders(const Checkpoint& checkpoint, size_t dim) {
  const auto fail = [&](const std::string& found) {
    throw Error::data(
        {checkpoint.files().front(),
         "decoders of the published models (decoder.fc, mvc_decoder by inner product, no batch labels)",
         found, "expression cannot be reconstructed with this file; cells can be embedded"});
  };
  const auto find = [&](const char* name) { return checkpoint.find(name); };
  for (const char* name : {"mvc_decoder.fc1.weight", "mvc_decoder.fc2.weight"})
    if (find(name) != nullptr) fail(fmt::format("'{}': an mvc_decoder of another architecture", name));
  for (const char* name : {"decoder.fc.0.weight", "mvc_decoder.gene2query.weight", "mvc_decoder.W.weight"})
    if (find(name) == nullptr) fail(fmt::format("no '{}'", name));
  const auto& in = find("decoder.fc.0.weight")->shape;
  const auto& product = find("mvc_decoder.W.weight")->shape;
  if ((in.size() == 2 && in[1] == 2 * dim) || (product.size() == 2 && product[0] == 2 * dim))
    fail("decoders of twice the width, which also take the label of a batch");
}

void check_variances(const Checkpoint& checkpoint, const Weights& weights) {
  if (!weights.has("bn.var")) return;
  for (const float variance : weights.at("bn.var").values)
    if (variance < 0)
      throw Error::data({checkpoint.files().front(), "variances of bn.running_var from 0 on",
                         fmt::format("{}", variance), kOneModel});
}

}  // namespace

std::vector<TensorSpec> scgpt_tensors(const ScgptConfig& config, size_t n_tokens, ScgptParts parts,
                                      const ScgptFileNames& names) {
  const size_t d = config.dim;
  Table table(names);
  table.tensor("gene.weight", std::string(kEmbedding), {n_tokens, d}, Initial::uniform, 0.1);
  table.norm("gene_norm", "encoder.enc_norm", d);
  table.linear("value_in", "value_encoder.linear1", d, 1);
  table.linear("value_out", "value_encoder.linear2", d, d);
  table.norm("value_norm", "value_encoder.norm", d);
  if (parts.batch_norm) {
    table.norm("bn", "bn", d);
    table.tensor("bn.mean", "bn.running_mean", {d}, Initial::zeros);
    table.tensor("bn.var", "bn.running_var", {d}, Initial::ones);
  }
  for (size_t i = 0; i < config.n_layers; ++i) {
    const auto layer = fmt::format("layer.{}.", i);
    const auto file_layer = fmt::format("{}{}.", kLayers, i);
    table.attention(layer, file_layer + "self_attn", d);
    table.norm(layer + "attention_norm", file_layer + "norm1", d);
    table.linear(layer + "ffn_in", file_layer + "linear1", config.ffn_dim, d);
    table.linear(layer + "ffn_out", file_layer + "linear2", d, config.ffn_dim);
    table.norm(layer + "ffn_norm", file_layer + "norm2", d);
  }
  if (parts.decoders) {
    table.linear("decoder.0", "decoder.fc.0", d, d);
    table.linear("decoder.1", "decoder.fc.2", d, d);
    table.linear("decoder.2", "decoder.fc.4", 1, d);
    table.linear("gene_query", "mvc_decoder.gene2query", d, d);
    table.linear("gene_product", "mvc_decoder.W", d, d, false);
  }
  return table.take();
}

size_t scgpt_embedding_rows(const Checkpoint& checkpoint) {
  require_embedding(checkpoint);
  const StoredTensor& embedding = *checkpoint.find(kEmbedding);
  if (embedding.shape.size() != 2)
    throw Error::data({checkpoint.files().front(), fmt::format("a matrix '{}'", kEmbedding),
                       fmt::format("{} dimensions", embedding.shape.size()), kOneModel});
  return embedding.shape[0];
}

Weights load_scgpt_weights(const Checkpoint& checkpoint, const ScgptConfig& config, size_t n_tokens,
                           bool with_decoders) {
  require_embedding(checkpoint);
  refuse_other_inputs(checkpoint);
  const ScgptFileNames names{find_naming(checkpoint)};
  const Sizes sizes = find_sizes(checkpoint);
  check_sizes(checkpoint, sizes, config, n_tokens);
  if (with_decoders) check_decoders(checkpoint, config.dim);
  // Any of the four calls for all of them.
  const bool has_batch_norm = has_prefix(checkpoint, "bn.");
  const size_t n_rows = std::max(sizes.n_rows, n_tokens);
  const auto table = scgpt_tensors(config, n_rows, {with_decoders, has_batch_norm}, names);
  Weights weights = Weights::load(checkpoint, table, ignored_tensors(with_decoders));
  check_variances(checkpoint, weights);
  split_projections(weights, config.n_layers);
  return weights;
}

std::vector<std::string> scgpt_weight_warnings(const Checkpoint& checkpoint) {
  std::vector<std::string> warnings;
  const std::string& file = checkpoint.files().front();
  if (has_prefix(checkpoint, "dsbn."))
    warnings.push_back(fmt::format(
        "{} was fine-tuned with a batch norm for each batch of its own data (dsbn); cells of other data "
        "belong to none of them, so that all are left out, as the published embedding code does",
        file));
  std::vector<std::string_view> heads;
  for (const std::string_view head :
       {"cls_decoder", "batch_encoder", "grad_reverse_discriminator", "decoder.zero_logit"})
    if (has_prefix(checkpoint, std::string(head) + ".")) heads.push_back(head);
  if (!heads.empty())
    warnings.push_back(
        fmt::format("{} holds parts that no answer here needs: {}; such files are of models that were "
                    "fine-tuned, or trained with these as further tasks",
                    file, fmt::join(heads, ", ")));
  return warnings;
}

ScgptInit parse_scgpt_init(const std::string& name) {
  if (name == "independent") return ScgptInit::independent;
  if (name == "package") return ScgptInit::package;
  throw Error::usage({"initial weights of scGPT", "independent or package", name, "choose one of them"});
}

Weights draw_scgpt_weights(const ScgptConfig& config, size_t n_tokens, uint64_t seed, ScgptInit init,
                           bool with_decoders) {
  auto table = scgpt_tensors(config, n_tokens, {.decoders = with_decoders, .batch_norm = false});
  if (init == ScgptInit::package) {
    // What is drawn depends on the name in the file: all layers take the first one's.
    const auto first = scgpt_tensors(config, n_tokens);
    const auto is_layer = [](const TensorSpec& spec) { return spec.name.starts_with("layer."); };
    const auto begin = std::ranges::find_if(first, is_layer);
    const auto n_layer = static_cast<size_t>(std::ranges::count_if(first, is_layer)) / config.n_layers;
    size_t k = 0;
    for (TensorSpec& spec : table)
      if (is_layer(spec)) spec.file_name = begin[static_cast<ptrdiff_t>(k++ % n_layer)].file_name;
  }
  return Weights::random(table, seed);
}

Weights random_scgpt_weights(const ScgptConfig& config, size_t n_tokens, uint64_t seed, ScgptInit init,
                             bool with_decoders) {
  Weights weights = draw_scgpt_weights(config, n_tokens, seed, init, with_decoders);
  split_projections(weights, config.n_layers);
  return weights;
}

}  // namespace zerocell
