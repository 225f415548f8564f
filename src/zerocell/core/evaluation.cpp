#include "zerocell/core/evaluation.h"

namespace zerocell {

std::string to_string(Direction direction) {
  return direction == Direction::higher ? "higher" : "lower";
}

std::string to_string(ScoreStatus status) {
  switch (status) {
    case ScoreStatus::ok:
      return "ok";
    case ScoreStatus::not_applicable:
      return "not_applicable";
    case ScoreStatus::failed:
      return "failed";
  }
  return "failed";
}

}  // namespace zerocell
