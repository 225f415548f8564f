// Every call that changes files fails once, with no space, a read-only file system, and an interrupted call.
// tests/support/failing_writes.cpp makes it fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "cli/program.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kCanPreload = false;  // the sanitizer must come first
#else
constexpr bool kCanPreload = true;
#endif

// Of each command; with ZEROCELL_EVERY_CALL=1 every call with every error.
constexpr long kCallsTried = 15;

struct Fault {
  long call;
  int error;
};

/// Names and contents of all files below a folder.
std::map<std::string, std::string> files_below(const std::string& folder) {
  std::map<std::string, std::string> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (!entry.is_directory())
      files[fs::relative(entry.path(), folder).string()] = read_file(entry.path().string());
  return files;
}

class FailingWrites : public testing::Test {
 protected:
  void SetUp() override {
    if (!kCanPreload) GTEST_SKIP() << "a sanitizer must be loaded before any other library";
    folder_ = (fs::temp_directory_path() / ("zerocell_failing_" + std::to_string(getpid()))).string();
    fs::remove_all(folder_);
    fs::create_directories(work());
    ok("simulate --out " + at("d.h5ad") + " --cells 60 --genes 120 --types 3 --batches 2");
    ok("init-model scgpt --architecture tiny --genes-from " + at("d.h5ad") + " --out " + at("tiny"));
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  std::string work() const { return at("work"); }
  static void ok(const std::string& arguments) {
    const auto run = run_program(arguments + " --quiet");
    ASSERT_EQ(run.status, 0) << arguments << "\n" << run.err;
  }

  ProgramRun run_with(const std::string& arguments, const Fault& fault) const {
    setenv("FAILING_FOLDER", work().c_str(), 1);
    setenv("FAILING_COUNT", at("count").c_str(), 1);
    setenv("FAILING_CALL", std::to_string(fault.call).c_str(), 1);
    setenv("FAILING_ERROR", std::to_string(fault.error).c_str(), 1);
    auto run = run_program(arguments + " --quiet --threads 1", "LD_PRELOAD=" ZEROCELL_FAILING_WRITES " ");
    unsetenv("FAILING_FOLDER");
    return run;
  }

  /// Runs a command whose results are `results` (below the working folder), over what `before` leaves there.
  void try_all(const std::string& arguments, const std::vector<std::string>& results,
               const std::string& before = "") {
    if (!before.empty()) ok(before);
    fs::copy(work(), at("before"), fs::copy_options::recursive);
    const auto prepare = [&] {
      fs::remove_all(work());
      fs::copy(at("before"), work(), fs::copy_options::recursive);
    };
    const auto old = files_below(work());
    ASSERT_EQ(run_with(arguments, {0, 0}).status, 0);
    const long n_calls = std::stol(read_file(at("count")));
    ASSERT_GT(n_calls, 20);
    const auto expected = files_below(work());
    for (const auto& result : results) ASSERT_TRUE(expected.contains(result)) << result;
    const bool every = std::getenv("ZEROCELL_EVERY_CALL") != nullptr;
    const int errors[] = {ENOSPC, EROFS, EINTR};
    for (long k = 0; k < (every ? 3 * n_calls : std::min(kCallsTried, n_calls)); ++k) {
      const Fault fault = every ? Fault{k / 3 + 1, errors[k % 3]}
                                : Fault{1 + k * n_calls / std::min(kCallsTried, n_calls), errors[k % 3]};
      SCOPED_TRACE(arguments + ": call " + std::to_string(fault.call) + " of " + std::to_string(n_calls) +
                   ": " + std::strerror(fault.error));
      prepare();
      const auto run = run_with(arguments, fault);
      check(run, fault, old, expected, results);
      if (run.status == 0) continue;
      const auto again = run_with(arguments, {0, 0});
      ASSERT_EQ(again.status, 0) << again.err;
      const auto found = files_below(work());
      for (const auto& result : results) ASSERT_EQ(found.at(result), expected.at(result)) << result;
    }
  }

 private:
  void check(const ProgramRun& run, const Fault& fault, const std::map<std::string, std::string>& old,
             const std::map<std::string, std::string>& expected,
             const std::vector<std::string>& results) const {
    const auto found = files_below(work());
    for (const auto& [name, content] : found) {
      EXPECT_FALSE(name.ends_with(".tmp") || name.find(".tmp/") != std::string::npos) << name << " is left";
    }
    if (run.status == 0) {  // called again, or no more than a warning about what would have been kept
      for (const auto& result : results) {
        ASSERT_TRUE(found.contains(result)) << result;
        EXPECT_EQ(found.at(result), expected.at(result)) << result;
      }
      if (fault.error != EINTR) {
        EXPECT_THAT(run.err, HasSubstr("warning: "));
      }
      return;
    }
    ASSERT_EQ(run.status, 1) << run.err;
    EXPECT_NE(fault.error, EINTR) << run.err;
    EXPECT_THAT(run.err, HasSubstr(std::strerror(fault.error)));
    EXPECT_THAT(run.err, HasSubstr(work()));
    // All as before, or nothing.
    for (const auto& result : results) {
      if (!old.contains(result))
        EXPECT_FALSE(found.contains(result)) << result << " is there";
      else if (found.contains(result))
        EXPECT_EQ(found.at(result), old.at(result)) << result;
      else
        ADD_FAILURE() << result << " is gone";
    }
  }

  std::string folder_;
};

TEST_F(FailingWrites, Simulate) {
  try_all("simulate --cells 60 --genes 120 --out " + work() + "/s.h5ad", {"s.h5ad"});
}

TEST_F(FailingWrites, EvaluateOverTheResultsOfAnotherJob) {
  const auto evaluate = [&](const std::string& method) {
    return "evaluate " + at("d.h5ad") + " --label celltype --batch batch --no-umap --reduced-dims 0 --out " +
           work() + "/r --embedding " + method;
  };
  try_all(evaluate("hvg") + " --force", {"r/scores.csv", "r/cells.h5ad", "r/figures/scores.svg"},
          evaluate("pca:n_comps=5"));
}

TEST_F(FailingWrites, EmbedWithAJournalOfRows) {
  try_all("embed " + at("d.h5ad") + " --embedding hvg scgpt=" + at("tiny") + " --out " + work() + "/e.h5ad",
          {"e.h5ad"});
}

TEST_F(FailingWrites, Reconstruct) {
  try_all("reconstruct " + at("d.h5ad") + " --model scgpt=" + at("tiny") + " --out " + work() + "/r",
          {"r/scores.csv", "r/cells.h5ad"});
}

TEST_F(FailingWrites, StudyAndItsCache) {
  std::ofstream(at("study.toml"))
      << "formats = [\"svg\"]\n[[dataset]]\nname = \"set\"\npath = \"d.h5ad\"\nlabel = \"celltype\"\n"
         "batch = \"batch\"\n[[method]]\nspec = \"hvg\"\n";
  // The part's own folder is finished before the study's is.
  try_all("study " + at("study.toml") + " --out " + work() + "/s", {"s/scores.csv"});
}

}  // namespace
}  // namespace zerocell
