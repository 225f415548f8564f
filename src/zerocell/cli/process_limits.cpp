#include "zerocell/cli/process_limits.h"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

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

}  // namespace

void set_process_limits() {
  struct sigaction action {};
  action.sa_handler = on_alarm;
  sigemptyset(&action.sa_mask);
  sigaction(SIGALRM, &action, nullptr);
#if defined(__linux__) && !defined(ZEROCELL_SANITIZED)
  // RLIMIT_DATA counts memory that is private and can be written: not mapped files, not what GPU drivers
  // reserve.
  rlimit limit{};
  const rlim_t memory = available_memory();
  if (memory == 0 || getrlimit(RLIMIT_DATA, &limit) != 0) return;
  if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur <= memory) return;
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || memory < limit.rlim_max ? memory : limit.rlim_max;
  setrlimit(RLIMIT_DATA, &limit);
#endif
}

}  // namespace zerocell
