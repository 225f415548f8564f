#pragma once
#include <cstddef>
#include <optional>
#include <vector>

namespace zerocell {

/// How long a run of several parts still takes: what was estimated before it, in the pace of what it has
/// done as far as that is telling: seconds taken per second estimated, over the finished parts and a share of
/// the whole that is taken to last as estimated.
class RemainingTime {
 public:
  /// Seconds of every part; 0 where nothing is known of it, or nothing is left to do.
  explicit RemainingTime(std::vector<double> estimates);

  /// Part `part` begins, the one before it is done. Parts follow each other.
  void begin(size_t part, double now);
  /// Seconds left at `now`; nothing where no part was estimated, or the last one should have ended.
  std::optional<double> left(double now) const;

 private:
  double pace(double elapsed) const;

  std::vector<double> estimates_;
  double trusted_;
  size_t part_ = 0;
  double began_ = 0;
  double estimated_ = 0, spent_ = 0;  ///< seconds of the parts that are done
};

}  // namespace zerocell
