#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "zerocell/core/parallel.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/data/h5ad_writer.h"
#include "zerocell/data/npy.h"
#include "zerocell/data/simulate.h"
#include "zerocell/report/scores_csv.h"

namespace zerocell {
namespace {
namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr size_t kCells = 300, kGenes = 400;

/// A folder with small data sets: good.h5ad and everything that must be refused.
class Cli : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ =
        new std::string((fs::temp_directory_path() / ("zerocell_cli_" + std::to_string(getpid()))).string());
    fs::remove_all(*folder_);
    fs::create_directories(*folder_);
    ThreadPool pool(2);
    NoProgress progress;
    SimulateOptions options;
    options.n_cells = kCells;
    options.n_genes = kGenes;
    options.n_types = 4;
    options.n_batches = 2;
    simulate_to_file(options, path("good.h5ad"), pool, progress);
  }
  static void TearDownTestSuite() {
    fs::remove_all(*folder_);
    delete folder_;
  }

  static std::string path(const std::string& name) { return *folder_ + "/" + name; }
  /// A fresh output folder name.
  static std::string out(const std::string& name) {
    fs::remove_all(path(name));
    return path(name);
  }
  static ProgramRun evaluate(const std::string& rest, const std::string& data = "good.h5ad") {
    return run_program("evaluate " + path(data) + " --quiet --label celltype --embedding " + rest);
  }
  static std::map<std::string, Score> scores(const std::string& folder, const std::string& embedding) {
    std::map<std::string, Score> result;
    for (auto& score : read_scores_csv(folder + "/scores.csv"))
      if (score.embedding == embedding) result[score.metric] = score;
    return result;
  }

  /// Writes obs columns and a dense 300 x 2 embedding of noise, X absent.
  static void write_embedding_only(const std::string& name, std::vector<Column> columns) {
    ThreadPool pool(1);
    H5adWriter writer(path(name), pool);
    DataFrame obs;
    for (size_t i = 0; i < kCells; ++i) obs.index.push_back("c" + std::to_string(i));
    obs.columns = std::move(columns);
    writer.write_obs(obs);
    writer.write_var({});
    DenseMatrix<float> x(kCells, 2);
    for (size_t i = 0; i < kCells; ++i) {
      x(i, 0) = static_cast<float>(i % 17);
      x(i, 1) = static_cast<float>(i % 5) + static_cast<float>(i % 3) * 0.1f;
    }
    writer.write_obsm("X_e", x);
    writer.finish();
  }
  static Column labels(const std::string& name, const std::function<int32_t(size_t)>& code, int32_t n) {
    Categorical c;
    for (int32_t k = 0; k < n; ++k) c.categories.push_back("L" + std::to_string(k));
    for (size_t i = 0; i < kCells; ++i) c.codes.push_back(code(i));
    return {name, c, {}};
  }

  static std::string* folder_;
};
std::string* Cli::folder_ = nullptr;

TEST_F(Cli, EvaluateWritesEveryFile) {
  const auto folder = out("all");
  const auto run = evaluate("hvg:n_top_genes=100 pca:n_comps=40 --batch batch --donor donor --out " + folder);
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("asw_label"));
  EXPECT_THAT(run.out, HasSubstr("report.html"));
  for (const char* file : {"scores.csv", "results.json", "cells.h5ad", "report.html", "manifest.json",
                           "figures/scores.svg", "figures/scores.png", "figures/avg_bio.svg",
                           "figures/avg_bio.png", "figures/umap_label.svg", "figures/umap_batch.png"})
    EXPECT_GT(fs::file_size(folder + "/" + file), 100u) << file;
  EXPECT_FALSE(fs::exists(folder + "/.parts"));
  for (const char* tag : {"hvg", "pca", "hvg/pc30", "pca/pc30"}) {
    const auto rows = scores(folder, tag);
    EXPECT_EQ(rows.size(), 11u) << tag;
    for (const auto& [metric, score] : rows) EXPECT_EQ(score.status, ScoreStatus::ok) << tag << " " << metric;
  }
  const auto hvg = scores(folder, "hvg");
  EXPECT_EQ(hvg.at("asw_label").dims, 100u);
  EXPECT_EQ(hvg.at("asw_label").n_cells, kCells);
  EXPECT_TRUE(hvg.at("asw_label").low.has_value());
  EXPECT_FALSE(hvg.at("nmi").low.has_value());
  EXPECT_THAT(hvg.at("nmi").reason, HasSubstr("no interval"));
  const auto json = nlohmann::json::parse(read_file(folder + "/results.json"));
  EXPECT_TRUE(json.contains("schema") && json.contains("provenance") && json.contains("zerocell"));
}

