#include "zerocell/study/evaluation_keys.h"

#include "zerocell/core/hash.h"
#include "zerocell/study/methods.h"
#include "zerocell/version.h"

namespace zerocell {

std::string batch_column_for(const EmbeddingSpec& spec, const EvaluateOptions& options) {
  return find_method(spec).batches == BatchUse::none ? "" : options.batch;
}

uint64_t seed_of(const EmbeddingSpec& spec, const EvaluateOptions& options) {
  return spec.option_size("seed", options.seed, 0);
}

EvaluationKeys::EvaluationKeys(const EvaluateOptions& options)
    : options_(options),
      data_hash_(options.data_hash.empty() ? hash_path(options.data_path) : options.data_hash) {
  ContentHash hash;
  add_to_hash(hash, options.cells);
  cells_hash_ = hash.hex();
}

std::string EvaluationKeys::of_embedding(const EmbeddingSpec& spec) const {
  ContentHash hash;
  for (const auto& text :
       {std::string(ZEROCELL_VERSION), data_hash_, cells_hash_, options_.layer, options_.gene_ids,
        options_.device, batch_column_for(spec, options_), spec.method, spec.path, spec_files_hash(spec)})
    hash.add(std::string_view(text));
  for (const uint64_t number : {seed_of(spec, options_), static_cast<uint64_t>(options_.accept_non_counts),
                                static_cast<uint64_t>(spec.options.size())})
    hash.add(number);
  for (const auto& [key, value] : spec.options) hash.add(std::string_view(key)).add(std::string_view(value));
  return hash.hex();
}

std::string EvaluationKeys::of_scores(const EmbeddingSpec& spec, const std::string& embedding_key) const {
  ContentHash hash;
  for (const auto& text : {embedding_key, spec.tag, spec.group, options_.label, options_.batch,
                           options_.donor, to_string(options_.convention)})
    hash.add(std::string_view(text));
  for (const uint64_t number :
       {options_.seed, static_cast<uint64_t>(options_.reduced_dims),
        static_cast<uint64_t>(options_.cluster_seeds), static_cast<uint64_t>(options_.umap)})
    hash.add(number);
  return hash.hex();
}

}  // namespace zerocell
