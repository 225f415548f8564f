#include "zerocell/cli/process_limits.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "zerocell/baselines/blas_buffers.h"
#include "zerocell/core/error.h"
#include "zerocell/core/system.h"

// Sanitizers reserve far more address space than there is memory.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ZEROCELL_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ZEROCELL_SANITIZED 1
#endif
#endif

namespace zerocell {
namespace {

extern "C" void on_alarm(int) {
  _exit(130);
}

/// OpenBLAS: a buffer of 128 MB and a stack for each thread that computes or that it has made for itself.
constexpr uint64_t kBytesPerThread = uint64_t{144} << 20;
/// The program, its libraries and the working space of the smallest run.
constexpr uint64_t kBytesOfProgram = uint64_t{320} << 20;

uint64_t soft_limit(int resource) {
  rlimit limit{};
  if (getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return UINT64_MAX;
  return limit.rlim_cur;
}

#if defined(__GLIBC__) && !defined(ZEROCELL_SANITIZED)
void end_at_once(int status, void*) {
  std::fflush(nullptr);
  _exit(status);
}
#endif

}  // namespace

void check_process_limits(int n_threads) {
#if !defined(ZEROCELL_SANITIZED)
  const uint64_t limit = std::min(soft_limit(RLIMIT_AS), soft_limit(RLIMIT_DATA));
  // What set_process_limits sets leaves room for them.
  if (limit >= available_memory()) return;
  const auto n_blas = static_cast<uint64_t>(n_threads) + static_cast<uint64_t>(available_threads());
  const uint64_t least = kBytesOfProgram + n_blas * kBytesPerThread;
  if (limit < least) {
    throw Error::data(
        {"the limits of this process (ulimit -v, -d)",
         fmt::format("at least {} for {} thread{}", format_size(least), n_threads, n_threads == 1 ? "" : "s"),
         format_size(limit), n_threads == 1 ? "Raise the limit" : "Raise the limit, or lower --threads"});
  }
  take_blas_buffers(n_threads);
#endif
}

void set_process_limits() {
  struct sigaction action {};
  action.sa_handler = on_alarm;
  sigemptyset(&action.sa_mask);
  sigaction(SIGALRM, &action, nullptr);
#if defined(__GLIBC__) && !defined(ZEROCELL_SANITIZED)
  on_exit(end_at_once, nullptr);
#endif
#if defined(__linux__) && !defined(ZEROCELL_SANITIZED)
  // RLIMIT_DATA counts memory that is private and can be written: not mapped files, not what GPU drivers
  // reserve.
  rlimit limit{};
  // The buffers of OpenBLAS count too, though hardly any of their pages are used.
  const rlim_t memory = available_memory() + 2 * static_cast<uint64_t>(available_threads()) * kBytesPerThread;
  if (getrlimit(RLIMIT_DATA, &limit) != 0) return;
  if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur <= memory) return;
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || memory < limit.rlim_max ? memory : limit.rlim_max;
  setrlimit(RLIMIT_DATA, &limit);
#endif
}

}  // namespace zerocell
