#include "zerocell/models/scvi/model_registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/core/error.h"
#include "zerocell/models/scvi/numpy_array.h"

namespace zerocell {
namespace {

constexpr const char* kDamaged = "The file is damaged or no model of scvi-tools";
constexpr const char* kEmbedElsewhere =
    "Embed the cells with scvi-tools and evaluate them as file=PATH, or train a model without it";

/// A setting of scvi-tools' VAE that may only have the value that zerocell computes with. Source: scvi-tools
/// 1.4.2, model/_scvi.py and module/_vae.py.
struct FixedSetting {
  std::string_view name, value;
  bool of_encoder = false;  ///< the means of q(z | x) depend on it
};
constexpr std::array kFixed = {
    FixedSetting{"dispersion", "gene"},
    FixedSetting{"latent_distribution", "normal", true},
    FixedSetting{"batch_representation", "one-hot"},
    FixedSetting{"use_size_factor_key", "False"},
    FixedSetting{"use_observed_lib_size", "True"},
    FixedSetting{"extra_payload_autotune", "False"},
    FixedSetting{"library_log_means", "None"},
    FixedSetting{"library_log_vars", "None"},
    FixedSetting{"var_activation", "None"},
    FixedSetting{"extra_encoder_kwargs", "None", true},
    FixedSetting{"extra_decoder_kwargs", "None"},
    FixedSetting{"batch_embedding_kwargs", "None"},
};
/// Of old versions: where the tensors were in training.
constexpr std::array<std::string_view, 2> kOfTraining = {"use_cuda", "use_gpu"};

class RegistryReader {
 public:
  RegistryReader(const Pickle& pickle, const std::string& path, ScviPart part)
      : pickle_(pickle), path_(path), part_(part) {}

  ScviDescription read() {
    const PickleValue& root = pickle_.root();
    if (root.kind != PickleKind::dict || pickle_.find(root, "attr_dict") == nullptr ||
        pickle_.find(root, "model_state_dict") == nullptr)
      throw Error::data({path_, "a model.pt of scvi-tools, with model_state_dict, var_names and attr_dict",
                         "something else, such as weights alone",
                         "Save the model in Python with model.save(FOLDER)"});
    const PickleValue& attributes = dict(root, "attr_dict");
    read_registry(dict(attributes, "registry_"));
    read_settings(dict(attributes, "init_params_"));
    model_.genes = names(root, "var_names");
    finish_sizes();
    return std::move(result_);
  }

 private:
  [[noreturn]] void fail(const std::string& what, const std::string& expected, const std::string& found,
                         const std::string& advice = kDamaged) const {
    throw Error::data({fmt::format("{}, {}", path_, what), expected, found, advice});
  }

  /// An entry that must be there.
  const PickleValue& entry(const PickleValue& of, std::string_view key) const {
    const PickleValue* value = pickle_.find(of, key);
    if (value == nullptr) fail(fmt::format("entry '{}'", key), "it", "none");
    return *value;
  }
  const PickleValue& dict(const PickleValue& of, std::string_view key) const {
    const PickleValue& value = entry(of, key);
    if (value.kind != PickleKind::dict)
      fail(fmt::format("entry '{}'", key), "a dictionary", describe_value(value));
    return value;
  }
  std::vector<std::string> names(const PickleValue& of, std::string_view key) const {
    return numpy_texts(pickle_, entry(of, key), fmt::format("{}, entry '{}'", path_, key),
                       kMostGrowth * pickle_.n_bytes());
  }
  /// A text that may be absent or None.
  std::string text_or_empty(const PickleValue& of, std::string_view key) const {
    const PickleValue* value = pickle_.find(of, key);
    if (value == nullptr || value->kind == PickleKind::none) return "";
    if (value->kind != PickleKind::text)
      fail(fmt::format("entry '{}'", key), "a text", describe_value(*value));
    return std::string(value->text);
  }
  bool is_nothing(const PickleValue* value) const {
    if (value == nullptr || value->kind == PickleKind::none) return true;
    const bool is_list = value->kind == PickleKind::list || value->kind == PickleKind::tuple ||
                         value->kind == PickleKind::dict;
    return is_list && value->items.empty();
  }

  void read_registry(const PickleValue& registry) {
    const auto name = text_or_empty(registry, "model_name");
    if (!name.empty() && name != "SCVI") fail("model_name", "SCVI", shown(name), kEmbedElsewhere);
    const auto method = text_or_empty(registry, "setup_method_name");
    if (!method.empty() && method != "setup_anndata" && (needs_all() || method != "setup_datamodule"))
      fail("setup_method_name", "setup_anndata", shown(method), kEmbedElsewhere);
    const PickleValue& setup = dict(registry, "setup_args");
    for (const char* key : {"size_factor_key", "categorical_covariate_keys", "continuous_covariate_keys"}) {
      const PickleValue* value = pickle_.find(setup, key);
      if (is_nothing(value)) continue;
      if (needs_all())
        fail(fmt::format("setting '{}'", key), "None", describe_value(*value), kEmbedElsewhere);
      if (key != std::string_view("size_factor_key")) has_covariates_ = true;
    }
    model_.batch_key = text_or_empty(setup, "batch_key");
    if (model_.batch_key == "_scvi_batch") model_.batch_key.clear();  // scvi-tools' own, where there is none
    const PickleValue& fields = dict(registry, "field_registries");
    read_batches(fields);
    if (const PickleValue* x = pickle_.find(fields, "X"); x != nullptr && x->kind == PickleKind::dict)
      if (const PickleValue* stats = pickle_.find(*x, "summary_stats");
          stats != nullptr && stats->kind == PickleKind::dict)
        if (const PickleValue* n = pickle_.find(*stats, "n_cells");
            n != nullptr && n->kind == PickleKind::integer && n->integer > 0)
          model_.n_cells = static_cast<size_t>(n->integer);
    model_.run = text_or_empty(registry, "zerocell_run");
  }

