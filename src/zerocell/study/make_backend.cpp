#include "zerocell/study/make_backend.h"

#ifdef ZEROCELL_HAS_TORCH
#include "zerocell/torch/torch_backend.h"
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
#else
bool has_gpu() {
  return false;
}

std::unique_ptr<Backend> make_gpu_backend(const std::string& device, Precision) {
  throw Error::usage({.read = "device " + device,
                      .expected = "a zerocell built with LibTorch",
                      .found = "a build for the processor alone",
                      .advice = "use device cpu, or build with cmake -DZEROCELL_TORCH=ON "
                                "-DCMAKE_PREFIX_PATH=<folder of LibTorch>"});
}
#endif

}  // namespace

std::unique_ptr<Backend> make_backend(const std::string& device, Precision precision) {
  if (device == "cpu" || (device == "auto" && !has_gpu())) return make_cpu_backend(precision);
  if (device == "auto") return make_gpu_backend("cuda", precision);
  if (device == "cuda" || device.starts_with("cuda:")) return make_gpu_backend(device, precision);
  throw Error::usage(
      {.read = "device", .expected = "cpu, cuda, cuda:N or auto", .found = device, .advice = ""});
}

}  // namespace zerocell
