#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace zerocell {

/// Cells by label and cluster: the pairs that occur, with their counts.
struct Contingency {
  struct Entry {
    size_t label, cluster;
    int64_t count;
  };
  std::vector<Entry> entries;           ///< count > 0, by label, then by cluster as first met
  std::vector<int64_t> label_counts;    ///< by code; 0 where no cell has it
  std::vector<int64_t> cluster_counts;  ///< by code
  size_t n_labels = 0, n_clusters = 0;  ///< that occur
  int64_t n = 0;                        ///< cells with a label and a cluster
};

/// Counts cells; those with a negative label or cluster are left out. O(N + labels + clusters).
Contingency contingency(std::span<const int32_t> labels, std::span<const int32_t> clusters);

}  // namespace zerocell
