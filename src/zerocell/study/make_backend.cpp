#include "zerocell/study/make_backend.h"

#include <utility>

#ifdef ZEROCELL_HAS_TORCH
#include "zerocell/torch/torch_backend.h"
#include "zerocell/torch/torch_scvi.h"
#endif

namespace zerocell {
namespace {

#ifdef ZEROCELL_HAS_TORCH
bool has_gpu() {
  return torch_has_cuda();
}

std::unique_ptr<Backend> make_gpu_backend(const std::string& device, Precision precision) {
  return make_torch_backend(device, precision);
}

std::unique_ptr<ScviTrainer> make_gpu_scvi_trainer(const std::string& device, ScviWeights start,
                                                   const scvi::AdamStep& adam) {
  return make_torch_scvi_trainer(device, std::move(start), adam);
}
#else
bool has_gpu() {
  return false;
}

[[noreturn]] void refuse_gpu(const std::string& device) {
  throw Error::usage({.read = "device " + device,
                      .expected = "a zerocell built with LibTorch",
                      .found = "a build for the processor alone",
                      .advice = "use device cpu, or build with cmake -DZEROCELL_TORCH=ON "
                                "-DCMAKE_PREFIX_PATH=<folder of LibTorch>"});
}

std::unique_ptr<Backend> make_gpu_backend(const std::string& device, Precision) {
  refuse_gpu(device);
}

std::unique_ptr<ScviTrainer> make_gpu_scvi_trainer(const std::string& device, const ScviWeights&,
                                                   const scvi::AdamStep&) {
  refuse_gpu(device);
}
#endif

}  // namespace

std::string resolve_device(const std::string& device) {
  if (device == "cpu" || (device == "auto" && !has_gpu())) return "cpu";
  if (device == "auto" || device == "cuda:0") return "cuda";
  if (device == "cuda" || device.starts_with("cuda:")) return device;
  throw Error::usage(
      {.read = "device", .expected = "cpu, cuda, cuda:N or auto", .found = device, .advice = ""});
}

std::unique_ptr<Backend> make_backend(const std::string& device, Precision precision) {
  const auto name = resolve_device(device);
  return name == "cpu" ? make_cpu_backend(precision) : make_gpu_backend(name, precision);
}

MakeScviTrainer scvi_trainers(const std::string& device, ThreadPool& pool) {
  const auto name = resolve_device(device);
  return [name, &pool](ScviWeights start, const scvi::AdamStep& adam) -> std::unique_ptr<ScviTrainer> {
    if (name == "cpu") return make_cpu_scvi_trainer(std::move(start), adam, pool);
    return make_gpu_scvi_trainer(name, std::move(start), adam);
  };
}

}  // namespace zerocell
