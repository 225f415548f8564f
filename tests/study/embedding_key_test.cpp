#include "zerocell/study/embedding_key.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/models/geneformer/untrained.h"
#include "zerocell/models/scgpt/untrained.h"
#include "zerocell/models/scvi/model_file.h"
#include "zerocell/study/make_backend.h"
#include "zerocell/study/reconstruct.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kGenes{"ENSG00000000003", "ENSG00000000005"};

const std::string kScvi = ZEROCELL_SOURCE_DIR "/tests/golden/scvi/nb";

/// A run, of which tests change one thing.
struct Job {
  std::string data;
  DataSourceOptions source = {};
  std::string device = "cpu", batch = "batch";
  uint64_t seed = 1;

  std::string key(const std::string& spec) const {
    const EmbeddingKeys keys(data, source, device, batch, seed, std::make_shared<FileHashes>());
    return keys.of(parse_embedding_spec(spec));
  }
};

class EmbeddingKey : public testing::Test {
 protected:
  void SetUp() override {
    job_.data = folder_.write("cells.h5ad", "\x89HDF\r\n\x1a\nthe data set's bytes");
    folder_.write("vectors.csv", "1,2\n");
    folder_.write("list.txt", "cell1\n");
    folder_.write("aliases.txt", "a table\n");
    write_untrained_scgpt(folder_.file("scgpt"), scgpt_architecture("tiny"), scgpt_vocabulary_of(kGenes), 5,
                          ScgptInit::independent);
    const RowStream no_cells{0, kGenes.size(), [](const auto&) {}};
    const auto dictionaries = geneformer_dictionaries(kGenes, no_cells, true);
    GeneformerConfig config;
    config.n_layers = 1;
    config.dim = 32;
    config.n_heads = 2;
    config.ffn_dim = 40;
    config.n_positions = 16;
    config.vocab_size = dictionaries.tokens.entries.size();
    write_untrained_geneformer(folder_.file("geneformer"), config, dictionaries, 5);
    const auto geneformer = "geneformer='" + folder_.file("geneformer") + "'";
    specs_ = {{"hvg", "hvg"},
              {"all-genes", "all-genes"},
              {"pca", "pca"},
              {"harmony", "harmony"},
              {"scvi", "scvi"},
              {"scvi model", "scvi:model='" + kScvi + "'"},
              {"geneformer", geneformer},
              {"geneformer shuffled", geneformer + ":genes=shuffled"},
              {"geneformer random", geneformer + ":weights=random"},
              {"scgpt", "scgpt='" + folder_.file("scgpt") + "'"},
              {"obsm", "obsm:X_pca"},
              {"file", "file='" + folder_.file("vectors.csv") + "'"}};
  }

  /// The methods whose key a change of the run changes, in the order of the table.
  template <class Change>
  std::string changed_by(Change change) const {
    Job other = job_;
    change(other);
    std::string names;
    for (const auto& [name, spec] : specs_)
      if (job_.key(spec) != other.key(spec)) names += (names.empty() ? "" : ", ") + name;
    return names;
  }
  std::string key(const std::string& spec) const { return job_.key(spec); }

  TemporaryFolder folder_;
  Job job_;
  std::vector<std::pair<std::string, std::string>> specs_;
};

constexpr const char* kAll =
    "hvg, all-genes, pca, harmony, scvi, scvi model, geneformer, geneformer shuffled, geneformer random, "
    "scgpt, "
    "obsm, file";
constexpr const char* kOfCounts =
    "hvg, all-genes, pca, harmony, scvi, scvi model, geneformer, geneformer shuffled, geneformer random, "
    "scgpt";

TEST_F(EmbeddingKey, TheDeviceCountsForMethodsThatUseOne) {
  EXPECT_EQ(changed_by([](Job& job) { job.device = "cuda"; }),
            "scvi, geneformer, geneformer shuffled, geneformer random, scgpt");
  // What auto stands for, with a GPU and without.
  Job automatic = job_, resolved = job_;
  automatic.device = "auto";
  resolved.device = resolve_device("auto");
  for (const auto& [name, spec] : specs_) EXPECT_EQ(automatic.key(spec), resolved.key(spec)) << name;
  EXPECT_EQ(resolve_device("cuda:0"), resolve_device("cuda"));
  EXPECT_EQ(resolve_device("cuda:1"), "cuda:1");
  EXPECT_THROW(resolve_device("gpu"), Error);
}

