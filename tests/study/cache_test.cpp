#include "zerocell/study/cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "zerocell/core/error.h"
#include "zerocell/study/finished_part.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;

const std::string kHash = "0123456789abcdef0123456789abcdef";
const std::string kOther = "fedcba9876543210fedcba9876543210";

FinishedPart part(size_t n_cells) {
  FinishedPart part;
  part.result.tag = "mine";
  part.result.method = "pca";
  part.result.dims = 2;
  part.result.cluster.assign(n_cells, 1);
  part.result.training = {"loss", {3, 2}, {2}, {2.5}, 9, 1, 1};
  part.result.group = "group";
  part.result.seed = 7;
  Score score;
  score.metric = "ari";
  score.value = 0.25;
  part.scores = {score};
  return part;
}

FinishedEmbedding embedding(uint32_t n_cells) {
  FinishedEmbedding part;
  part.tag = "mine";
  part.method = "pca";
  part.embedding.values = DenseMatrix<float>(n_cells, 2, 1.5f);
  for (uint32_t i = 0; i < n_cells; ++i) part.embedding.cells.push_back(2 * i);
  part.embedding.options = "n_comps=2";
  part.embedding.losses = {{"genes", 3, 10, "in fewer than 10 cells"}};
  part.embedding.warnings = {"a warning"};
  part.embedding.stages = {{"training", 2, 1 << 20, 50}};
  part.embedding.training = {"loss", {3, 2}, {2}, {2.5}, 9, 1, 1};
  part.cost = {"embedding", 0.5, 1 << 20, 100};
  return part;
}

FinishedReconstruction reconstruction() {
  FinishedReconstruction part;
  part.result.tag = "model";
  part.result.target = "bin";
  part.result.metrics = {"mse_gep"};
  part.result.cells = {{"mse", {1, 2}, true}};
  part.result.sums = {{"a"}, {1, 2}, {3, 4}, {"note"}};
  part.result.densities = {{"GEP", {2, 0, 2}, {3, -1, 2}, {1, 2, 3, 4, 5, 6}, 7, 8, 0.5}};
  part.scores.resize(2);
  part.counts_source = "X";
  return part;
}

class CacheTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = (fs::temp_directory_path() / ("zerocell_cache_" + std::to_string(getpid()))).string();
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  std::string folder_;
};

TEST_F(CacheTest, PartsComeBackAsTheyWere) {
  save_part(at(kHash), part(3));
  const auto back = load_part(at(kHash));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->result.group, "group");
  EXPECT_EQ(back->result.seed, 7u);
  EXPECT_EQ(back->result.training.train, (std::vector<double>{3, 2}));
  EXPECT_EQ(back->result.training.validated_after, (std::vector<uint64_t>{2}));
  EXPECT_EQ(back->result.training.stopped_early, 1);
  save_part(at(kOther + ".reconstruction"), reconstruction());
  const auto model = load_reconstruction_part(at(kOther + ".reconstruction"));
  ASSERT_TRUE(model);
  EXPECT_EQ(model->result.densities[0].counts, (std::vector<uint64_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(model->result.densities[0].predicted.low, -1);
  EXPECT_EQ(*model->result.densities[0].constant, 0.5);
  EXPECT_EQ(model->result.sums.n_genes, (std::vector<uint32_t>{3, 4}));
  EXPECT_TRUE(model->result.cells[0].is_baseline);
  EXPECT_EQ(model->counts_source, "X");
  // One kind is never taken for the other.
  EXPECT_FALSE(load_part(at(kOther + ".reconstruction")));
  EXPECT_FALSE(load_reconstruction_part(at(kHash)));
}

TEST_F(CacheTest, EmbeddingsComeBackAsTheyWere) {
  const auto path = at(kHash + ".embedding");
  save_embedding(path, embedding(3));
  const auto back = load_embedding(path, 5);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->tag, "mine");
  EXPECT_EQ(std::get<0>(back->embedding.values)(2, 1), 1.5f);
  EXPECT_EQ(back->embedding.cells, (std::vector<uint32_t>{0, 2, 4}));
  EXPECT_EQ(back->embedding.options, "n_comps=2");
  EXPECT_EQ(back->embedding.losses[0].reason, "in fewer than 10 cells");
  EXPECT_EQ(back->embedding.warnings, (std::vector<std::string>{"a warning"}));
  EXPECT_EQ(back->embedding.stages[0].name, "training");
  EXPECT_EQ(back->embedding.training.validation, (std::vector<double>{2.5}));
  EXPECT_EQ(back->cost.seconds, 0.5);
  EXPECT_FALSE(load_embedding(path, 4)) << "it has a cell 4";
  EXPECT_FALSE(load_part(path));

  auto sparse = embedding(2);
  sparse.embedding.values = CsrMatrix{2, 3, {0, 1, 2}, {0, 2}, {1, 2}};
  save_embedding(path, sparse);
  EXPECT_EQ(std::get<1>(load_embedding(path, 3)->embedding.values).indices, (std::vector<uint32_t>{0, 2}));

  auto wrong = embedding(2);
  wrong.embedding.cells = {1, 1};
  save_embedding(path, wrong);
  EXPECT_FALSE(load_embedding(path, 3)) << "a cell twice";
  wrong.embedding.cells = {1};
  save_embedding(path, wrong);
  EXPECT_FALSE(load_embedding(path, 3)) << "more rows than cells";
}

