#include "zerocell/study/data_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/h5ad_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/h5ad_frame.h"
#include "zerocell/study/embedding_key.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using Strings = std::vector<std::string>;

class Source : public testing::Test {
 protected:
  /// 2 cells; counts in raw, whose var names the genes alone; symbols in var.
  std::string write(const Strings& var_genes, const Strings& raw_genes) {
    const std::string path = folder_.file("raw.h5ad");
    hdf5::File file = hdf5::File::create(path);
    hdf5::Group root = file.root(), raw = root.create_group("raw");
    Strings symbols;
    for (const std::string& gene : var_genes) symbols.push_back("symbol of " + gene);
    write_frame(file.root(), "obs", {"_index", {"a", "b"}, {}});
    write_frame(file.root(), "var", {"_index", var_genes, {{"feature_name", symbols, {}}}});
    write_frame(root.group("raw"), "var", {"_index", raw_genes, {}});
    const uint64_t shape[] = {2, raw_genes.size()};
    std::vector<float> values(2 * raw_genes.size(), 1);
    raw.write_array<float>("X", values, shape);
    return path;
  }

  TemporaryFolder folder_;
  ThreadPool pool_{1};
};

TEST_F(Source, SymbolsOfVarForTheGenesOfRaw) {
  DataSourceOptions options;
  options.gene_ids = "feature_name";
  // Matched by name: raw has another order.
  DataSource data(write({"g1", "g2", "g3"}, {"g3", "g1", "g2"}), options, pool_);
  EXPECT_EQ(data.genes(), (Strings{"symbol of g3", "symbol of g1", "symbol of g2"}));
  EXPECT_THAT(data.warnings(), Contains(HasSubstr("raw/var has no column 'feature_name'")));
}

TEST_F(Source, SymbolsThatVarHasForSomeGenesOfRawOnly) {
  DataSourceOptions options;
  options.gene_ids = "feature_name";
  DataSource data(write({"g1", "g2"}, {"g1", "g2", "g3"}), options, pool_);
  try {
    data.genes();
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("raw/var"), HasSubstr("for 2 of the 3 genes of raw")));
  }
  DataSource plain(folder_.file("raw.h5ad"), {}, pool_);
  EXPECT_EQ(plain.genes(), (Strings{"g1", "g2", "g3"})) << "without the option";
  EXPECT_THAT(plain.warnings(), IsEmpty());
}

TEST_F(Source, AColumnThatIsNowhereListsThoseOfRaw) {
  DataSourceOptions options;
  options.gene_ids = "ensembl";
  DataSource data(write({"g1"}, {"g1"}), options, pool_);
  try {
    data.genes();
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr(": raw/var"), HasSubstr("no columns")));
  }
}

TEST_F(Source, TheHashOfAMatrixInTextIsThatOfItsThreeFiles) {
  const auto write_set = [&](const std::string& prefix, const std::string& genes) {
    folder_.write(prefix + "matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n2 1 1\n1 1 4\n");
    folder_.write(prefix + "barcodes.tsv", "AAAC\n");
    folder_.write(prefix + "genes.tsv", genes);
    FileHashes files;
    return dataset_hash(folder_.file(prefix), files);
  };
  const auto first = write_set("s1_", "ENSG1\tA\nENSG2\tB\n");
  EXPECT_EQ(write_set("s2_", "ENSG1\tA\nENSG2\tB\n"), first) << "wherever it lies";
  EXPECT_NE(write_set("s3_", "ENSG1\tA\nENSG2\tC\n"), first) << "another gene";
  folder_.write("other.txt", "of no account");
  FileHashes files;
  EXPECT_EQ(dataset_hash(folder_.file("s1_matrix.mtx"), files), first);
}

TEST_F(Source, TheModalityIsPartOfTheKey) {
  const auto path = write({"g1"}, {"g1"});
  const auto files = std::make_shared<FileHashes>();
  const auto key = [&](const std::string& modality) {
    DataSourceOptions options;
    options.modality = modality;
    return EmbeddingKeys(path, options, "cpu", "", 0, files).of(parse_embedding_spec("pca"));
  };
  EXPECT_NE(key("rna"), key("prot"));
  EXPECT_EQ(key("rna"), key("rna"));
}

}  // namespace
}  // namespace zerocell
