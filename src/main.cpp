#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <stdexcept>
#include <system_error>

#include "zerocell/cli/application.h"
#include "zerocell/cli/process_limits.h"
#include "zerocell/core/error.h"
#include "zerocell/core/utf8.h"

namespace {
volatile std::sig_atomic_t interrupted = 0;
}

// Does no more than what POSIX allows in a handler.
extern "C" void on_interrupt(int) {
  // A second Ctrl-C ends the program at once: temporary files may stay then, never half-written results.
  if (interrupted) _Exit(130);
  interrupted = 1;
  alarm(zerocell::kSecondsToEnd);  // a read that never answers does not keep the program
}

namespace {

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // Under nohup the end of the terminal is to be passed over.
  struct sigaction inherited {};
  if (sigaction(SIGHUP, nullptr, &inherited) == 0 && inherited.sa_handler != SIG_IGN)
    sigaction(SIGHUP, &action, nullptr);
  // A closed pipe and a limit on the size of files are errors of the write that meets them.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

/// OpenBLAS starts threads of its own when it is loaded, each of which waits for ever for 128 MB of address
/// space where that is limited (ulimit -v, -d). They are not used, and the library asks before it is loaded
/// alone.
void start_again_without_idle_threads(char** argv) {
  const auto is_limited = [](auto resource) {
    rlimit limit{};
    return getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  };
  if (!is_limited(RLIMIT_AS) && !is_limited(RLIMIT_DATA)) return;
  if (std::getenv("OPENBLAS_NUM_THREADS") || setenv("OPENBLAS_NUM_THREADS", "1", 0) != 0) return;
  execv("/proc/self/exe", argv);  // comes back where there is no such file: the run goes on as it is
}

}  // namespace

int main(int argc, char** argv) {
  start_again_without_idle_threads(argv);
  handle_signals();
  try {
    zerocell::set_process_limits();
    return zerocell::run_application(argc, argv, &interrupted);
  } catch (const zerocell::Error& error) {
    std::fprintf(stderr, "zerocell: %s\n", zerocell::terminal_message(error.what()).c_str());
    return error.exit_status();
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr,
                 "zerocell: out of memory. Lower --max-memory, or look at fewer cells with --subsample\n");
    return 1;
  } catch (const std::length_error&) {
    // What a file or an option asks for is more than there are addresses.
    std::fprintf(stderr,
                 "zerocell: out of memory: a size that no machine can hold. Check the files and options\n");
    return 1;
  } catch (const std::system_error& error) {
    std::fprintf(stderr,
                 "zerocell: the system refuses: %s. Check folders, permissions and limits (ulimit -a)\n",
                 error.what());
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "zerocell: internal fault: %s. Please report it with the command line\n",
                 zerocell::terminal_message(error.what()).c_str());
    return 3;
  }
}
