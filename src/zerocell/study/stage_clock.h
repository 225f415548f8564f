#pragma once
#include <string>
#include <utility>
#include <vector>

#include "zerocell/core/evaluation.h"
#include "zerocell/core/system.h"

namespace zerocell {

/// Collects what the stages of a run cost.
class StageClock {
 public:
  /// Runs `work`, whose value it returns, as one stage; n_cells > 0 gives cells per second.
  template <class Work>
  auto run(const std::string& name, size_t n_cells, Work&& work) {
    const Stage stage(*this, name, n_cells);
    return std::forward<Work>(work)();
  }

  std::vector<StageCost> stages;

 private:
  /// Adds its line when it goes out of scope, so that a stage that throws is counted too.
  class Stage {
   public:
    Stage(StageClock& clock, std::string name, size_t n_cells)
        : clock_(clock), name_(std::move(name)), n_cells_(n_cells), start_(now_seconds()) {}
    ~Stage() {
      const double seconds = now_seconds() - start_;
      const double rate = n_cells_ > 0 && seconds > 0 ? static_cast<double>(n_cells_) / seconds : 0;
      clock_.stages.push_back({name_, seconds, peak_memory(), rate});
    }
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

   private:
    StageClock& clock_;
    std::string name_;
    size_t n_cells_;
    double start_;
  };
};

}  // namespace zerocell
