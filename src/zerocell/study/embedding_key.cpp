#include "zerocell/study/embedding_key.h"

#include <utility>

#include "zerocell/core/hash.h"
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
      seed_(seed),
      files_(std::move(files)) {
  ContentHash hash;
  add_to_hash(hash, source.cells);
  cells_hash_ = hash.hex();
}

std::string EmbeddingKeys::batch_of(const EmbeddingSpec& spec) const {
  return find_method(spec).batches == BatchUse::none ? "" : batch_;
}

uint64_t EmbeddingKeys::seed_of(const EmbeddingSpec& spec) const {
  return spec.option_size("seed", seed_, 0);
}

std::string EmbeddingKeys::of(const EmbeddingSpec& spec) const {
  ContentHash hash;
  for (const auto& text : {std::string(ZEROCELL_VERSION), data_hash_, modality_, cells_hash_, layer_,
                           gene_ids_, device_, batch_of(spec)})
    hash.add(std::string_view(text));
  hash.add(seed_of(spec)).add(static_cast<uint64_t>(accept_non_counts_));
  add_to_hash(hash, spec, *files_);
  return hash.hex();
}

}  // namespace zerocell