TEST_F(CacheTest, EveryDamageIsSeen) {
  save_part(at(kHash), part(2));
  const auto good = content(at(kHash));
  for (size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x20);
    write(at(kHash), bad);
    EXPECT_FALSE(load_part(at(kHash))) << "byte " << i;
    if (i % 7) continue;
    write(at(kHash), good.substr(0, i));
    EXPECT_FALSE(load_part(at(kHash))) << "cut at " << i;
  }
  EXPECT_FALSE(load_part(at("missing")));
}

TEST_F(CacheTest, AnEntryUnderAnothersNameIsNotBelieved) {
  const auto expect_refused = [&](const std::string& suffix, auto load) {
    fs::copy_file(at(kHash + suffix), at(kOther + suffix));
    std::string trouble;
    EXPECT_TRUE(load(at(kHash + suffix), &trouble)) << suffix;
    EXPECT_EQ(trouble, "");
    EXPECT_FALSE(load(at(kOther + suffix), &trouble)) << suffix;
    EXPECT_EQ(trouble, "it is a copy of '" + kHash + suffix + "'");
  };
  save_part(at(kHash), part(3));
  expect_refused("", [](const auto& path, auto* trouble) { return load_part(path, trouble).has_value(); });
  save_embedding(at(kHash + ".embedding"), embedding(3));
  expect_refused(".embedding", [](const auto& path, auto* trouble) {
    return load_embedding(path, 5, trouble).has_value();
  });
  save_part(at(kHash + ".reconstruction"), reconstruction());
  expect_refused(".reconstruction", [](const auto& path, auto* trouble) {
    return load_reconstruction_part(path, trouble).has_value();
  });
  size_t n_others = 0;
  for (const auto& entry : cache_entries(folder_, n_others))
    EXPECT_EQ(entry.state, entry.name.starts_with(kOther) ? CacheEntryState::damaged : CacheEntryState::good);
}

TEST_F(CacheTest, WhatIsNoEntryIsNeitherReadNorReplaced) {
  const auto expect_kept_out = [&](const std::string& why) {
    std::string trouble;
    EXPECT_FALSE(load_part(at(kHash), &trouble));
    EXPECT_EQ(trouble, why);
    EXPECT_THROW(save_part(at(kHash), part(1)), Error) << why;
    size_t n_others = 0;
    cache_entries(folder_, n_others);
    prune_cache(folder_, {0, 0, true});
    EXPECT_TRUE(fs::exists(fs::symlink_status(at(kHash)))) << why;
    fs::remove(at(kHash));
  };
  fs::create_directories(at(kHash));
  expect_kept_out("a folder is in its place");
  ASSERT_EQ(mkfifo(at(kHash).c_str(), 0600), 0);
  expect_kept_out("a pipe is in its place");
  save_part(at("good"), part(1));
  fs::create_symlink(at("good"), at(kHash));
  expect_kept_out("a link is in its place");
  write(at(kHash), "the user's own file of such a name");
  expect_kept_out("it is no file of zerocell's");
  write(at(kHash), "");
  fs::resize_file(at(kHash), uint64_t{1} << 39);  // sparse: takes no room
  expect_kept_out("it is no file of zerocell's");
  save_part(at(kHash), part(1));
  fs::resize_file(at(kHash), uint64_t{1} << 39);
  std::string trouble;
  EXPECT_FALSE(load_part(at(kHash), &trouble));
  EXPECT_EQ(trouble, "it is damaged");
  save_part(at(kHash), part(1));
  EXPECT_TRUE(load_part(at(kHash)));
}

TEST_F(CacheTest, OnlyEntriesGoWhenAFolderOfPartsIsRemoved) {
  const auto parts = at("parts");
  save_part(parts + "/" + kHash, part(1));
  write(parts + "/" + kOther + ".rows", "zerocell rows 1\nkey");
  write(parts + "/" + kOther, "the user's own");
  write(parts + "/notes", "mine");
  fs::create_directory_symlink(parts, at("link"));
  remove_kept_results(at("link"));
  EXPECT_TRUE(fs::exists(parts + "/" + kHash)) << "a link is not followed";
  remove_kept_results(parts);
  EXPECT_FALSE(fs::exists(parts + "/" + kHash));
  EXPECT_FALSE(fs::exists(parts + "/" + kOther + ".rows"));
  EXPECT_EQ(content(parts + "/" + kOther), "the user's own");
  EXPECT_EQ(content(parts + "/notes"), "mine");
  fs::remove(parts + "/" + kOther);
  fs::remove(parts + "/notes");
  remove_kept_results(parts);
  EXPECT_FALSE(fs::exists(parts));
}

