// Every input of fuzz/corpus through the fuzz target that it belongs to: small files of each kind, and what
// the fuzzers once found. A target lets nothing out but success; a crash or an exception is a fault.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "data/temporary_folder.h"

#define ZEROCELL_FUZZ_TARGET(name) extern "C" int fuzz_##name(const uint8_t* data, size_t size);
#include "fuzz_targets.inc"
#undef ZEROCELL_FUZZ_TARGET

namespace zerocell {
namespace {

namespace fs = std::filesystem;

struct Target {
  const char* name;
  int (*run)(const uint8_t* data, size_t size);
};

const Target kTargets[] = {
#define ZEROCELL_FUZZ_TARGET(name) {#name, fuzz_##name},
#include "fuzz_targets.inc"
#undef ZEROCELL_FUZZ_TARGET
};

const std::string kCorpus = ZEROCELL_SOURCE_DIR "/fuzz/corpus";

void run(const Target& target, const std::string& input) {
  target.run(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

std::vector<std::string> corpus_files(const Target& target) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(kCorpus + "/" + target.name))
    files.push_back(entry.path().string());
  std::ranges::sort(files);
  return files;
}

class FuzzCorpus : public testing::TestWithParam<Target> {};

TEST_P(FuzzCorpus, EveryInput) {
  const auto files = corpus_files(GetParam());
  EXPECT_FALSE(files.empty());
  run(GetParam(), "");
  for (const std::string& file : files) {
    std::cout << file << std::endl;  // a crash is told by the last name
    EXPECT_NO_THROW(run(GetParam(), read_text(file))) << file;
  }
}

/// Files that end early, at 200 points spread evenly: an error or what the rest says, never a crash.
TEST_P(FuzzCorpus, EveryInputCutOff) {
  constexpr size_t kPoints = 200;
  for (const std::string& file : corpus_files(GetParam())) {
    const std::string whole = read_text(file);
    const size_t n_points = std::min(kPoints, whole.size());
    for (size_t i = 0; i < n_points; ++i) {
      const size_t length = whole.size() * i / n_points;
      EXPECT_NO_THROW(run(GetParam(), whole.substr(0, length))) << file << " cut at " << length;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzCorpus, testing::ValuesIn(kTargets),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(FuzzCorpora, BelongToTargets) {
  for (const auto& entry : fs::directory_iterator(kCorpus)) {
    const std::string name = entry.path().filename().string();
    EXPECT_TRUE(std::ranges::any_of(kTargets, [&](const Target& target) { return target.name == name; }))
        << name;
  }
}

TEST(FuzzCorpora, AreSmall) {
  for (const auto& entry : fs::recursive_directory_iterator(kCorpus)) {
    if (!entry.is_directory()) {
      EXPECT_LE(entry.file_size(), 32u << 10) << entry.path();
    }
  }
}

}  // namespace
}  // namespace zerocell
