#pragma once
#include <optional>
#include <string>
#include <vector>

#include "zerocell/figures/study_view.h"

namespace zerocell {

/// A method's result on one data set: of its first seed where it has several.
struct StudyReconstruction {
  const StudyDataset* dataset = nullptr;
  const ReconstructionResult* result = nullptr;
  size_t method = 0;
};

/// All results that predict `target` ("bin", "rank"), by data set, then by method.
std::vector<StudyReconstruction> reconstructions_of(const StudyView& view, const std::string& target);

/// The score of a method over its seeds; nothing where it has no finite value.
std::optional<MethodValue> reconstruction_value(const StudyView& view, const StudyDataset& dataset,
                                                size_t method, const std::string& metric);

/// The methods that occur, in the order of the study.
std::vector<size_t> methods_in(const std::vector<StudyReconstruction>& all);
/// The data sets that occur, in the order of the study.
std::vector<const StudyDataset*> datasets_in(const std::vector<StudyReconstruction>& all);

/// "Pancreas (16,382 cells), ...", with the cells of the reconstructions.
std::string reconstructed_text(const std::vector<const StudyDataset*>& datasets);

}  // namespace zerocell
