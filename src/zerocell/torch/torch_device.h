#pragma once
#include <ATen/Context.h>
#include <ATen/core/Tensor.h>
#include <c10/core/InferenceMode.h>

#include <optional>
#include <string>

#include "zerocell/core/error.h"
#include "zerocell/nn/backend.h"

namespace zerocell {

/// Device of "cpu", "cuda", "cuda:1"; nothing for other names.
std::optional<at::Device> parse_torch_device(const std::string& name);

/// The device of that name, ready: TF32 switched off on a GPU, one thread on the processor. Throws
/// Error(usage) for another name and for a GPU that is not there.
at::Device open_torch_device(const std::string& name);

/// "cuda:0 (NVIDIA H100)"; without the part in brackets where the driver does not tell.
std::string describe_torch_device(at::Device device);

/// The error that stands for an exception of LibTorch: OutOfDeviceMemory or Error(internal).
[[noreturn]] void rethrow_torch_error(const c10::Error& error);

/// Runs calls of LibTorch and turns its exceptions into ours.
template <class Body>
auto guard_torch(const Body& body) {
  try {
    return body();
  } catch (const c10::Error& error) {
    rethrow_torch_error(error);
  }
}

}  // namespace zerocell
