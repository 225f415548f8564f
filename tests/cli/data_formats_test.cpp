// Data sets of other forms than a plain .h5ad, through the program, and what its messages advise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/program.h"
#include "data/temporary_folder.h"
#include "zerocell/core/parallel.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/data/h5ad_frame.h"
#include "zerocell/data/hdf5.h"
#include "zerocell/data/simulate.h"
#include "zerocell/preprocess/stream_adapters.h"
#include "zerocell/report/scores_csv.h"

namespace zerocell {
namespace {

using testing::HasSubstr;

/// The good data set's obs and counts, below a group of a new file.
void copy_good(const std::string& good, const std::function<hdf5::Group()>& root, const std::string& matrix) {
  const auto file = DatasetFile::open(good);
  ThreadPool pool(1);
  write_frame(root(), "obs", file->obs());
  write_frame(root(), "var", file->var());
  const auto x = collect(file->stream("X", pool));
  std::vector<float> dense(x.n_rows * x.n_cols, 0);
  for (size_t row = 0; row < x.n_rows; ++row)
    for (uint64_t i = x.indptr[row]; i < x.indptr[row + 1]; ++i)
      dense[row * x.n_cols + x.indices[i]] = x.values[i];
  const uint64_t shape[] = {x.n_rows, x.n_cols};
  root().write_array<float>(matrix, dense, shape);
}

class DataFormats : public testing::Test {
 protected:
  void SetUp() override {
    ThreadPool pool(2);
    NoProgress progress;
    SimulateOptions options;
    options.n_cells = 300;
    options.n_genes = 400;
    options.n_types = 4;
    options.n_batches = 2;
    simulate_to_file(options, folder_.file("good.h5ad"), pool, progress);
  }
  ProgramRun evaluate(const std::string& rest, const std::string& data = "good.h5ad") {
    return run_program("evaluate " + folder_.file(data) + " --quiet --label celltype --embedding " + rest);
  }
  double asw_label(const std::string& name) {
    for (const auto& score : read_scores_csv(folder_.file(name) + "/scores.csv"))
      if (score.embedding == "pca" && score.metric == "asw_label") return score.value.value_or(-2);
    return -2;
  }
  TemporaryFolder folder_;
};

TEST_F(DataFormats, CountsInALayerAreNamedAndTheAdviceWorks) {
  {
    hdf5::File file = hdf5::File::create(folder_.file("layer.h5ad"));
    file.root().create_group("layers");
    copy_good(
        folder_.file("good.h5ad"), [&] { return file.root(); }, "layers/my umi");
  }
  const auto refused = evaluate("pca --out " + folder_.file("layer"), "layer.h5ad");
  EXPECT_EQ(refused.status, 1);
  const size_t begin = refused.err.find("--layer");
  ASSERT_NE(begin, std::string::npos) << refused.err;
  const auto advice = refused.err.substr(begin, refused.err.find('\n', begin) - begin);
  const auto run = evaluate("pca --no-umap --out " + folder_.file("layer") + " " + advice, "layer.h5ad");
  EXPECT_EQ(run.status, 0) << run.err;
  ASSERT_EQ(evaluate("pca --no-umap --out " + folder_.file("good_pca")).status, 0);
  EXPECT_EQ(asw_label("layer"), asw_label("good_pca"));
}

TEST_F(DataFormats, AModalityOfAMuDataFile) {
  {
    hdf5::File file = hdf5::File::create(folder_.file("two.h5mu"));
    hdf5::Group mod = file.root().create_group("mod");
    mod.create_group("rna");
    copy_good(
        folder_.file("good.h5ad"), [&] { return mod.group("rna"); }, "X");
  }
  EXPECT_THAT(run_program("inspect " + folder_.file("two.h5mu")).err, HasSubstr("--modality rna"));
  const auto inspected = run_program("inspect --modality rna " + folder_.file("two.h5mu"));
  EXPECT_EQ(inspected.status, 0) << inspected.err;
  EXPECT_THAT(inspected.out, HasSubstr("two.h5mu --modality rna --label celltype"));
  const auto run = run_program(
      "evaluate " + folder_.file("two.h5mu") +
      " --modality rna --quiet --label rna:celltype --no-umap --embedding pca --out " + folder_.file("mu"));
  EXPECT_EQ(run.status, 0) << run.err;
  ASSERT_EQ(evaluate("pca --no-umap --out " + folder_.file("good_pca")).status, 0);
  EXPECT_EQ(asw_label("mu"), asw_label("good_pca"));
  EXPECT_EQ(run_program("embed " + folder_.file("two.h5mu") +
                        " --modality rna --quiet --embedding pca --out " + folder_.file("mu.h5ad"))
                .status,
            0);
  EXPECT_THAT(run_program("reconstruct --help").out, HasSubstr("--modality"));
  EXPECT_EQ(evaluate("pca --modality rna --out " + folder_.file("mu_not")).status, 2);
}

}  // namespace
}  // namespace zerocell