TEST_F(CacheTest, EntriesAndTheirStates) {
  save_part(at(kHash), part(3));
  save_part(at(kOther), part(3));
  auto bytes = content(at(kOther));
  bytes.back() = static_cast<char>(bytes.back() + 1);
  write(at(kOther), bytes);
  write(at(std::string(32, 'a')), "zerocell part 1\nof old");
  save_embedding(at(kHash + ".embedding"), embedding(3));
  write(at(kHash + ".rows"), "rows");
  write(at("notes.txt"), "mine");
  size_t n_others = 0;
  const auto entries = cache_entries(folder_, n_others);
  ASSERT_EQ(entries.size(), 5u);
  EXPECT_EQ(n_others, 1u);
  EXPECT_EQ(entries[0].name, kHash);
  EXPECT_EQ(entries[0].what, "mine (pca), 1 scores");
  EXPECT_EQ(entries[0].state, CacheEntryState::good);
  EXPECT_EQ(entries[1].kind, "embedding");
  EXPECT_EQ(entries[1].what, "mine (pca), 3 cells x 2 dimensions");
  EXPECT_EQ(entries[1].state, CacheEntryState::good);
  EXPECT_EQ(entries[2].kind, "unfinished rows");
  EXPECT_EQ(entries[3].state, CacheEntryState::foreign);
  EXPECT_EQ(entries[4].state, CacheEntryState::damaged);
  EXPECT_THROW(cache_entries(at("missing"), n_others), Error);
}

TEST_F(CacheTest, PruneTakesWhatItIsToldAndNothingElse) {
  save_part(at(kHash), part(3));
  save_part(at(kOther), part(300));
  write(at(std::string(32, 'b')), "zerocell part 1\nof old");
  write(at("notes.txt"), "mine");
  EXPECT_EQ(prune_cache(folder_, {}).size(), 0u);
  EXPECT_EQ(prune_cache(folder_, {{}, {}, true}).size(), 1u);
  const auto old = fs::last_write_time(at(kHash)) - std::chrono::hours(48);
  fs::last_write_time(at(kHash), old);
  auto removed = prune_cache(folder_, {{}, 86400, false});
  ASSERT_EQ(removed.size(), 1u);
  EXPECT_EQ(removed[0].name, kHash);
  save_part(at(kHash), part(3));
  fs::last_write_time(at(kOther), old);
  removed = prune_cache(folder_, {fs::file_size(at(kHash)) + 10, {}, false});
  ASSERT_EQ(removed.size(), 1u) << "the oldest first";
  EXPECT_EQ(removed[0].name, kOther);
  EXPECT_TRUE(fs::exists(at("notes.txt")));
}

TEST_F(CacheTest, WhatKilledRunsLeaveGoesOnceItIsOld) {
  const auto name = "." + kHash + ".4711.0.tmp";
  write(at(name), "half");
  EXPECT_EQ(prune_cache(folder_, {{}, {}, true}).size(), 0u) << "its run may still be at it";
  fs::last_write_time(at(name), fs::last_write_time(at(name)) - std::chrono::hours(2));
  EXPECT_EQ(prune_cache(folder_, {{}, {}, true}).size(), 1u);
}

TEST_F(CacheTest, TwoWritersLeaveAWholeEntry) {
  std::vector<std::thread> writers;
  for (int i = 0; i < 2; ++i)
    writers.emplace_back([&] {
      for (int n = 0; n < 50; ++n) save_part(at(kHash), part(50));
    });
  for (int n = 0; n < 200; ++n)
    if (fs::exists(at(kHash))) {
      EXPECT_TRUE(load_part(at(kHash)));
    }
  for (auto& writer : writers) writer.join();
  size_t n_others = 0;
  EXPECT_EQ(cache_entries(folder_, n_others).size(), 1u) << "nothing is left over";
}

TEST_F(CacheTest, ADiskThatRefusesIsAnError) {
  write(at("file"), "");
  EXPECT_THROW(save_part(at("file/" + kHash), part(1)), Error);
}

TEST(ParseAge, UnitsAndMistakes) {
  EXPECT_EQ(parse_age("30d"), 30 * 86400);
  EXPECT_EQ(parse_age("12h"), 12 * 3600);
  EXPECT_EQ(parse_age("90m"), 90 * 60);
  EXPECT_EQ(parse_age("45s"), 45);
  for (const char* const text : {"", "d", "3", "-1d", "3w", "1.5h"})
    EXPECT_THROW(parse_age(text), Error) << text;
}

}  // namespace
}  // namespace zerocell