TEST_F(Cli, TheSameBitsForAnyNumberOfThreads) {
  const auto one = out("threads1"), three = out("threads3");
  ASSERT_EQ(evaluate("hvg pca --batch batch --threads 1 --out " + one).status, 0);
  ASSERT_EQ(evaluate("hvg pca --batch batch --threads 3 --max-memory 200M --out " + three).status, 0);
  EXPECT_EQ(read_file(one + "/scores.csv"), read_file(three + "/scores.csv"));
  EXPECT_EQ(read_file(one + "/figures/umap_label.svg"), read_file(three + "/figures/umap_label.svg"));
}

TEST_F(Cli, GenesByRawCounts) {
  const auto file = out("seurat_v3") + ".h5ad";
  const auto run = run_program("embed " + path("good.h5ad") + " --quiet --embedding " +
                               "hvg:flavor=seurat_v3,n_top_genes=60 "
                               "pca:flavor=seurat_v3_paper,n_top_genes=90,batch_key=batch --out " +
                               file);
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("x 60 dimensions (n_top_genes=60,flavor=seurat_v3,batch_key=none"));
  EXPECT_THAT(run.out, HasSubstr("n_top_genes=90,flavor=seurat_v3_paper,batch_key=batch"));
}

TEST_F(Cli, AFinishedFolderIsReadAndAnotherJobRefused) {
  const auto folder = out("again");
  ASSERT_EQ(evaluate("pca --no-umap --out " + folder).status, 0);
  const auto written = fs::last_write_time(folder + "/scores.csv");
  const auto again = evaluate("pca --no-umap --out " + folder);
  EXPECT_EQ(again.status, 0);
  EXPECT_THAT(again.err, HasSubstr("nothing is computed again"));
  EXPECT_EQ(fs::last_write_time(folder + "/scores.csv"), written);
  const auto other = evaluate("hvg --no-umap --out " + folder);
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.err, HasSubstr("--force"));
  EXPECT_EQ(evaluate("hvg --no-umap --force --out " + folder).status, 0);
}

TEST_F(Cli, TheCacheKeepsFinishedEmbeddings) {
  const auto cache = out("cache"), first = out("cached1"), second = out("cached2");
  fs::create_directories(cache);
  ASSERT_EQ(evaluate("pca --no-umap --cache " + cache + " --out " + first).status, 0);
  const auto n_files = std::distance(fs::directory_iterator(cache), fs::directory_iterator());
  EXPECT_EQ(n_files, 2) << "an embedding and its scores";
  ASSERT_EQ(evaluate("pca hvg --no-umap --cache " + cache + " --out " + second).status, 0);
  EXPECT_EQ(scores(first, "pca").at("nmi").value, scores(second, "pca").at("nmi").value);
  EXPECT_EQ(std::distance(fs::directory_iterator(cache), fs::directory_iterator()), 4);
}

