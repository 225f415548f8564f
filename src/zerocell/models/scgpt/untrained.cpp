#include "zerocell/models/scgpt/untrained.h"

#include "zerocell/checkpoint/checkpoint.h"
#include "zerocell/core/atomic_file.h"

namespace zerocell {

void write_untrained_scgpt(const std::string& folder, const ScgptConfig& config,
                           const ScgptVocabulary& vocabulary, uint64_t seed, ScgptInit init) {
  make_folder(folder);
  const auto table = scgpt_tensors(config, vocabulary.n_tokens(), {.decoders = true, .batch_norm = false});
  const auto weights = draw_scgpt_weights(config, vocabulary.n_tokens(), seed, init, true);
  std::vector<NamedTensor> tensors;
  for (const TensorSpec& spec : table) {
    const FloatTensor& tensor = weights.at(spec.name);
    tensors.push_back({spec.file_name, tensor.shape, tensor.values});
  }
  write_torch_zip(folder + "/best_model.pt", tensors);
  write_text_file(folder + "/vocab.json", to_json(vocabulary));
  auto written = config;
  written.untrained = true;
  write_text_file(folder + "/args.json", to_json(written));
}

}  // namespace zerocell
