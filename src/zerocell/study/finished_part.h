#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/core/evaluation.h"
#include "zerocell/core/reconstruction.h"
#include "zerocell/study/methods.h"

namespace zerocell {

/// An embedding of a method, whatever it is scored by.
struct FinishedEmbedding {
  std::string tag, method;  ///< of the run that computed it
  ComputedEmbedding embedding;
  StageCost cost;
};

/// All that is known of one embedding once it is scored: what a killed run need not compute again.
struct FinishedPart {
  EmbeddingResult result;  ///< its values lie in a FinishedEmbedding
  std::vector<Score> scores;
  std::vector<std::string> warnings;
  std::string counts_source;  ///< matrix that the method took its counts from; empty: none
};

/// The same of what one model predicts.
struct FinishedReconstruction {
  ReconstructionResult result;
  std::vector<Score> scores;
  std::string counts_source;
};

/// Writes the part with a checksum and the file's own name, which is its key, atomically.
void save_part(const std::string& path, const FinishedPart& part);

/// Reads a part; nothing where the file is missing, damaged, of another format version or was written under
/// another name. Where something is there that is no part of that name, `trouble` says what.
std::optional<FinishedPart> load_part(const std::string& path, std::string* trouble = nullptr);

void save_embedding(const std::string& path, const FinishedEmbedding& part);
/// Nothing too where it is not of cells below n_cells.
std::optional<FinishedEmbedding> load_embedding(const std::string& path, size_t n_cells,
                                                std::string* trouble = nullptr);

/// True for the first line of a file that this version reads.
bool is_part_format(std::string_view first_line);

void save_part(const std::string& path, const FinishedReconstruction& part);
std::optional<FinishedReconstruction> load_reconstruction_part(const std::string& path,
                                                               std::string* trouble = nullptr);

}  // namespace zerocell
