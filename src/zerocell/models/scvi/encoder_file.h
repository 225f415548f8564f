#pragma once
#include <cstddef>
#include <span>
#include <string>

#include "zerocell/models/scvi/encoder.h"

namespace zerocell {

/// Reads of a model that scvi-tools (1.4.2, and other versions that write one model.pt) or write_scvi_model
/// saved what the embedding of cells needs; `path` as scvi_model_file takes it. Of the rest, which the means
/// of q(z | x) do not depend on, nothing is looked at: dispersion, likelihood, size factors, the decoder.
/// Nothing of the file is executed, and no size in it is trusted.
///
/// Throws Error(data) that names the file and what is wrong: settings whose encoder zerocell does not compute
/// (docs/models.md lists them), tensors that are missing, of another shape or of another network, values that
/// are no finite numbers, damaged files.
ScviEncoderModel read_scvi_encoder(const std::string& path);

/// The same from memory; `path` is for messages.
ScviEncoderModel parse_scvi_encoder(std::span<const std::byte> bytes, const std::string& path);

}  // namespace zerocell
