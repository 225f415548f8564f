#include "zerocell/cli/process_limits.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

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
#if defined(__GLIBC__) && !defined(ZEROCELL_SANITIZED)
void end_at_once(int status, void*) {
  std::fflush(nullptr);
  _exit(status);
}
#endif

}  // namespace

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
