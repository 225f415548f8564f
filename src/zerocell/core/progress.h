#pragma once
#include <cstdint>
#include <string_view>

#include "zerocell/core/error.h"

namespace zerocell {

/// What long work tells its caller, and how the caller stops it. Thread-safe; the library never prints.
class Progress {
 public:
  virtual ~Progress() = default;
  /// A new stage of `total` units begins (0: unknown).
  virtual void stage(std::string_view name, uint64_t total) = 0;
  /// `units` more of the current stage are done.
  virtual void advance(uint64_t units) = 0;
  /// How the current stage stands, in a few words: "loss 1,147.8". Each replaces the one before.
  virtual void detail(std::string_view) {}
  /// Something the user must know that is no error.
  virtual void warn(std::string_view message) = 0;
  /// True once the user has asked to stop.
  virtual bool cancelled() const { return false; }
  /// Throws Error(interrupted) once the user has asked to stop.
  void check() const {
    if (cancelled()) throw Error(ErrorKind::interrupted, "interrupted; what was finished is kept");
  }
};

/// Swallows everything: for tests and callers that do not care.
class NoProgress final : public Progress {
 public:
  void stage(std::string_view, uint64_t) override {}
  void advance(uint64_t) override {}
  void warn(std::string_view) override {}
};

}  // namespace zerocell