TEST_F(EmbeddingKey, TheSeedCountsWhereSomethingIsDrawn) {
  EXPECT_EQ(changed_by([](Job& job) { job.seed = 2; }),
            "pca, harmony, scvi, geneformer shuffled, geneformer random, scgpt");
  // A method's own seed goes before the run's.
  EXPECT_EQ(key("pca:seed=1"), key("pca"));
  EXPECT_NE(key("pca:seed=2"), key("pca"));
  EXPECT_EQ(key("hvg:seed=2"), key("hvg"));
}

TEST_F(EmbeddingKey, CountsMatterForMethodsThatTakeThem) {
  EXPECT_EQ(changed_by([](Job& job) { job.source.layer = "raw"; }), kOfCounts);
  EXPECT_EQ(changed_by([](Job& job) { job.source.gene_ids = "symbol"; }), kOfCounts);
  EXPECT_EQ(changed_by([](Job& job) { job.source.accept_non_counts = true; }), kOfCounts);
  // Cells may be listed by hashes of their counts, so that these decide the selection of any method.
  job_.source.cells.exclude_cells = folder_.file("list.txt");
  EXPECT_EQ(changed_by([](Job& job) { job.source.layer = "raw"; }), kAll);
}

TEST_F(EmbeddingKey, DataAndSelectionCountForAll) {
  folder_.write("other.h5ad", "\x89HDF\r\n\x1a\nother bytes");
  folder_.write("copy.h5ad", "\x89HDF\r\n\x1a\nthe data set's bytes");
  EXPECT_EQ(changed_by([&](Job& job) { job.data = folder_.file("other.h5ad"); }), kAll);
  EXPECT_EQ(changed_by([&](Job& job) { job.data = folder_.file("copy.h5ad"); }), "");
  auto& cells = job_.source.cells;
  EXPECT_EQ(changed_by([](Job& job) { job.source.cells.where = "a == b"; }), kAll);
  EXPECT_EQ(changed_by([](Job& job) { job.source.cells.subsample = 5; }), kAll);
  EXPECT_EQ(changed_by([](Job& job) { job.source.cells.seed = 9; }), "");           // nothing is sampled
  EXPECT_EQ(changed_by([](Job& job) { job.source.cells.overlap_by = "id"; }), "");  // there is no list
  EXPECT_EQ(changed_by([&](Job& job) { job.source.cells.overlap = folder_.file("list.txt"); }), kAll);
  EXPECT_EQ(changed_by([&](Job& job) { job.source.cells.exclude_cells = folder_.file("list.txt"); }), kAll);
  cells.subsample = 5;
  EXPECT_EQ(changed_by([](Job& job) { job.source.cells.seed = 9; }), kAll);
  EXPECT_EQ(changed_by([](Job& job) { job.source.cells.numpy_draw = !job.source.cells.numpy_draw; }), kAll);
  cells.overlap = folder_.file("list.txt");
  EXPECT_EQ(changed_by([](Job& job) { job.source.cells.overlap_by = "id"; }), kAll);
  // A list counts by its content.
  folder_.write("same.txt", "cell1\n");
  folder_.write("longer.txt", "cell1\ncell2\n");
  EXPECT_EQ(changed_by([&](Job& job) { job.source.cells.overlap = folder_.file("same.txt"); }), "");
  EXPECT_EQ(changed_by([&](Job& job) { job.source.cells.overlap = folder_.file("longer.txt"); }), kAll);
}

TEST_F(EmbeddingKey, WhatDecidesNoValueDoesNotCount) {
  EXPECT_EQ(changed_by([](Job& job) { job.source.max_memory /= 2; }), "");
  for (const auto& [name, spec] : specs_) EXPECT_EQ(key("tag@" + spec), key(spec)) << name;
}

