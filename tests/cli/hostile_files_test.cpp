// What is no file, or has no end, wherever the program takes a path: exit status 1 or 2, one message, no
// waiting.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/program.h"
#include "zerocell/core/parallel.h"
#include "zerocell/data/simulate.h"

namespace zerocell {
namespace {
namespace fs = std::filesystem;
using testing::AnyOf;
using testing::HasSubstr;

constexpr size_t kCells = 60, kGenes = 80;

class HostileFiles : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new std::string(
        (fs::temp_directory_path() / ("zerocell_hostile_" + std::to_string(getpid()))).string());
    fs::remove_all(*folder_);
    fs::create_directories(*folder_ + "/folder");
    ThreadPool pool(2);
    NoProgress progress;
    SimulateOptions options;
    options.n_cells = kCells;
    options.n_genes = kGenes;
    simulate_to_file(options, path("good.h5ad"), pool, progress);
    mkfifo(path("pipe").c_str(), 0600);
    std::ofstream(path("empty")).flush();
    // Much larger than any disk: holes take no room.
    for (const char* name : {"sparse.csv", "sparse.npy", "sparse.toml", "sparse.h5ad"}) {
      std::ofstream(path(name)) << "a,b\n";
      fs::resize_file(path(name), uintmax_t{1} << 39);
    }
  }
  static void TearDownTestSuite() {
    fs::remove_all(*folder_);
    delete folder_;
  }

  static std::string path(const std::string& name) { return *folder_ + "/" + name; }

  /// Runs the program, which must refuse with a message about `about`, and soon: `timeout` would give 124.
  static void refuses(const std::string& arguments, const std::string& about) {
    const ProgramRun run = run_program(arguments, "timeout 60 ");
    EXPECT_THAT(run.status, AnyOf(1, 2)) << arguments << "\n" << run.err;
    EXPECT_THAT(run.err, HasSubstr(about)) << arguments;
  }

  static std::vector<std::string> no_files() {
    return {path("folder"), path("pipe"), "/dev/zero", path("empty"), path("absent"), "/dev/null"};
  }

  static inline std::string* folder_ = nullptr;
};

TEST_F(HostileFiles, AsADataSet) {
  for (const std::string& file : no_files()) {
    refuses("inspect " + file, file);
    refuses("study init " + file + " --out " + path("init.toml"), file);
  }
  refuses("inspect " + path("sparse.h5ad"), "HDF5");
}

TEST_F(HostileFiles, AsAnEmbedding) {
  for (const std::string& file : no_files())
    refuses("embed " + path("good.h5ad") + " --embedding file=" + file + " --out " + path("out.h5ad"), file);
  for (const char* name : {"sparse.csv", "sparse.npy"})
    refuses("embed " + path("good.h5ad") + " --embedding file=" + path(name) + " --out " + path("out.h5ad"),
            "fits into");
}

TEST_F(HostileFiles, AsAModel) {
  for (const std::string method : {"geneformer", "scgpt", "scvi-model"})
    for (const std::string& file : no_files())
      refuses(
          "embed " + path("good.h5ad") + " --embedding " + method + "=" + file + " --out " + path("out.h5ad"),
          "");
}

TEST_F(HostileFiles, AsAStudy) {
  for (const std::string& file : no_files()) refuses("study " + file + " --dry-run", file);
  refuses("study " + path("sparse.toml") + " --dry-run", "at most 4 MB");
}

TEST_F(HostileFiles, AsResults) {
  for (const std::string& file : no_files()) {
    refuses("compare " + file + " " + file, file);
    refuses("leaderboard " + file + " --out " + path("board"), file);
  }
  // Special files inside a folder of results.
  fs::create_directories(path("results"));
  mkfifo(path("results/scores.csv").c_str(), 0600);
  refuses("compare " + path("results") + " " + path("results"), "a named pipe");
}

TEST_F(HostileFiles, AsAListOfCells) {
  for (const char* name : {"folder", "pipe", "absent"})
    refuses("evaluate " + path("good.h5ad") + " --label celltype --embedding hvg --out " + path("out") +
                " --exclude-cells " + path(name),
            path(name));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(HostileFiles, TooLittleAddressSpaceIsSaid) {
  const ProgramRun run = run_program("embed " + path("good.h5ad") +
                                         " --accept-non-counts --embedding pca:n_comps=2 --threads 2 --out " +
                                         path("limited.h5ad"),
                                     "ulimit -v 250000; timeout 60 ");
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_THAT(run.err, HasSubstr("ulimit"));
}

TEST_F(HostileFiles, OneSignalEndsTheReadingOfALargeFile) {
  // Hashing half a terabyte takes minutes; the signal comes after a second.
  fs::copy_file(path("good.h5ad"), path("long.h5ad"));
  fs::resize_file(path("long.h5ad"), uintmax_t{1} << 39);
  const ProgramRun run =
      run_program("embed " + path("long.h5ad") + " --embedding hvg --out " + path("o.h5ad"),
                  "timeout --preserve-status -k 60 1 ");
  EXPECT_EQ(run.status, 130) << run.err;
  EXPECT_THAT(run.err, HasSubstr("interrupted"));
}
#endif

}  // namespace
}  // namespace zerocell
