#include "zerocell/torch/torch_device.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <torch/version.h>

#include <charconv>

#include "zerocell/torch/torch_backend.h"

namespace zerocell {
namespace {

// CUDA's libraries report exhausted memory in words only. The caching allocator has given its unused memory
// back and tried again before it throws.
bool tells_of_memory(const std::string& message) {
  for (const char* words : {"out of memory", "can't allocate memory", "ALLOC_FAILED"}) {
    if (message.find(words) != std::string::npos) return true;
  }
  return false;
}

// Of a driver's GPU `index`, "" where it does not say. The driver's own interface, because LibTorch without
// the headers of CUDA has no name to give.
std::string gpu_name(int index) {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!driver) return "";
  const auto initialise = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  const auto get_device = reinterpret_cast<int (*)(int*, int)>(dlsym(driver, "cuDeviceGet"));
  const auto get_name = reinterpret_cast<int (*)(char*, int, int)>(dlsym(driver, "cuDeviceGetName"));
  char name[256] = {};
  int device = 0;
  const bool known = initialise && get_device && get_name && initialise(0) == 0 &&
                     get_device(&device, index) == 0 && get_name(name, sizeof name - 1, device) == 0;
  return known ? name : "";
}

}  // namespace

void rethrow_torch_error(const c10::Error& error) {
  const std::string whole = error.what_without_backtrace();
  const auto message = "LibTorch: " + whole.substr(0, whole.find('\n'));
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) || tells_of_memory(whole)) {
    throw OutOfDeviceMemory(message);
  }
  throw Error::internal(message);
}

std::string describe_torch_device(at::Device device) {
  const auto name = device.is_cuda() ? gpu_name(device.index()) : "";
  return device.str() + (name.empty() ? "" : " (" + name + ")");
}

std::optional<at::Device> parse_torch_device(const std::string& name) {
  if (name == "cpu") return at::Device(at::kCPU);
  if (name == "cuda") return at::Device(at::kCUDA, 0);
  if (!name.starts_with("cuda:")) return std::nullopt;
  uint8_t index = 0;
  const char* end = name.data() + name.size();
  const auto [stop, fault] = std::from_chars(name.data() + 5, end, index);
  if (fault != std::errc{} || stop != end || index > 127) return std::nullopt;
  return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
}

bool torch_has_cuda() {
  return guard_torch([] { return at::hasCUDA() && at::getNumGPUs() > 0; });
}

at::Device open_torch_device(const std::string& name) {
  const auto device = parse_torch_device(name);
  if (!device) {
    throw Error::usage({.read = "device", .expected = "cpu, cuda or cuda:N", .found = name, .advice = ""});
  }
  if (device->is_cpu()) {
    at::set_num_threads(1);
    return *device;
  }
  const size_t n_gpus = torch_has_cuda() ? at::getNumGPUs() : 0;
  if (static_cast<size_t>(device->index()) >= n_gpus) {
    const std::string version = "LibTorch " TORCH_VERSION;
    throw Error::usage({.read = "device " + name,
                        .expected = "a GPU that LibTorch can use",
                        .found = n_gpus == 0 ? version + " sees none: it was built without CUDA, or the GPU "
                                                         "or its driver is missing"
                                             : version + " sees " + std::to_string(n_gpus),
                        .advice = "use device cpu, or build with a LibTorch for CUDA"});
  }
  at::globalContext().setAllowTF32CuBLAS(false);
  return *device;
}

}  // namespace zerocell
