#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "zerocell/cli/untrained_model.h"
#include "zerocell/core/number_text.h"
#include "zerocell/models/scgpt/untrained.h"
#include "zerocell/study/data_source.h"

namespace zerocell {
namespace {

/// Sizes of the architecture; conventions of the args.json beside the vocabulary, where there is one.
ScgptConfig make_config(const InitModelArguments& arguments) {
  const ScgptConfig sizes = scgpt_architecture(arguments.architecture);
  const auto args = std::filesystem::path(arguments.vocab) / "args.json";
  std::error_code error;
  if (arguments.vocab.empty() || !std::filesystem::exists(args, error)) return sizes;
  ScgptConfig config = read_scgpt_config(args.string());
  config.n_layers = sizes.n_layers;
  config.dim = sizes.dim;
  config.n_heads = sizes.n_heads;
  config.ffn_dim = sizes.ffn_dim;
  return config;
}

ScgptVocabulary make_vocabulary(const InitModelArguments& arguments, const CommonOptions& common,
                                const ScgptConfig& config) {
  if (!arguments.vocab.empty()) return read_scgpt_vocabulary(arguments.vocab, config.pad_token);
  ThreadPool pool(common.n_threads());
  DataSource data(arguments.data.path, source_options(arguments.data, common), pool);
  return scgpt_vocabulary_of(data.genes());
}

WrittenModel write(const InitModelArguments& arguments, const CommonOptions& common) {
  const auto config = make_config(arguments);
  const auto vocabulary = make_vocabulary(arguments, common, config);
  write_untrained_scgpt(arguments.out, config, vocabulary, common.seed, parse_scgpt_init(arguments.init));
  return {fmt::format("{}, {} tokens", config.text(), with_commas(vocabulary.n_tokens())),
          vocabulary.n_tokens()};
}

}  // namespace

UntrainedModel untrained_scgpt() {
  return {"scgpt",
          scgpt_architectures(),
          {"independent", "package"},
          {"best_model.pt", "vocab.json", "args.json"},
          write};
}

}  // namespace zerocell