TEST_F(Cli, EmbedSharesTheCacheOfEvaluate) {
  const auto cache = out("shared_cache");
  ASSERT_EQ(evaluate("pca --no-umap --cache " + cache + " --out " + out("shared1")).status, 0);
  const auto embed = [&](const std::string& what, const std::string& name, const std::string& more) {
    return run_program("embed " + path("good.h5ad") + " --embedding " + what + " --out " + path(name) + " " +
                       more);
  };
  const auto n_files = [&] { return std::distance(fs::directory_iterator(cache), fs::directory_iterator()); };
  ASSERT_EQ(n_files(), 2);
  const auto cached = embed("pca hvg", "cached.h5ad", "--cache " + cache);
  ASSERT_EQ(cached.status, 0) << cached.err;
  EXPECT_EQ(cached.err.find("pca: embedding"), std::string::npos) << cached.err;
  EXPECT_EQ(n_files(), 3) << "and the embedding hvg";
  ASSERT_EQ(embed("pca hvg", "alone.h5ad", "").status, 0);
  EXPECT_EQ(read_file(path("cached.h5ad")), read_file(path("alone.h5ad")));
  EXPECT_FALSE(fs::exists(path("alone.h5ad.unfinished")));
  // What a method trains is kept in a folder that nobody has made yet.
  const auto fresh = out("new_cache");
  const auto trained = embed("scvi:max_epochs=1", "trained.h5ad", "--cache " + fresh);
  ASSERT_EQ(trained.status, 0) << trained.err;
  EXPECT_EQ(trained.err.find("cannot be kept"), std::string::npos) << trained.err;
  const auto listed = run_program("cache list " + fresh);
  EXPECT_THAT(listed.out, HasSubstr("trained model")) << listed.err << listed.status;
}

TEST_F(Cli, WrongUsageIsStatusTwoAndLeavesNothing) {
  const auto folder = out("usage");
  for (const std::string& arguments :
       std::vector<std::string>{"hvg --no-such-option --out " + folder, "nonsense --out " + folder,
                                "hvg:n_top_genes=x --out " + folder, "hvg:flavor=cellranger --out " + folder,
                                "hvg hvg --out " + folder, "hvg: --out " + folder, "file --out " + folder,
                                "hvg --where 'celltype ==' --out " + folder, "hvg --batch '' --out " + folder,
                                "hvg --max-memory 8Q --out " + folder, "hvg --device cuda --out " + folder,
                                "hvg --convention mine --out " + folder}) {
    const auto run = evaluate(arguments);
    EXPECT_EQ(run.status, 2) << arguments << "\n" << run.err;
    EXPECT_EQ(run.err.find("zerocell: "), 0u) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << "one message: " << run.err;
    EXPECT_FALSE(fs::exists(folder)) << arguments;
  }
  EXPECT_EQ(run_program("").status, 2);
  EXPECT_EQ(run_program("nonsense").status, 2);
  EXPECT_EQ(run_program("inspect -").status, 2);
}

TEST_F(Cli, UnusableDataIsStatusOneAndLeavesNothing) {
  const auto folder = out("data");
  std::ofstream(path("text.h5ad")) << "this is no HDF5 file";
  std::ofstream(path("empty.h5ad"));
  const auto good = read_file(path("good.h5ad"));
  std::ofstream(path("cut.h5ad"), std::ios::binary) << good.substr(0, good.size() / 2);
  for (const char* data : {"nowhere.h5ad", "text.h5ad", "empty.h5ad", "cut.h5ad"}) {
    const auto run = evaluate("hvg --out " + folder, data);
    EXPECT_EQ(run.status, 1) << data << ": " << run.err;
    EXPECT_THAT(run.err, HasSubstr(data));
    EXPECT_FALSE(fs::exists(folder)) << data;
  }
  const auto column =
      run_program("evaluate " + path("good.h5ad") + " --label cell_type --embedding hvg --out " + folder);
  EXPECT_EQ(column.status, 1);
  EXPECT_THAT(column.err, HasSubstr("celltype")) << "the columns that exist are listed";
  EXPECT_THAT(evaluate("obsm:X_none --out " + folder).err, HasSubstr("X_none"));
  EXPECT_EQ(evaluate("hvg --where \"batch == 'none such'\" --out " + folder).status, 1);
  EXPECT_EQ(evaluate("hvg --layer nowhere --out " + folder).status, 1);
  EXPECT_EQ(evaluate("hvg --gene-ids nowhere --out " + folder).status, 1);
  EXPECT_EQ(evaluate("hvg --out /proc/no/such/place").status, 1);
  EXPECT_FALSE(fs::exists(folder));
}

