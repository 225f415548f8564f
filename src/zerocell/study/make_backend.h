#pragma once
#include <memory>
#include <string>

#include "zerocell/core/parallel.h"
#include "zerocell/models/scvi/trainer.h"
#include "zerocell/nn/backend.h"

namespace zerocell {

/// What a device's name stands for here: "cpu", "cuda" (the first GPU) or "cuda:1"; "auto" is the first GPU
/// where there is one that this build can use, else the processor. Throws Error(usage) for any other name.
std::string resolve_device(const std::string& device);

/// The device that a transformer runs on: "cpu", "cuda", "cuda:1", or "auto": the first GPU where there is
/// one that this build can use, else the processor. Throws Error(usage) for any other name, for a GPU that is
/// not there, and for "cuda" in a build without LibTorch. With "auto", bfloat16 where the processor has none
/// is refused as with "cpu".
std::unique_ptr<Backend> make_backend(const std::string& device, Precision precision);

/// Makes trainers of scVI on that device; names and errors are those of make_backend.
MakeScviTrainer scvi_trainers(const std::string& device, ThreadPool& pool);

}  // namespace zerocell
