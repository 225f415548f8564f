#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>
#include <system_error>

#include "zerocell/cli/application.h"
#include "zerocell/cli/process_limits.h"
#include "zerocell/core/error.h"

namespace {
volatile std::sig_atomic_t interrupted = 0;
}

extern "C" void on_interrupt(int) {
  // A second Ctrl-C ends the program at once: temporary files may stay then, never half-written results.
  if (interrupted) std::_Exit(130);
  interrupted = 1;
  alarm(zerocell::kSecondsToEnd);  // a read that never answers does not keep the program
}

int main(int argc, char** argv) {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    zerocell::set_process_limits();
    return zerocell::run_application(argc, argv, &interrupted);
  } catch (const zerocell::Error& error) {
    std::fprintf(stderr, "zerocell: %s\n", error.what());
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
                 error.what());
    return 3;
  }
}
