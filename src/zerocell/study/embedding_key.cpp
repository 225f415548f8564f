#include "zerocell/study/embedding_key.h"

#include <utility>

#include "zerocell/core/hash.h"
#include "zerocell/study/make_backend.h"
#include "zerocell/study/methods.h"
#include "zerocell/version.h"

namespace zerocell {

EmbeddingKeys::EmbeddingKeys(const std::string& data_path, const DataSourceOptions& source,
                             std::string device, std::string batch, uint64_t seed,
                             std::shared_ptr<FileHashes> files)
    : data_hash_(dataset_hash(data_path, *files)),
      modality_(source.modality),
      layer_(source.layer),
      gene_ids_(source.gene_ids),
      device_(std::move(device)),
      batch_(std::move(batch)),
      accept_non_counts_(source.accept_non_counts),
      has_lists_(!source.cells.exclude_cells.empty() || !source.cells.overlap.empty()),
      seed_(seed),
      files_(std::move(files)) {
  ContentHash hash;
  add_to_hash(hash, source.cells);
  cells_hash_ = hash.hex();
}

std::string EmbeddingKeys::batch_of(const EmbeddingSpec& spec) const {
  const bool has_own = !spec.option("batch_key", "").empty();
  return find_method(spec).batches == BatchUse::none || has_own ? "" : batch_;
}

uint64_t EmbeddingKeys::seed_of(const EmbeddingSpec& spec) const {
  return spec.option_size("seed", seed_, 0);
}

std::string EmbeddingKeys::of(const EmbeddingSpec& spec) const {
  const auto& method = find_method(spec);
  const bool uses_device = method.uses_device && method.uses_device(spec);
  const bool draws = !method.draws || method.draws(spec);
  // Lists of cells may name them by hashes of their counts.
  const bool uses_counts = method.needs_counts || has_lists_;
  ContentHash hash;
  for (const auto& text : {std::string(ZEROCELL_VERSION), data_hash_, modality_, cells_hash_,
                           uses_device ? resolve_device(device_) : "", batch_of(spec)})
    hash.add(std::string_view(text));
  for (const auto& text : {layer_, gene_ids_}) hash.add(std::string_view(uses_counts ? text : ""));
  hash.add(static_cast<uint64_t>(uses_counts && accept_non_counts_));
  hash.add(draws ? seed_of(spec) : 0);
  add_to_hash(hash, spec, *files_);
  return hash.hex();
}

}  // namespace zerocell
