#include "zerocell/data/gene_names.h"

#include <gmock/gmock.h>

#include <set>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/gene_ids.h"

namespace zerocell {
namespace {

TEST(GeneNames, InventedNamesAreUniqueAndNested) {
  const auto names = invented_gene_names(30000);
  std::set<std::string> symbols, ids;
  for (const auto& name : names) {
    symbols.insert(name.symbol);
    ids.insert(name.ensembl);
    EXPECT_TRUE(is_ensembl_gene_id(name.ensembl)) << name.ensembl;
  }
  EXPECT_EQ(symbols.size(), 30000u);
  EXPECT_EQ(ids.size(), 30000u);
  const auto few = invented_gene_names(100);
  for (size_t i = 0; i < few.size(); ++i) EXPECT_EQ(few[i].symbol, names[i].symbol);
  EXPECT_TRUE(invented_gene_names(0).empty());
  EXPECT_EQ(invented_gene_names(100000).size(), 100000u);
  EXPECT_THROW(invented_gene_names(100001), Error);
}

TEST(GeneNames, LookLikeHumanSymbols) {
  std::vector<std::string> symbols;
  for (const auto& name : invented_gene_names(2000)) symbols.push_back(name.symbol);
  const auto summary = summarise_gene_ids(symbols);
  EXPECT_EQ(summary.type, GeneIdType::symbols);
  EXPECT_EQ(summary.species, "human");
}

TEST(GeneNames, ReadsLists) {
  const TemporaryFolder folder;
  const auto table =
      read_gene_names(folder.write("a.tsv",
                                   "hgnc_id\tsymbol\tensembl_gene_id\n# comment\n"
                                   "HGNC:5\tTP53\tENSG00000141510.17\n\nHGNC:6\tEGFR\tENSG00000146648\n"
                                   "HGNC:7\tTP53\tENSG00000000001\n"));
  ASSERT_EQ(table.size(), 2u);
  EXPECT_EQ(table[0].symbol, "TP53");
  EXPECT_EQ(table[0].ensembl, "ENSG00000141510");
  EXPECT_EQ(table[1].symbol, "EGFR");
  const auto symbols = read_gene_names(folder.write("b.txt", "TP53\r\nEGFR\r\n"));
  ASSERT_EQ(symbols.size(), 2u);
  EXPECT_EQ(symbols[1].ensembl, "EGFR");
  const auto quoted = read_gene_names(
      folder.write("d.tsv", "\xef\xbb\xbf\"ENSG00000000001\tTP53\"\n\"ENSG00000000002\"\t\"MYC\"\n"));
  ASSERT_EQ(quoted.size(), 2u);
  EXPECT_EQ(quoted[0].symbol, "TP53");
  EXPECT_EQ(quoted[0].ensembl, "ENSG00000000001");
  EXPECT_EQ(quoted[1].symbol, "MYC");
  EXPECT_THROW(read_gene_names(folder.write("c.txt", "# nothing\n1 2 3\n")), Error);
}

}  // namespace
}  // namespace zerocell
