#pragma once
#include <span>
#include <string>
#include <vector>

#include "zerocell/checkpoint/checkpoint.h"

namespace zerocell {

/// Throws Error(data) where tensors are no plain weights, by their names: parts of adapters (LoRA and its
/// kin), with which the model's answer is that of both together, of quantised weights, or FSDP's flattened
/// ones. `path` is the file that holds them.
void require_plain_weights(std::span<const StoredTensor> tensors, const std::string& path);

/// The first of the names of files that is one of adapters; empty where there is none.
std::string adapter_file_of(std::span<const std::string> names);

/// Throws Error(data) where one of the names of the files in a model's folder is that of adapters.
void refuse_adapter_files(const std::string& folder, std::span<const std::string> names);

}  // namespace zerocell
