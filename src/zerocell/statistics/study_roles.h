#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "zerocell/core/study_results.h"

namespace zerocell {

using MethodList = std::vector<const StudyMethod*>;

/// Pretrained foundation models, without controls: networks that come with their weights. scVI is a network
/// too but is trained on the data set itself.
bool is_foundation_model(const StudyMethod& method);
bool is_control(const StudyMethod& method);
/// Methods that fulfil `wanted`, in the order of the study.
MethodList methods_where(const StudyResults& study, const std::function<bool(const StudyMethod&)>& wanted);
/// Those of one method ("hvg"), without controls.
MethodList methods_called(const StudyResults& study, std::string_view name);

/// Cells that the published scGPT models were pretrained on, by the word in the tag or else in the last part
/// of the model's path: kidney 814,000, blood 10.3 million, human 33 million; 0 where none of the words is
/// there or more than one.
double pretraining_cells(const StudyMethod& method);

}  // namespace zerocell
