#pragma once
#include <string>

#include "zerocell/checkpoint/pickle.h"
#include "zerocell/models/scvi/parameters.h"

namespace zerocell {

/// What the pickle of scvi-tools' model.pt says of a model: names of genes and batches, sizes (weights.sizes;
/// the weights themselves stay empty) and settings. `path` is for messages.
///
/// Throws Error(data) for settings that change what the network computes and that zerocell does not compute:
/// each is named with its value. A setting that is not there has scvi-tools' default.
ScviModel read_scvi_registry(const Pickle& pickle, const std::string& path);

}  // namespace zerocell
