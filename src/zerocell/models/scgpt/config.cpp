#include "zerocell/models/scgpt/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <nlohmann/json.hpp>

#include "zerocell/core/error.h"
#include "zerocell/core/number_text.h"
#include "zerocell/models/json_config.h"

namespace zerocell {
namespace {

constexpr const char* kFileName = "args.json";
/// Values are clamped at 512 (ContinuousValueEncoder), so that more bins would not be told apart.
constexpr int64_t kFewestBins = 3, kMostBins = 513;
/// Far beyond any model; what a file says must not decide how much memory is asked for.
constexpr size_t kMostLayers = 1024, kMostDimensions = size_t{1} << 15;
/// Whole numbers that are exact as floats.
constexpr int64_t kLargestValue = int64_t{1} << 20;
constexpr size_t kLongestToken = 64;

struct Architecture {
  const char* name;
  size_t n_layers, dim, n_heads, ffn_dim;
};
constexpr std::array<Architecture, 3> kArchitectures{
    {{"human", 12, 512, 8, 512}, {"small", 4, 256, 4, 256}, {"tiny", 2, 64, 4, 64}}};

ScgptConfig to_config(const JsonConfig& file) {
  file.require_text("input_emb_style", "continuous");
  file.require_text("input_style", "binned");
  file.require_text("cell_emb_style", "cls");
  file.require_text("fast_transformer_backend", "flash");
  if (file.boolean("pre_norm", false))
    file.unsupported("layers that normalise after each sum", "pre_norm true");
  ScgptConfig config;
  config.n_layers = file.size("nlayers", kMostLayers);
  config.dim = file.size("embsize", kMostDimensions);
  config.n_heads = file.size("nheads");
  config.ffn_dim = file.size("d_hid", kMostDimensions);
  config.n_bins = static_cast<size_t>(
      file.integer("n_bins", static_cast<int64_t>(config.n_bins), kFewestBins, kMostBins));
  config.max_seq_len =
      static_cast<size_t>(file.integer("max_seq_len", static_cast<int64_t>(config.max_seq_len), 2,
                                       static_cast<int64_t>(JsonConfig::kMaxSize)));
  config.pad_token = file.text("pad_token", config.pad_token);
  config.pad_value =
      static_cast<int>(file.integer("pad_value", config.pad_value, -kLargestValue, kLargestValue));
  config.mask_value =
      static_cast<int>(file.integer("mask_value", config.mask_value, -kLargestValue, kLargestValue));
  config.untrained = file.boolean("zerocell_untrained", false);
  if (config.dim % config.n_heads != 0)
    file.fail("embsize a multiple of nheads", fmt::format("{} and {}", config.dim, config.n_heads));
  if (config.pad_token.empty() || config.pad_token.size() > kLongestToken)
    file.fail(fmt::format("pad_token of 1 to {} characters", kLongestToken),
              fmt::format("{} of them", config.pad_token.size()));
  return config;
}

}  // namespace

std::string ScgptConfig::text() const {
  return fmt::format("{} layers, {} dimensions, {} heads, {} bins, cells of up to {} tokens", n_layers, dim,
                     n_heads, n_bins, with_commas(max_seq_len));
}

ScgptConfig read_scgpt_config(const std::string& path) {
  return to_config(JsonConfig::read(path, kFileName));
}

ScgptConfig parse_scgpt_config(std::string_view text, const std::string& path) {
  return to_config(JsonConfig(text, path, kFileName));
}

std::vector<std::string> scgpt_architectures() {
  std::vector<std::string> names;
  for (const Architecture& a : kArchitectures) names.emplace_back(a.name);
  return names;
}

ScgptConfig scgpt_architecture(const std::string& name) {
  for (const Architecture& a : kArchitectures) {
    if (name != a.name) continue;
    ScgptConfig config;
    config.n_layers = a.n_layers;
    config.dim = a.dim;
    config.n_heads = a.n_heads;
    config.ffn_dim = a.ffn_dim;
    return config;
  }
  throw Error::usage({"architecture of scGPT",
                      fmt::format("one of {}", fmt::join(scgpt_architectures(), ", ")), name,
                      "choose one of them"});
}

std::string to_json(const ScgptConfig& config) {
  nlohmann::ordered_json object{{"load_model", nullptr},
                                {"n_hvg", nullptr},
                                {"pad_token", config.pad_token},
                                {"input_style", "binned"},
                                {"input_emb_style", "continuous"},
                                {"n_bins", config.n_bins},
                                {"max_seq_len", config.max_seq_len},
                                {"training_tasks", "both"},
                                {"mask_ratio", {0.25, 0.5, 0.75}},
                                {"trunc_by_sample", true},
                                {"no_cls", true},
                                {"no_cce", true},
                                {"fp16", true},
                                {"fast_transformer", true},
                                {"nlayers", config.n_layers},
                                {"nheads", config.n_heads},
                                {"embsize", config.dim},
                                {"d_hid", config.ffn_dim},
                                {"dropout", 0.2},
                                {"n_layers_cls", 3},
                                {"mask_value", config.mask_value},
                                {"pad_value", config.pad_value},
                                {"USE_CLS", false},
                                {"USE_CCE", false},
                                {"MVC", true},
                                {"USE_GENERATIVE_TRAINING", true}};
  if (config.untrained) object["zerocell_untrained"] = true;
  return object.dump(2) + "\n";
}

}  // namespace zerocell
