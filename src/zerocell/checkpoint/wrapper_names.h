#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/checkpoint/checkpoint.h"

namespace zerocell {

/// A tensor's name without the parts that wrappers put there: "_orig_mod" (torch.compile),
/// "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module" (Lightning) and "module"
/// (DataParallel, DeepSpeed) wherever they stand, and "model" in front, each as often as it is there. The
/// last part of a name always stays: module._orig_mod.bert.encoder._orig_mod.layer.0.bias ->
/// bert.encoder.layer.0.bias.
std::string without_wrappers(std::string_view name);

/// Gives all tensors of a file their names without wrappers, sorted again. Returns a sentence for the user
/// that says what was taken off; empty where nothing was. Throws Error(data), which begins with `path`, where
/// two names would become one.
std::string unwrap_names(std::vector<StoredTensor>& tensors, const std::string& path);

}  // namespace zerocell
