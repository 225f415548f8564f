#pragma once
#include <csignal>

namespace zerocell {

/// Parses the command line and runs one command. Returns the exit status 0 or 1 (--strict); throws Error
/// for everything else. `interrupted` is set by the caller's signal handler.
int run_application(int argc, const char* const* argv, const volatile std::sig_atomic_t* interrupted);

}  // namespace zerocell
