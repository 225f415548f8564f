#pragma once
#include <cstddef>
#include <span>
#include <string>

#include "zerocell/models/scvi/parameters.h"

namespace zerocell {

/// Reads the whole network of a model that scvi-tools (1.4.2, and other versions that write one model.pt) or
/// write_scvi_model saved; `path` as scvi_model_file takes it. Nothing of the file is executed, and no size
/// in it is trusted.
///
/// Throws Error(data) that names the file and what is wrong: settings whose network zerocell does not compute
/// (docs/models.md lists them), tensors that are missing, of another shape or of another network, values that
/// are no finite numbers, damaged files.
ScviModel read_scvi_model(const std::string& path);

/// The same from memory; `path` is for messages.
ScviModel parse_scvi_model(std::span<const std::byte> bytes, const std::string& path);

/// Writes a model.pt that scvi-tools 1.4.2 loads (`scvi.model.SCVI.load(folder, adata)`), atomically; the
/// same model gives the same bytes. Parameters that scvi-tools stores without using them (l_encoder,
/// px_r_decoder, with nb px_dropout_decoder) are written as zero, their norms as those of an untrained model.
/// Genes and batches must be as many as weights.sizes says.
void write_scvi_model(const ScviModel& model, const std::string& path);

}  // namespace zerocell
