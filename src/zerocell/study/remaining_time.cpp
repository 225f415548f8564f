#include "zerocell/study/remaining_time.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace zerocell {
namespace {

/// Estimated seconds, and their share of a run, that the estimates themselves are trusted like: what the
/// first parts take says only so much about the rest.
constexpr double kTrusted = 60, kTrustedShare = 0.1;

}  // namespace

RemainingTime::RemainingTime(std::vector<double> estimates)
    : estimates_(std::move(estimates)),
      trusted_(
          std::max(kTrusted, kTrustedShare * std::accumulate(estimates_.begin(), estimates_.end(), 0.0))) {}

void RemainingTime::begin(size_t part, double now) {
  if (part > part_) {
    estimated_ += estimates_[part_];
    spent_ += now - began_;
  }
  part_ = part;
  began_ = now;
}

// Seconds per estimated second. A part that takes longer than was said tells of those that follow.
double RemainingTime::pace(double elapsed) const {
  const double here = estimates_[part_];
  const bool is_late = elapsed > here;
  return (spent_ + (is_late ? elapsed : 0) + trusted_) / (estimated_ + (is_late ? here : 0) + trusted_);
}

std::optional<double> RemainingTime::left(double now) const {
  if (part_ >= estimates_.size()) return std::nullopt;
  const double elapsed = now - began_, speed = pace(elapsed);
  double seconds = std::max(0.0, estimates_[part_] * speed - elapsed);
  for (size_t i = part_ + 1; i < estimates_.size(); ++i) seconds += estimates_[i] * speed;
  return seconds > 0 ? std::optional(seconds) : std::nullopt;
}

}  // namespace zerocell
