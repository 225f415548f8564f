#pragma once
#include <memory>
#include <string>

#include "zerocell/models/scvi/trainer.h"

namespace zerocell {

/// scVI's training by LibTorch on "cpu", "cuda" (the first GPU) or "cuda:1". "cpu" is there to compare with;
/// make_cpu_scvi_trainer is the faster one. Counts stay where they are and go to the device a minibatch at a
/// time. Gradients are LibTorch's own; no operation sums in an order that a GPU's scheduling decides, so that
/// the same run on the same device gives the same weights. They differ from the processor's by the rounding
/// of float32, which training carries on.
///
/// Throws Error(usage) for any other name of a device, and for a GPU that is not there; faults of LibTorch
/// are Error(internal), memory that a device lacks is OutOfDeviceMemory.
std::unique_ptr<ScviTrainer> make_torch_scvi_trainer(const std::string& device, ScviWeights start,
                                                     const scvi::AdamStep& adam);

}  // namespace zerocell