TEST_F(Cli, EmbeddingFilesOfTheWrongShapeAreRefused) {
  const auto folder = out("rows");
  write_npy(path("short.npy"), DenseMatrix<float>(kCells - 1, 2, 1.0f));
  const auto run = evaluate("file=" + path("short.npy") + " --out " + folder);
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.err, HasSubstr("299"));
  EXPECT_THAT(run.err, HasSubstr("300"));
  DenseMatrix<float> x(kCells, 2, 0.5f);
  x(17, 1) = INFINITY;
  write_npy(path("infinite.npy"), x);
  EXPECT_EQ(evaluate("file=" + path("infinite.npy") + " --out " + folder).status, 1);
  EXPECT_FALSE(fs::exists(folder));
}

TEST_F(Cli, NonCountsAreRefusedUnlessAccepted) {
  ThreadPool pool(1);
  Simulation simulation({kCells, kGenes, 4, 2, 2, 0, 0, 1, 1, 0.2, {}});
  H5adWriter writer(path("logged.h5ad"), pool);
  writer.write_obs(simulation.obs());
  writer.write_var(simulation.var());
  auto logged = simulation.counts(pool);
  const auto counts = logged.for_each_block;
  logged.for_each_block = [&counts](const auto& consume) {
    counts([&](const RowBlock& block) {
      auto copy = block;
      for (float& v : copy.values.values) v = std::log1p(v * 1.37f);
      consume(copy);
    });
  };
  writer.write_matrix("X", logged);
  writer.finish();
  const auto folder = out("noncounts");
  const auto refused = evaluate("hvg --out " + folder, "logged.h5ad");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("--accept-non-counts"));
  const auto accepted = evaluate("hvg --accept-non-counts --out " + folder, "logged.h5ad");
  EXPECT_EQ(accepted.status, 0) << accepted.err;
  EXPECT_THAT(accepted.err, HasSubstr("warning")) << "even when quiet";
}

TEST_F(Cli, DegenerateLabelsAndBatches) {
  write_embedding_only(
      "degenerate.h5ad",
      {labels(
           "one", [](size_t) { return 0; }, 1),
       labels(
           "each", [](size_t i) { return static_cast<int32_t>(i); }, kCells),
       labels(
           "some", [](size_t i) { return i % 10 == 0 ? -1 : static_cast<int32_t>(i % 3); }, 3),
       labels(
           "none", [](size_t) { return -1; }, 1),
       labels(
           "lonely", [](size_t i) { return i == 7 ? 1 : 0; }, 2)});
  auto run = [&](const std::string& label, const std::string& rest) {
    const auto folder = out("degenerate_" + label);
    const auto r =
        run_program("evaluate " + path("degenerate.h5ad") + " --quiet --embedding obsm:X_e --label " + label +
                    " " + rest + " --out " + folder);
    EXPECT_EQ(r.status, 0) << label << ": " << r.err;
    return scores(folder, "X_e");
  };
  for (const char* label : {"one", "each", "none"}) {
    const auto rows = run(label, "--batch some");
    EXPECT_EQ(rows.at("asw_label").status, ScoreStatus::not_applicable) << label;
    EXPECT_FALSE(rows.at("asw_label").reason.empty()) << label;
    EXPECT_EQ(rows.at("asw_batch_global").status, ScoreStatus::ok) << label;
  }
  const auto some = run("some", "--batch one");
  EXPECT_EQ(some.at("asw_label").n_cells, kCells - kCells / 10);
  for (const char* metric : {"asw_batch", "asw_batch_global", "pcr_batch", "avg_batch"})
    EXPECT_EQ(some.at(metric).status, ScoreStatus::not_applicable) << metric;
  EXPECT_EQ(some.at("graph_connectivity").status, ScoreStatus::ok);
  EXPECT_EQ(run("lonely", "").at("asw_label").status, ScoreStatus::ok);
  EXPECT_EQ(run_program("evaluate " + path("degenerate.h5ad") +
                        " --quiet --strict --embedding obsm:X_e --label one --out " + out("strict"))
                .status,
            1);
  EXPECT_EQ(run_program("evaluate " + path("degenerate.h5ad") +
                        " --quiet --embedding hvg --label one --out " + out("absent"))
                .status,
            1)
      << "X is absent";
}

