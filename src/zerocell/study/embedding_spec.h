#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zerocell {

/// One embedding as the user names it: [TAG@]METHOD[=PATH][:key=value[,key=value]...], or [TAG@]obsm:KEY.
struct EmbeddingSpec {
  std::string tag;                                           ///< what tables and figures show
  std::string method;                                        ///< "hvg", "pca", "obsm", "file" ...
  std::string path;                                          ///< after '='; for obsm the key
  std::vector<std::pair<std::string, std::string>> options;  ///< in the order given
  std::string text;                                          ///< as typed
  /// The tag that runs with different seeds share, where the spec asks for several (seeds=N); else the tag.
  std::string group;

  /// Value of an option, or the fallback.
  std::string option(std::string_view key, std::string_view fallback) const;
  /// The option as a whole number >= least; Error(usage) otherwise.
  size_t option_size(std::string_view key, size_t fallback, size_t least = 1) const;
};

/// Parses one SPEC. A value that holds ':' ',' '@' or '=' is written in single quotes, a quote inside twice.
/// Without a tag: the method, for obsm the key, for file the file's name without folder and extension.
/// Throws Error(usage) that quotes the spec and points at the place.
EmbeddingSpec parse_embedding_spec(std::string_view text);

/// Most runs of one method with different seeds.
inline constexpr size_t kMostSeeds = 100;

/// The runs that a spec asks for: with seeds=N, N specs with tags `<tag>-s<seed>` and the seeds that follow
/// `seed` or else `first_seed`; otherwise the spec alone. Throws Error(usage).
std::vector<EmbeddingSpec> expand_seeds(const EmbeddingSpec& spec, uint64_t first_seed);

/// Parses and expands all; two equal tags are an error.
std::vector<EmbeddingSpec> parse_embedding_specs(const std::vector<std::string>& texts,
                                                 uint64_t first_seed = 0);

}  // namespace zerocell
