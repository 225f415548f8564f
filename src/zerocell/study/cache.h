#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace zerocell {

enum class CacheEntryState {
  good,     ///< the checksum is that of the content
  damaged,  ///< it is not, or the file ends early
  foreign,  ///< of another format version of zerocell; never read again
};
std::string to_string(CacheEntryState state);

/// One file of a cache folder.
struct CacheEntry {
  std::string name;  ///< of the file: the hash of all that decides its content
  std::string kind;  ///< "embedding", "trained model", "scores", "reconstruction", "unfinished rows", "list
                     ///< of cells", "left over"
  std::string what;  ///< tag, method and cells, where the entry is good
  uint64_t bytes = 0;
  int64_t age_seconds = 0;  ///< since it was written
  CacheEntryState state = CacheEntryState::good;
};

/// Every entry of a cache folder, by name; reads all of them. What is no plain file under such a name is
/// passed over and counted in `n_others`. Throws Error(usage) where there is no such folder.
std::vector<CacheEntry> cache_entries(const std::string& folder, size_t& n_others);

/// What is to go.
struct CachePruneOptions {
  std::optional<uint64_t> max_bytes;  ///< oldest first until the rest is no larger
  std::optional<int64_t> older_than_seconds;
  bool unusable = false;  ///< damaged ones, those of other versions, and what killed runs left over
};

/// Removes entries and returns them. Files of running jobs (younger than an hour and left over) stay, and so
/// does what does not begin as a file of zerocell's.
std::vector<CacheEntry> prune_cache(const std::string& folder, const CachePruneOptions& options);

/// Removes the entries of a folder of kept results, and the folder where nothing else is in it. What zerocell
/// did not write stays, and so does a folder that is a link.
void remove_kept_results(const std::string& folder);

/// "30d", "12h", "90m", "45s"; throws Error(usage).
int64_t parse_age(const std::string& text);

}  // namespace zerocell
