#pragma once
#include <string>

#include "zerocell/statistics/bootstrap.h"

namespace zerocell {

struct ReconstructionScoreOptions {
  BootstrapOptions bootstrap;
  BootstrapGroups groups;  ///< donors or batches; without codes cells are resampled
  std::string convention = "zerocell";
};

}  // namespace zerocell
