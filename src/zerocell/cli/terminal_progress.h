#pragma once
#include <atomic>
#include <csignal>
#include <mutex>
#include <string>
#include <string_view>

#include "zerocell/core/progress.h"

namespace zerocell {

/// Progress on stderr: a bar with remaining time on a terminal, one plain line a stage elsewhere.
class TerminalProgress final : public Progress {
 public:
  struct Options {
    bool quiet = false;  ///< warnings only
    bool is_terminal = false;
    const volatile std::sig_atomic_t* interrupted = nullptr;  ///< set by the signal handler
  };
  explicit TerminalProgress(const Options& options) : options_(options) {}
  ~TerminalProgress() override { finish(); }

  void stage(std::string_view name, uint64_t total) override;
  void advance(uint64_t units) override;
  void detail(std::string_view words) override;
  void warn(std::string_view message) override;
  bool cancelled() const override { return options_.interrupted && *options_.interrupted; }
  /// Ends the current stage's line.
  void finish();

 private:
  void draw(double now);
  void end_stage();

  Options options_;
  std::mutex mutex_;
  std::string name_, detail_;
  std::atomic<uint64_t> done_{0};
  uint64_t total_ = 0;
  double start_ = 0;
  std::atomic<double> next_draw_{0};
};

/// "3 s", "2 min 05 s", "1 h 12 min".
std::string format_duration(double seconds);

}  // namespace zerocell
