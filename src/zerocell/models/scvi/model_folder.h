#pragma once
#include <string>

namespace zerocell {

/// The file of a model that `path` names: itself, or in a folder its model.pt, else the only file whose name
/// ends so (as scvi-tools' option prefix makes them), else the only .pt file. Throws Error(data) for a folder
/// without one or with several, whose names it lists; for the layout of scvi-tools before 0.15 (attr.pkl,
/// model_params.pt) with advice.
std::string scvi_model_file(const std::string& path);

}  // namespace zerocell
