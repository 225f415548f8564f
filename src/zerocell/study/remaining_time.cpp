#include "zerocell/study/remaining_time.h"

#include <algorithm>
#include <utility>

namespace zerocell {
namespace {

constexpr double kTelling = 10;  // seconds; shorter parts say nothing about the pace of longer ones

}  // namespace

RemainingTime::RemainingTime(std::vector<double> estimates) : estimates_(std::move(estimates)) {}

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
  const double known = estimated_ > kTelling && spent_ > kTelling ? spent_ / estimated_ : 1;
  const double here = estimates_[part_];
  return here > kTelling ? std::max(known, elapsed / here) : known;
}

std::optional<double> RemainingTime::left(double now) const {
  if (part_ >= estimates_.size()) return std::nullopt;
  const double elapsed = now - began_, speed = pace(elapsed);
  double seconds = std::max(0.0, estimates_[part_] * speed - elapsed);
  for (size_t i = part_ + 1; i < estimates_.size(); ++i) seconds += estimates_[i] * speed;
  return seconds > 0 ? std::optional(seconds) : std::nullopt;
}

}  // namespace zerocell
