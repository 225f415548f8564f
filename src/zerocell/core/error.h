#pragma once
#include <stdexcept>
#include <string>

namespace zerocell {

/// What kind of fault an Error reports; decides the exit status of the program.
enum class ErrorKind {
  data,         ///< the data or a model is not usable (exit status 1)
  usage,        ///< wrong usage (exit status 2)
  internal,     ///< a fault of zerocell itself (exit status 3)
  interrupted,  ///< the user stopped the run (exit status 130)
};

/// The four things that a message must say. Empty parts are left out.
struct ErrorParts {
  std::string read;      ///< what was read: file, entry, option
  std::string expected;  ///< what should have been there
  std::string found;     ///< what was there
  std::string advice;    ///< what to do
};

/// The one exception type of the library, thrown where the fault is known; only main() catches it.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  Error(ErrorKind kind, const ErrorParts& parts);

  static Error data(const ErrorParts& parts) { return Error(ErrorKind::data, parts); }
  static Error usage(const ErrorParts& parts) { return Error(ErrorKind::usage, parts); }
  static Error internal(const std::string& message) { return Error(ErrorKind::internal, message); }

  ErrorKind kind() const { return kind_; }
  /// Exit status of the program for this error: 1, 2, 3 or 130.
  int exit_status() const;

 private:
  ErrorKind kind_;
};

}  // namespace zerocell
