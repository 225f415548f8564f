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
};
constexpr std::array kFixed = {
    FixedSetting{"dispersion", "gene"},
    FixedSetting{"latent_distribution", "normal"},
    FixedSetting{"log_variational", "True"},
    FixedSetting{"encode_covariates", "False"},
    FixedSetting{"batch_representation", "one-hot"},
    FixedSetting{"use_batch_norm", "both"},
    FixedSetting{"use_layer_norm", "none"},
    FixedSetting{"use_size_factor_key", "False"},
    FixedSetting{"use_observed_lib_size", "True"},
    FixedSetting{"extra_payload_autotune", "False"},
    FixedSetting{"library_log_means", "None"},
    FixedSetting{"library_log_vars", "None"},
    FixedSetting{"var_activation", "None"},
    FixedSetting{"extra_encoder_kwargs", "None"},
    FixedSetting{"extra_decoder_kwargs", "None"},
    FixedSetting{"batch_embedding_kwargs", "None"},
};

class RegistryReader {
 public:
  RegistryReader(const Pickle& pickle, const std::string& path) : pickle_(pickle), path_(path) {}

  ScviModel read() {
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
    return std::move(model_);
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
    constexpr size_t kMostGrowth = 16;
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
    if (!method.empty() && method != "setup_anndata")
      fail("setup_method_name", "setup_anndata", shown(method), kEmbedElsewhere);
    const PickleValue& setup = dict(registry, "setup_args");
    for (const char* key : {"size_factor_key", "categorical_covariate_keys", "continuous_covariate_keys"})
      if (const PickleValue* value = pickle_.find(setup, key); !is_nothing(value))
        fail(fmt::format("setting '{}'", key), "None", describe_value(*value), kEmbedElsewhere);
    model_.batch_key = text_or_empty(setup, "batch_key");
    const PickleValue& fields = dict(registry, "field_registries");
    model_.batches = names(dict(dict(fields, "batch"), "state_registry"), "categorical_mapping");
    if (const PickleValue* x = pickle_.find(fields, "X"); x != nullptr && x->kind == PickleKind::dict)
      if (const PickleValue* stats = pickle_.find(*x, "summary_stats");
          stats != nullptr && stats->kind == PickleKind::dict)
        if (const PickleValue* n = pickle_.find(*stats, "n_cells");
            n != nullptr && n->kind == PickleKind::integer && n->integer > 0)
          model_.n_cells = static_cast<size_t>(n->integer);
    model_.run = text_or_empty(registry, "zerocell_run");
  }

  /// init_params_: {"non_kwargs": {name: value}, "kwargs": {"kwargs": {name: value}}}
  void read_settings(const PickleValue& parameters) {
    if (pickle_.find(parameters, "non_kwargs") == nullptr)
      fail("entry 'init_params_'", "settings as scvi-tools writes them since version 0.9", "another form",
           "Load and save the model in Python with a newer scvi-tools");
    add_settings(dict(parameters, "non_kwargs"));
    const PickleValue& groups = dict(parameters, "kwargs");
    for (size_t i = 1; i < groups.items.size(); i += 2) {
      const PickleValue& group = pickle_.item(groups, i);
      if (group.kind != PickleKind::dict) fail("entry 'kwargs'", "a dictionary", describe_value(group));
      add_settings(group);
    }
    auto& s = model_.weights.sizes;
    // scvi-tools' own defaults, which are not those of ScviSizes.
    s.n_hidden = size_setting("n_hidden", 128, 1 << 16);
    s.n_latent = size_setting("n_latent", 10, 1 << 16);
    s.n_layers = size_setting("n_layers", 1, 64);
    read_likelihood();
    read_dropout();
    refuse_others();
  }

  void add_settings(const PickleValue& group) {
    for (size_t i = 0; i + 1 < group.items.size(); i += 2) {
      const PickleValue& key = pickle_.item(group, i);
      if (key.kind != PickleKind::text) fail("its settings", "settings with names", describe_value(key));
      if (!settings_.emplace(key.text, &pickle_.item(group, i + 1)).second)
        fail(fmt::format("setting '{}'", shown(key.text)), "it once", "it twice");
    }
  }
  /// Takes a setting out of those that are left; null where it is not there.
  const PickleValue* take(std::string_view name) {
    const auto found = settings_.find(name);
    if (found == settings_.end()) return nullptr;
    const PickleValue* value = found->second;
    settings_.erase(found);
    return value;
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
    if (text != "nb" && text != "zinb")
      fail("setting 'gene_likelihood'", "nb or zinb", text, kEmbedElsewhere);
    model_.weights.sizes.gene_likelihood = text == "nb" ? GeneLikelihood::nb : GeneLikelihood::zinb;
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
  void refuse_others() {
    // Batches reach the first layer of the decoder alone: with one layer, or one batch, that is no
    // difference.
    if (const PickleValue* value = take("deeply_inject_covariates");
        value != nullptr && describe_value(*value) != "True" && model_.weights.sizes.n_layers > 1 &&
        model_.batches.size() > 1)
      fail("setting 'deeply_inject_covariates'", "True, where there are several layers and batches",
           describe_value(*value), kEmbedElsewhere);
    for (const auto& [name, only] : kFixed) {
      const PickleValue* value = take(name);
      const bool is_default =
          value == nullptr || describe_value(*value) == only || (only == "None" && is_nothing(value));
      if (!is_default)
        fail(fmt::format("setting '{}'", name), std::string(only), describe_value(*value), kEmbedElsewhere);
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
    if (s.n_genes == 0 || s.n_genes > kMost || s.n_batches == 0 || s.n_batches > kMost)
      fail("its genes and batches", "at least one of each", fmt::format("{} and {}", s.n_genes, s.n_batches));
  }

  const Pickle& pickle_;
  const std::string& path_;
  ScviModel model_;
  std::map<std::string_view, const PickleValue*, std::less<>> settings_;
};

}  // namespace

ScviModel read_scvi_registry(const Pickle& pickle, const std::string& path) {
  return RegistryReader(pickle, path).read();
}

}  // namespace zerocell