  /// Names of batches of any kind; the encoder needs none but where it is told the batch.
  void read_batches(const PickleValue& fields) {
    if (needs_all()) {
      model_.batches = names(dict(dict(fields, "batch"), "state_registry"), "categorical_mapping");
      return;
    }
    const PickleValue* at = &fields;
    for (const char* key : {"batch", "state_registry", "categorical_mapping"})
      if (at != nullptr) at = at->kind == PickleKind::dict ? pickle_.find(*at, key) : nullptr;
    if (at == nullptr) return;
    try {
      model_.batches =
          numpy_texts(pickle_, *at, path_ + ", names of batches", kMostGrowth * pickle_.n_bytes());
    } catch (const Error&) {
      model_.batches.clear();  // dates and other objects, which have no name here
    }
  }

  /// init_params_: {"non_kwargs": {name: value}, "kwargs": {"kwargs": {name: value}}}; before version 0.9 all
  /// beside each other, with dictionaries for those of the network.
  void read_settings(const PickleValue& parameters) {
    if (pickle_.find(parameters, "non_kwargs") != nullptr) {
      add_settings(dict(parameters, "non_kwargs"));
      const PickleValue& groups = dict(parameters, "kwargs");
      for (size_t i = 1; i < groups.items.size(); i += 2) {
        const PickleValue& group = pickle_.item(groups, i);
        if (group.kind != PickleKind::dict) fail("entry 'kwargs'", "a dictionary", describe_value(group));
        add_settings(group);
      }
    } else {
      for (size_t i = 0; i + 1 < parameters.items.size(); i += 2) {
        const PickleValue &key = pickle_.item(parameters, i), &value = pickle_.item(parameters, i + 1);
        value.kind == PickleKind::dict ? add_settings(value) : add_setting(key, value);
      }
    }
    auto& s = model_.weights.sizes;
    // scvi-tools' own defaults, which are not those of ScviSizes.
    s.n_hidden = size_setting("n_hidden", 128, 1 << 16);
    s.n_latent = size_setting("n_latent", 10, 1 << 16);
    s.n_layers = size_setting("n_layers", 1, 64);
    read_likelihood();
    read_dropout();
    read_encoder();
    refuse_others();
  }

  void add_settings(const PickleValue& group) {
    for (size_t i = 0; i + 1 < group.items.size(); i += 2)
      add_setting(pickle_.item(group, i), pickle_.item(group, i + 1));
  }
  void add_setting(const PickleValue& key, const PickleValue& value) {
    if (key.kind != PickleKind::text) fail("its settings", "settings with names", describe_value(key));
    if (!settings_.emplace(key.text, &value).second)
      fail(fmt::format("setting '{}'", shown(key.text)), "it once", "it twice");
  }
  /// Takes a setting out of those that are left; null where it is not there.
  const PickleValue* take(std::string_view name) {
    const auto found = settings_.find(name);
    if (found == settings_.end()) return nullptr;
    const PickleValue* value = found->second;
    settings_.erase(found);
    return value;
  }
  const PickleValue* find_setting(std::string_view name) const {
    const auto found = settings_.find(name);
    return found == settings_.end() ? nullptr : found->second;
  }
  size_t size_setting(std::string_view name, size_t fallback, int64_t most) {
    const PickleValue* value = take(name);
    if (value == nullptr) return fallback;
    if (value->kind != PickleKind::integer || value->integer < 1 || value->integer > most)
      fail(fmt::format("setting '{}'", name), fmt::format("a whole number from 1 to {}", most),
           describe_value(*value));
    return static_cast<size_t>(value->integer);
  }
  void read_likelihood() {
    const PickleValue* value = take("gene_likelihood");
    const auto text = value == nullptr ? "zinb" : describe_value(*value);
    const bool is_other = text == "poisson" || text == "normal";
    if (text != "nb" && text != "zinb" && (needs_all() || !is_other))
      fail("setting 'gene_likelihood'", needs_all() ? "nb or zinb" : "nb, zinb, poisson or normal", text,
           kEmbedElsewhere);
    if (text == "normal")
      result_.notes.push_back(
          "the model's likelihood is normal, which is meant for values that are no counts; it is given "
          "counts, "
          "which is right where it was trained on counts");
    model_.weights.sizes.gene_likelihood = text == "zinb" ? GeneLikelihood::zinb : GeneLikelihood::nb;
    result_.gene_likelihood = text;
  }
  void read_dropout() {
    const PickleValue* value = take("dropout_rate");
    if (value == nullptr) return;
    model_.dropout_rate =
        value->kind == PickleKind::integer ? static_cast<double>(value->integer) : value->real;
    const bool is_number = value->kind == PickleKind::integer || value->kind == PickleKind::real;
    if (!is_number || !(model_.dropout_rate >= 0 && model_.dropout_rate < 1))
      fail("setting 'dropout_rate'", "a number from 0 to below 1", describe_value(*value));
  }
  [[noreturn]] void fail_setting(std::string_view name, const std::string& expected,
                                 const std::string& found) const {
    fail(fmt::format("setting '{}'", name), expected, found, kEmbedElsewhere);
  }
  /// A setting out of some words, the first of which is the only one that a whole network may have.
  std::string word_setting(std::string_view name, std::initializer_list<std::string_view> words) {
    const PickleValue* value = take(name);
    const auto text = value == nullptr ? std::string(*words.begin()) : describe_value(*value);
    const size_t n_allowed = needs_all() ? 1 : words.size();
    for (size_t i = 0; i < n_allowed; ++i)
      if (text == words.begin()[i]) return text;
    fail_setting(name, fmt::format("{}", fmt::join(words.begin(), words.begin() + n_allowed, ", ")), text);
  }