TEST_F(EmbeddingKey, BatchesCountForMethodsThatAreGivenThem) {
  EXPECT_EQ(changed_by([](Job& job) { job.batch = "donor"; }), "harmony, scvi, scvi model");
  Job other = job_;
  other.batch = "donor";
  for (const char* own : {"harmony:batch_key=site", "scvi:batch_key=site", "hvg:batch_key=site"})
    EXPECT_EQ(job_.key(own), other.key(own)) << own;
  EXPECT_NE(key("harmony:batch_key=site"), key("harmony"));
  EXPECT_NE(key("hvg:batch_key=site"), key("hvg"));
}

TEST_F(EmbeddingKey, EveryOptionOfEveryMethodCounts) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> options{
      {"hvg", {"n_top_genes=9", "flavor=cell_ranger", "batch_key=site"}},
      {"pca", {"n_comps=9", "n_top_genes=9", "flavor=cell_ranger", "batch_key=site"}},
      {"harmony",
       {"n_comps=9", "variant=classic", "theta=3", "max_iter=9", "batch_key=site", "n_top_genes=9",
        "flavor=cell_ranger", "hvg_batch_key=site"}},
      {"scvi",
       {"max_epochs=9", "n_latent=9", "n_layers=1", "n_hidden=9", "gene_likelihood=zinb", "genes=hvg",
        "batch_key=site", "learning_rate=0.1", "early_stopping=true", "n_top_genes=9", "flavor=cell_ranger",
        "hvg_batch_key=site"}},
      {"geneformer='" + folder_.file("geneformer") + "'",
       {"layer=last", "pool=cls", "weights=random", "genes=shuffled", "duplicates=refuse", "dtype=bfloat16",
        "aliases='" + folder_.file("aliases.txt") + "'"}},
      {"scgpt='" + folder_.file("scgpt") + "'",
       {"route=B", "bin_ties=upper", "long_cells=first", "n_top_genes=9", "flavor=cell_ranger",
        "batch_key=site", "filter_gene_by_counts=9", "normalize_total=9", "log1p=true", "cls_value=0",
        "weights=random", "genes=shuffled", "values=shuffled", "dtype=bfloat16",
        "aliases='" + folder_.file("aliases.txt") + "'"}}};
  for (const auto& [method, changes] : options)
    for (const auto& change : changes) EXPECT_NE(key(method + ":" + change), key(method)) << method << change;
  EXPECT_EQ(key("pca:n_comps=9,n_top_genes=8"), key("pca:n_top_genes=8,n_comps=9"));
  EXPECT_NE(key("obsm:X_umap"), key("obsm:X_pca"));
}

TEST_F(EmbeddingKey, FilesCountByTheirContentWhereverTheyLie) {
  const auto model = "scgpt='" + folder_.file("scgpt") + "'";
  const auto with = [&](const char* aliases) {
    return key(model + ":aliases='" + folder_.file(aliases) + "'");
  };
  folder_.write("copy.txt", "a table\n");
  folder_.write("other.txt", "another table\n");
  EXPECT_EQ(with("copy.txt"), with("aliases.txt"));
  EXPECT_NE(with("other.txt"), with("aliases.txt"));
  // A folder's name is no kind of file.
  fs::copy(folder_.file("scgpt"), folder_.file("scgpt.v2"));
  EXPECT_EQ(key("scgpt='" + folder_.file("scgpt.v2") + "'"), key(model));
  std::string bytes = read_text(folder_.file("scgpt.v2/best_model.pt"));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  folder_.write("scgpt.v2/best_model.pt", bytes);
  EXPECT_NE(key("scgpt='" + folder_.file("scgpt.v2") + "'"), key(model));
  // Random weights do not ask for the file.
  EXPECT_EQ(key("scgpt='" + folder_.file("scgpt.v2") + "':weights=random"), key(model + ":weights=random"));
  auto other = read_scvi_model(kScvi);
  const auto scvi = [&](const char* file) { return key("scvi:model='" + folder_.file(file) + "'"); };
  write_scvi_model(other, folder_.file("a.pt"));
  write_scvi_model(other, folder_.file("b.pt"));
  other.weights.parameters[0] += 1;
  write_scvi_model(other, folder_.file("c.pt"));
  EXPECT_EQ(scvi("a.pt"), scvi("b.pt"));
  EXPECT_NE(scvi("a.pt"), scvi("c.pt"));
  // Vectors in a file are read by its extension.
  folder_.write("moved.csv", "1,2\n");
  folder_.write("vectors.tsv", "1,2\n");
  const auto file = [&](const char* name) { return key("file='" + folder_.file(name) + "'"); };
  EXPECT_EQ(file("moved.csv"), file("vectors.csv"));
  EXPECT_NE(file("vectors.tsv"), file("vectors.csv"));
}

