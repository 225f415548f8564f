#include <csignal>
#include <cstdio>
#include <exception>
#include <new>

#include "zerocell/cli/application.h"
#include "zerocell/core/error.h"
#include "zerocell/core/utf8.h"

namespace {
volatile std::sig_atomic_t interrupted = 0;
}

extern "C" void on_interrupt(int) {
  // A second Ctrl-C ends the program at once: temporary files may stay then, never half-written results.
  if (interrupted) std::_Exit(130);
  interrupted = 1;
}

int main(int argc, char** argv) {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return zerocell::run_application(argc, argv, &interrupted);
  } catch (const zerocell::Error& error) {
    std::fprintf(stderr, "zerocell: %s\n", zerocell::terminal_message(error.what()).c_str());
    return error.exit_status();
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr,
                 "zerocell: out of memory. Lower --max-memory, or look at fewer cells with --subsample\n");
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "zerocell: internal fault: %s. Please report it with the command line\n",
                 zerocell::terminal_message(error.what()).c_str());
    return 3;
  }
}