  /// What decides how the encoder computes.
  void read_encoder() {
    auto& encoder = result_.encoder;
    encoder.takes_log = word_setting("log_variational", {"True", "False"}) == "True";
    const auto batch_norm = word_setting("use_batch_norm", {"both", "encoder", "decoder", "none"});
    encoder.batch_norm = batch_norm == "both" || batch_norm == "encoder";
    const auto layer_norm = word_setting("use_layer_norm", {"none", "both", "encoder", "decoder"});
    encoder.layer_norm = layer_norm == "both" || layer_norm == "encoder";
    read_deep_covariates();
    if (word_setting("encode_covariates", {"False", "True"}) == "False") return;
    const auto* embedded = find_setting("batch_representation");
    if (has_covariates_)
      fail_setting("encode_covariates", "False, where there are covariates beside the batch", "True");
    if (embedded != nullptr && describe_value(*embedded) != "one-hot")
      fail_setting("batch_representation", "one-hot, where the encoder is told the batch",
                   describe_value(*embedded));
    if (model_.batches.empty())
      fail_setting("encode_covariates", "False, where the names of the batches are no texts or numbers",
                   "True");
    encoder.n_covariates = model_.batches.size() > 1 ? model_.batches.size() : 0;
  }
  void read_deep_covariates() {
    const PickleValue* value = take("deeply_inject_covariates");
    if (value == nullptr || describe_value(*value) == "True") return;
    if (describe_value(*value) != "False")
      fail_setting("deeply_inject_covariates", "True or False", describe_value(*value));
    // Batches reach the first layer of the decoder alone: with one layer, or one batch, that is no
    // difference.
    if (needs_all() && model_.weights.sizes.n_layers > 1 && model_.batches.size() > 1)
      fail_setting("deeply_inject_covariates", "True, where there are several layers and batches", "False");
    result_.encoder.in_every_layer = false;
  }

  void refuse_others() {
    for (const auto name : kOfTraining) take(name);
    for (const auto& [name, only, of_encoder] : kFixed) {
      const PickleValue* value = take(name);
      if (!needs_all() && !of_encoder) continue;
      const bool is_default =
          value == nullptr || describe_value(*value) == only || (only == "None" && is_nothing(value));
      if (!is_default) fail_setting(name, std::string(only), describe_value(*value));
    }
    if (const auto other = settings_.begin(); other != settings_.end())
      fail(fmt::format("setting '{}'", shown(other->first)), "settings of scvi-tools 1.4.2",
           fmt::format("one that is not known: {}", describe_value(*other->second)), kEmbedElsewhere);
  }

  void finish_sizes() {
    auto& s = model_.weights.sizes;
    s.n_genes = model_.genes.size();
    s.n_batches = model_.batches.size();
    constexpr size_t kMost = size_t{1} << 24;
    const bool has_batches = s.n_batches > 0 || !needs_all();
    if (s.n_genes == 0 || s.n_genes > kMost || !has_batches || s.n_batches > kMost)
      fail("its genes and batches", "at least one of each", fmt::format("{} and {}", s.n_genes, s.n_batches));
  }

  bool needs_all() const { return part_ == ScviPart::all; }

  static constexpr size_t kMostGrowth = 16;

  const Pickle& pickle_;
  const std::string& path_;
  const ScviPart part_;
  ScviDescription result_;
  ScviModel& model_ = result_.model;
  bool has_covariates_ = false;
  std::map<std::string_view, const PickleValue*, std::less<>> settings_;
};

}  // namespace

ScviDescription read_scvi_registry(const Pickle& pickle, const std::string& path, ScviPart part) {
  return RegistryReader(pickle, path, part).read();
}

}  // namespace zerocell
