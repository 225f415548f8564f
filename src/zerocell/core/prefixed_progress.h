#pragma once
#include <string>
#include <string_view>

#include "zerocell/core/progress.h"

namespace zerocell {

/// Hands everything on, with a prefix in front of the names of stages: tells which embedding a stage works
/// for.
class PrefixedProgress final : public Progress {
 public:
  PrefixedProgress(Progress& target, std::string prefix) : target_(target), prefix_(std::move(prefix)) {}

  void stage(std::string_view name, uint64_t total) override {
    target_.stage(prefix_ + std::string(name), total);
  }
  void advance(uint64_t units) override { target_.advance(units); }
  void detail(std::string_view words) override { target_.detail(words); }
  void warn(std::string_view message) override { target_.warn(prefix_ + std::string(message)); }
  bool cancelled() const override { return target_.cancelled(); }

 private:
  Progress& target_;
  std::string prefix_;
};

}  // namespace zerocell