TEST_F(Cli, ConstantAndDuplicateEmbeddings) {
  write_npy(path("constant.npy"), DenseMatrix<float>(kCells, 3, 2.5f));
  DenseMatrix<float> doubled(kCells, 2);
  for (size_t i = 0; i < kCells; ++i) doubled(i, 0) = static_cast<float>(i / 2);
  write_npy(path("doubled.npy"), doubled);
  const auto folder = out("constant");
  const auto run = evaluate("file=" + path("constant.npy") + " file=" + path("doubled.npy") +
                            " --batch batch --out " + folder);
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(*scores(folder, "constant").at("asw_label").value, 0.5) << "no distance: every silhouette is 0";
  EXPECT_EQ(scores(folder, "constant").at("pcr_batch").status, ScoreStatus::not_applicable);
  EXPECT_EQ(scores(folder, "doubled").at("asw_label").status, ScoreStatus::ok);
}

TEST_F(Cli, HarmonyTakesTheBatchesOfTheRun) {
  const auto folder = out("harmony");
  const auto run = evaluate("pca:n_comps=10 harmony:n_comps=10 --no-umap --batch batch --out " + folder);
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_GT(*scores(folder, "harmony").at("asw_batch").value, *scores(folder, "pca").at("asw_batch").value);
  const auto without = evaluate("pca harmony --no-umap --out " + out("harmony_none"));
  EXPECT_EQ(without.status, 2);
  EXPECT_THAT(without.err, HasSubstr("--batch"));
  const auto file = path("harmony.h5ad");
  const auto embedded = run_program("embed " + path("good.h5ad") +
                                    " --quiet --embedding harmony:n_comps=10 --batch batch --out " + file);
  EXPECT_EQ(embedded.status, 0) << embedded.err;
  EXPECT_THAT(embedded.out, HasSubstr("batch_key=batch"));
}

TEST_F(Cli, CellsWithoutEnoughGenesAreCountedAndLeftOut) {
  ThreadPool pool(1);
  Simulation simulation({kCells, kGenes, 4, 2, 2, 0, 0, 1, 1, 0.2, {}});
  H5adWriter writer(path("poor.h5ad"), pool);
  writer.write_obs(simulation.obs());
  writer.write_var(simulation.var());
  auto poor = simulation.counts(pool);
  const auto counts = poor.for_each_block;
  poor.for_each_block = [&counts](const auto& consume) {
    counts([&](const RowBlock& block) {
      auto copy = block;
      for (size_t i = 0; i < copy.values.n_rows; ++i)
        if ((block.first_row + i) % 100 == 3)
          for (float& v : copy.values.row_values(i)) v = 0;
      consume(copy);
    });
  };
  writer.write_matrix("X", poor);
  writer.finish();
  const auto folder = out("poor");
  const auto run = evaluate("hvg pca --batch batch --out " + folder, "poor.h5ad");
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(scores(folder, "hvg").at("asw_label").n_cells, kCells - 3);
  EXPECT_THAT(run.err, HasSubstr("3 of 300 cells express fewer than 10 genes"));
  EXPECT_THAT(read_file(folder + "/results.json"), HasSubstr("\"lost\": 3"));
  EXPECT_THAT(read_file(folder + "/report.html"), Not(HasSubstr("NaN,NaN")));
}

