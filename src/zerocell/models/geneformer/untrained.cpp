#include "zerocell/models/geneformer/untrained.h"

#include <algorithm>
#include <unordered_map>

#include "zerocell/checkpoint/checkpoint.h"
#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/models/geneformer/network.h"

namespace zerocell {
namespace {

double median_of(std::vector<float>& values) {
  if (values.empty()) return 1;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return (static_cast<double>(*std::max_element(values.begin(), middle)) + *middle) / 2;
}

}  // namespace

GeneformerDictionaries geneformer_dictionaries(std::span<const std::string> genes, const RowStream& counts,
                                               bool special_tokens) {
  std::vector<std::vector<float>> normalised(genes.size());
  counts.for_each_block([&](const RowBlock& rows) {
    for (size_t i = 0; i < rows.values.n_rows; ++i) {
      const auto columns = rows.values.row_indices(i);
      const auto values = rows.values.row_values(i);
      double n_counts = 0;
      for (const float x : values) n_counts += x;
      for (size_t k = 0; k < columns.size(); ++k)
        if (values[k] > 0) normalised[columns[k]].push_back(static_cast<float>(values[k] / n_counts * 10000));
    }
  });
  GeneformerDictionaries result;
  auto& tokens = result.tokens.entries;
  for (const char* special : {"<pad>", "<mask>", "<cls>", "<eos>"})
    if (special_tokens || tokens.size() < 2)
      tokens.emplace_back(special, static_cast<int64_t>(tokens.size()));
  std::unordered_map<std::string, size_t> known;
  for (size_t g = 0; g < genes.size(); ++g) {
    if (!known.emplace(genes[g], g).second) continue;
    tokens.emplace_back(genes[g], static_cast<int64_t>(tokens.size()));
    result.medians.entries.emplace_back(genes[g], median_of(normalised[g]));
    result.names.entries.emplace_back(genes[g], genes[g]);
  }
  return result;
}

void write_untrained_geneformer(const std::string& folder, const GeneformerConfig& config,
                                const GeneformerDictionaries& dictionaries, uint64_t seed) {
  if (dictionaries.tokens.entries.size() != config.vocab_size)
    throw Error::internal("an untrained model's dictionaries do not fit its configuration");
  make_folder(folder);
  const auto table = geneformer_tensors(config, true);
  const auto weights = Weights::random(table, seed);
  std::vector<NamedTensor> tensors;
  for (const auto& spec : table) {
    const auto& tensor = weights.at(spec.name);
    tensors.push_back({spec.file_name, tensor.shape, tensor.values});
  }
  write_safetensors(folder + "/model.safetensors", tensors);
  write_dictionary(folder + "/token_dictionary.pkl", dictionaries.tokens);
  write_dictionary(folder + "/gene_median_dictionary.pkl", dictionaries.medians);
  write_dictionary(folder + "/gene_name_id_dict.pkl", dictionaries.names);
  auto written = config;
  written.untrained = true;
  write_text_file(folder + "/config.json", to_json(written));
}

}  // namespace zerocell
