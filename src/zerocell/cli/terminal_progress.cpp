#include "zerocell/cli/terminal_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "zerocell/core/system.h"
#include "zerocell/core/utf8.h"

namespace zerocell {
namespace {
constexpr double kFirstDraw = 0.2, kRedraw = 0.1;  // seconds; short stages draw nothing
constexpr double kWorthALine = 0.5;                // seconds; shorter stages leave no line
constexpr int kBarWidth = 24;
}  // namespace

std::string format_duration(double seconds) {
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto s = static_cast<uint64_t>(seconds + 0.5);
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} h {:02} min", s / 3600, s % 3600 / 60);
}

void TerminalProgress::stage(std::string_view name, uint64_t total) {
  std::lock_guard lock(mutex_);
  end_stage();
  name_ = terminal_message(name);
  detail_.clear();
  total_ = total;
  done_ = 0;
  start_ = now_seconds();
  next_draw_ = start_ + kFirstDraw;
}

void TerminalProgress::advance(uint64_t units) {
  done_.fetch_add(units, std::memory_order_relaxed);
  if (options_.quiet || !options_.is_terminal) return;
  const double now = now_seconds();
  if (now < next_draw_) return;
  std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock && !name_.empty()) draw(now);
}

void TerminalProgress::detail(std::string_view words) {
  std::lock_guard lock(mutex_);
  detail_ = terminal_message(words);
}

void TerminalProgress::draw(double now) {
  next_draw_ = now + kRedraw;
  if (total_ == 0) {
    std::fputs(fmt::format("\r\033[K{}: {} ...", name_, format_duration(now - start_)).c_str(), stderr);
    return;
  }
  const double share = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
  std::string bar(static_cast<size_t>(share * kBarWidth), '=');
  bar.resize(kBarWidth, ' ');
  const double left = share > 0 ? (now - start_) * (1 - share) / share : 0;
  std::fputs(fmt::format("\r\033[K{} [{}] {:3.0f} %  {} left{}{}", name_, bar, 100 * share,
                         format_duration(left), detail_.empty() ? "" : ", ", detail_)
                 .c_str(),
             stderr);
}

void TerminalProgress::end_stage() {
  if (name_.empty() || options_.quiet) return;
  const double seconds = now_seconds() - start_;
  if (seconds < kWorthALine) {
    if (options_.is_terminal) std::fputs("\r\033[K", stderr);
    name_.clear();
    return;
  }
  const auto line = fmt::format("{}{}: {}{}{}\n", options_.is_terminal ? "\r\033[K" : "", name_,
                                format_duration(seconds), detail_.empty() ? "" : ", ", detail_);
  std::fputs(line.c_str(), stderr);
  name_.clear();
}

void TerminalProgress::finish() {
  std::lock_guard lock(mutex_);
  end_stage();
}

void TerminalProgress::warn(std::string_view message) {
  std::lock_guard lock(mutex_);
  if (options_.is_terminal) std::fputs("\r\033[K", stderr);
  std::fputs(fmt::format("warning: {}\n", terminal_message(message)).c_str(), stderr);
}

}  // namespace zerocell