// --- Reconstructions --------------------------------------------------------------------------------------

class ReconstructionKey : public EmbeddingKey {
 protected:
  ReconstructOptions options() const {
    ReconstructOptions options;
    options.data_path = job_.data;
    options.models = {parse_embedding_spec("scgpt='" + folder_.file("scgpt") + "'")};
    options.label = "celltype";
    options.batch = "batch";
    options.device = "cpu";
    return options;
  }
  template <class Change>
  bool changes(Change change) const {
    auto other = options();
    change(other);
    const auto key = [](const ReconstructOptions& of) { return reconstruction_key(of, of.models.front()); };
    return key(other) != key(options());
  }
};

TEST_F(ReconstructionKey, WhatDecidesTheResult) {
  using Options = ReconstructOptions;
  folder_.write("other.h5ad", "\x89HDF\r\n\x1a\nother bytes");
  EXPECT_TRUE(changes([&](Options& o) { o.data_path = folder_.file("other.h5ad"); }));
  EXPECT_TRUE(changes([](Options& o) { o.device = "cuda"; }));
  EXPECT_TRUE(changes([](Options& o) { o.seed = 7; }));
  EXPECT_TRUE(changes([](Options& o) { o.source.layer = "raw"; }));
  EXPECT_TRUE(changes([](Options& o) { o.source.gene_ids = "symbol"; }));
  EXPECT_TRUE(changes([](Options& o) { o.source.accept_non_counts = true; }));
  EXPECT_TRUE(changes([](Options& o) { o.source.cells.where = "a == b"; }));
  EXPECT_TRUE(changes([](Options& o) { o.batch = "site"; }));   // batches are resampled
  EXPECT_TRUE(changes([](Options& o) { o.donor = "batch"; }));  // the same groups by another name
  EXPECT_TRUE(changes([](Options& o) { o.models.front().tag = "b"; }));
  EXPECT_TRUE(changes([](Options& o) { o.models.front().options = {{"mask", "0.2"}}; }));
  EXPECT_TRUE(changes([](Options& o) { o.models.front().options = {{"seed", "3"}}; }));
}

TEST_F(ReconstructionKey, WhatDoesNot) {
  using Options = ReconstructOptions;
  EXPECT_FALSE(changes([](Options& o) { o.label = "other"; }));
  EXPECT_FALSE(changes([](Options& o) { o.source.max_memory /= 2; }));
  EXPECT_FALSE(changes([](Options& o) { o.dataset_name = "name"; }));
  EXPECT_FALSE(changes([](Options& o) { o.keep_going = true; }));
  EXPECT_FALSE(changes([](Options& o) { o.models.front().options = {{"seed", "0"}}; }));  // the run's own
  auto a = options(), b = options();
  a.device = "auto";
  b.device = resolve_device("auto");
  EXPECT_EQ(reconstruction_key(a, a.models.front()), reconstruction_key(b, b.models.front()));
  a.donor = b.donor = "donor";  // batches are not resampled then
  b.batch = "site";
  EXPECT_EQ(reconstruction_key(a, a.models.front()), reconstruction_key(b, b.models.front()));
  // The folder of results has labels and batches in it, too.
  EXPECT_NE(reconstruction_fingerprint(a), reconstruction_fingerprint(b));
  b = a;
  b.label = "other";
  EXPECT_NE(reconstruction_fingerprint(a), reconstruction_fingerprint(b));
}

}  // namespace
}  // namespace zerocell
