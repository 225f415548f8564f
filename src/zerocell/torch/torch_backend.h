#pragma once
#include <memory>
#include <string>

#include "zerocell/nn/backend.h"

namespace zerocell {

/// True where LibTorch was built with CUDA and sees a GPU.
bool torch_has_cuda();

/// The operations of a transformer by LibTorch on "cpu", "cuda" (the first GPU) or "cuda:1". "cpu" is there
/// to compare with; make_cpu_backend is the faster one, and LibTorch then runs on one thread in the whole
/// process.
///
/// float32 is float32: TF32 is switched off for the process. bfloat16 rounds inputs, weights and results of a
/// Linear, but not the logits of argmax_linear, whose ties would otherwise be many.
///
/// LibTorch chooses kernels by the shape of a block, so the same cell in another block may differ by the
/// rounding of float32; the promise of equal bits in backend.h holds for equal blocks only.
///
/// Throws Error(usage) for any other name of a device, and for a GPU that is not there. Faults of LibTorch
/// during an operation are Error(internal), memory that a device lacks is OutOfDeviceMemory.
std::unique_ptr<Backend> make_torch_backend(const std::string& device,
                                            Precision precision = Precision::float32);

}  // namespace zerocell
