#include "zerocell/core/blas.h"

#include <cblas.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "zerocell/core/error.h"
#include "zerocell/core/system.h"

// OpenBLAS's own functions for its working areas, where it exports them.
extern "C" {
void* blas_memory_alloc(int) __attribute__((weak));
void blas_memory_free(void*) __attribute__((weak));
}

namespace zerocell {
namespace {

constexpr size_t kAreaBytes = size_t{129} << 20;  // 128 MB and some on x86-64, less elsewhere

bool memory_is_limited() {
  for (const auto resource : {RLIMIT_AS, RLIMIT_DATA}) {
    rlimit limit{};
    if (getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) return true;
  }
  return false;
}

bool has_room(size_t bytes) {
  void* const room =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return false;
  munmap(room, bytes);
  return true;
}

}  // namespace

void begin_blas(int n_threads) {
  openblas_set_num_threads(1);
  if (!blas_memory_alloc || !blas_memory_free || !memory_is_limited()) return;
  // Areas belong to the library, and with it to the process.
  static std::mutex mutex;
  static int n_made = 0;
  const std::lock_guard lock(mutex);
  if (n_threads <= n_made) return;
  if (!has_room(kAreaBytes * static_cast<size_t>(n_threads)))
    throw Error::data(
        {"the limits on the memory of the process (ulimit -v, -d)",
         fmt::format("room for OpenBLAS, {} for each of {} threads", format_size(kAreaBytes), n_threads),
         "less than that", "Raise the limit, or use fewer --threads"});
  // Areas that are free again stay for later calls; to make n, all must be taken at once.
  std::vector<void*> areas;
  for (int i = 0; i < n_threads; ++i) areas.push_back(blas_memory_alloc(0));
  for (void* const area : areas) blas_memory_free(area);
  n_made = n_threads;
}

}  // namespace zerocell
