#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/word_list.h"
#include "zerocell/metrics/convention.h"
#include "zerocell/study/embedding_spec.h"

namespace zerocell {

/// A [[dataset]] of STUDY.toml; docs/study.md defines the keys.
struct StudyFileDataset {
  std::string name;
  std::string path;  ///< as it is opened
  std::string label, batch, donor;
  std::string layer = "auto";  ///< "auto", "X", "raw" or the name of a layer
  std::string modality;        ///< of a MuData file
  std::string gene_ids, where;
  bool accept_non_counts = false;
  std::string exclude_cells;  ///< path of a list; empty: none
  std::string overlap;        ///< path of a list of what a model was pretrained on; empty: none
  std::string overlap_by;     ///< column of obs with the ids of that list; empty: names of cells
  size_t subsample = 0;
  size_t line = 0;
  std::vector<std::pair<std::string, size_t>> key_lines;  ///< where each key stands

  /// Line of a key, or of the table where it has none.
  size_t line_of(std::string_view key) const;
};

/// A [[method]] of STUDY.toml.
struct StudyFileMethod {
  EmbeddingSpec spec;  ///< paths as they are opened
  std::string text;    ///< as typed
  size_t seeds = 1;
  size_t subsample = 0;               ///< runs on samples of so many cells only; 0: on whole data sets
  std::vector<std::string> datasets;  ///< names; empty: all
  std::vector<std::string> controls;  ///< "weights", "genes", "values"
  bool reconstruction = true;
  size_t line = 0;
};

/// What STUDY.toml says, with defaults filled in.
struct StudyFile {
  std::string path, title;
  uint64_t seed = 0;
  Convention convention = Convention::zerocell;
  std::vector<std::string> tasks = {"clustering", "batch", "reconstruction"};
  std::vector<std::string> figures;  ///< numbers; empty: all that apply
  std::vector<std::string> formats = {"svg", "png", "pdf"};
  size_t threads = 0;       ///< 0: as the command line says
  uint64_t max_memory = 0;  ///< bytes; 0: as the command line says
  size_t cluster_seeds = 1, reduced_dims = 30;
  bool save_models = false;  ///< trained models as files, not in the cache alone
  std::vector<StudyFileDataset> datasets;
  std::vector<StudyFileMethod> methods;

  bool has_task(std::string_view task) const;
};

/// A mistake in STUDY.toml.
struct StudyProblem {
  size_t line = 0;
  std::string message;
};

/// Reads the text of a STUDY.toml. Paths in it are relative to its folder. Every mistake of form (unknown
/// keys with the nearest known one, wrong types, names twice, unknown methods and options) is added to
/// `problems`; what could be read is returned all the same.
StudyFile parse_study_file(const std::string& path, std::string_view text,
                           std::vector<StudyProblem>& problems);

/// Opens every data set and model of a study and adds what cannot be right to `problems`: files that are
/// missing, columns that a data set lacks, no counts where a method needs them, no cells left.
void check_study_files(const StudyFile& study, ThreadPool& pool, std::vector<StudyProblem>& problems);

/// Reads, checks both ways, and throws one Error(usage) that lists all mistakes by line.
StudyFile read_study_file(const std::string& path, ThreadPool& pool);

/// Adds what is wrong between entries to `problems`: names and tags twice, those of seeds and controls
/// included, and data sets that no entry has.
void check_study_names(const StudyFile& study, std::vector<StudyProblem>& problems);

/// The tag of a control of the method `tag`: "<tag>-untrained", "<tag>-shuffled-genes", "-values".
std::string control_tag(std::string_view tag, std::string_view control);

/// A message of what studies share with other commands, options called as STUDY.toml calls them: "counts =
/// "layer:NAME"" for "--layer".
std::string in_study_words(std::string message);

}  // namespace zerocell
