#pragma once
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "zerocell/checkpoint/checkpoint.h"

namespace zerocell {

/// The tensors of a safetensors file (github.com/huggingface/safetensors, "Format"): the length of a JSON
/// header, the header, the numbers. They are sorted by name and point into `bytes`.
///
/// Throws Error(data) that begins with `path` where the header is longer than the file or 100 MB, a shape
/// does not make up the bytes it is given, or the tensors overlap or leave gaps, which the format forbids.
std::vector<StoredTensor> read_safetensors(std::span<const std::byte> bytes, const std::string& path);

/// The index of weights in several files: tensor name to file name. Throws Error(data) for a file name that
/// is more than a name, so that an index cannot reach outside its folder.
std::map<std::string, std::string> read_shard_index(std::span<const std::byte> bytes,
                                                    const std::string& path);

}  // namespace zerocell