// What a model has seen can be told by counts alone: a copy with other cell names has the same hashes.
TEST_F(Cli, HashesOfCellsLeaveThemOut) {
  const auto folder = out("hashes"), list = path("seen.txt");
  const auto written =
      run_program("inspect " + path("good.h5ad") + " --where \"batch == batch_1\" --cell-hashes " + list);
  ASSERT_EQ(written.status, 0) << written.err;
  EXPECT_THAT(read_file(list), testing::StartsWith("hash:"));
  EXPECT_EQ(run_program("inspect " + path("good.h5ad") + " --cell-hashes " + list).status, 2)
      << "a file that is there is not written over";
  const auto run = evaluate("pca --out " + folder + " --exclude-cells " + list);
  ASSERT_EQ(run.status, 0) << run.err;
  const auto data = DatasetFile::open(path("good.h5ad"));
  const auto batches = data->obs_column("batch").as_categorical();
  std::vector<std::string> rest;
  for (size_t i = 0; i < batches.codes.size(); ++i)
    if (batches.categories[static_cast<size_t>(batches.codes[i])] != "batch_1")
      rest.push_back(data->cell_names()[i]);
  EXPECT_EQ(DatasetFile::open(folder + "/cells.h5ad")->cell_names(), rest);
}

TEST_F(Cli, OtherCommands) {
  const auto inspect = run_program("inspect " + path("good.h5ad"));
  EXPECT_EQ(inspect.status, 0) << inspect.err;
  EXPECT_THAT(inspect.out, HasSubstr("--label celltype --batch batch"));
  const auto json = nlohmann::json::parse(run_program("inspect --json " + path("good.h5ad")).out);
  EXPECT_EQ(json["n_cells"], kCells);
  EXPECT_EQ(json["counts"], "X");
  const auto embedded =
      run_program("embed " + path("good.h5ad") + " --quiet --embedding pca:n_comps=5 hvg --out " +
                  path("e.h5ad") + " --force");
  EXPECT_EQ(embedded.status, 0) << embedded.err;
  EXPECT_THAT(embedded.out, HasSubstr("300 cells x 5 dimensions"));
  EXPECT_EQ(
      run_program("embed " + path("good.h5ad") + " --quiet --embedding pca --out " + path("e.h5ad")).status,
      2)
      << "the file is there";
  const auto from_obsm =
      run_program("evaluate " + path("e.h5ad") +
                  " --quiet --label celltype --no-umap --embedding obsm:X_pca --out " + out("from_obsm"));
  EXPECT_EQ(from_obsm.status, 0) << from_obsm.err;
  const auto a = out("a"), b = out("b");
  ASSERT_EQ(evaluate("pca --no-umap --out " + a).status, 0);
  ASSERT_EQ(evaluate("pca:n_comps=10 --no-umap --out " + b).status, 0);
  const auto compared = run_program("compare " + a + " " + b);
  EXPECT_EQ(compared.status, 0) << compared.err;
  EXPECT_THAT(compared.out, HasSubstr("asw_label"));
  EXPECT_EQ(run_program("compare " + a + " " + path("nowhere")).status, 1);
  EXPECT_THAT(run_program("models").out, HasSubstr("all-genes"));
  EXPECT_THAT(run_program("--version").out, HasSubstr("zerocell "));
  EXPECT_THAT(run_program("man").out, HasSubstr(".TH ZEROCELL"));
  for (const char* shell : {"bash", "zsh", "fish"})
    EXPECT_THAT(run_program(std::string("completion ") + shell).out, HasSubstr("evaluate")) << shell;
  for (const char* command : {"inspect", "evaluate", "embed", "compare", "simulate", "models", "completion"})
    EXPECT_THAT(run_program(std::string(command) + " --help").out, HasSubstr("xample")) << command;
}

TEST_F(Cli, ConventionsFollowTheirRules) {
  const auto paper = out("paper"), metrics = out("scib_metrics");
  ASSERT_EQ(evaluate("pca --batch batch --convention paper --subsample 100 --out " + paper).status, 0);
  EXPECT_EQ(scores(paper, "pca").at("nmi").n_cells, 100u);
  EXPECT_FALSE(scores(paper, "pca").count("nmi_fixed"));
  ASSERT_EQ(evaluate("pca --batch batch --convention scib-metrics --out " + metrics).status, 0);
  EXPECT_TRUE(scores(metrics, "pca").count("bras"));
}

}  // namespace
}  // namespace zerocell
