#include "zerocell/data/gene_ids.h"

#include <gmock/gmock.h>

#include <tuple>

namespace zerocell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Ids = std::vector<std::string>;

TEST(GeneIds, KnowsEnsemblIds) {
  EXPECT_TRUE(is_ensembl_gene_id("ENSG00000141510"));
  EXPECT_TRUE(is_ensembl_gene_id("ENSG00000141510.17"));
  EXPECT_TRUE(is_ensembl_gene_id("ENSMUSG00000059552"));
  EXPECT_TRUE(is_ensembl_gene_id("ENSG00000182378.15_PAR_Y"));
  for (const char* other : {"", "ENSG", "ENSG0000014151", "ENSG000001415100", "ENST00000269305",
                            "ENSG00000141510.", "ENSG00000141510.x", "ensg00000141510", "TP53"})
    EXPECT_FALSE(is_ensembl_gene_id(other)) << other;
}

TEST(GeneIds, StripsVersions) {
  EXPECT_EQ(strip_ensembl_version("ENSG00000141510.17"), "ENSG00000141510");
  EXPECT_EQ(strip_ensembl_version("ENSG00000141510"), "ENSG00000141510");
  EXPECT_EQ(strip_ensembl_version("ENSG00000182378.15_PAR_Y"), "ENSG00000182378_PAR_Y");
  EXPECT_EQ(strip_ensembl_version("RP11-34P13.7"), "RP11-34P13.7");  // part of the symbol
}

TEST(GeneIds, HumanEnsembl) {
  const auto s = summarise_gene_ids(Ids{"ENSG00000141510.17", "ENSG00000146648.18", "ENSG00000141510.16"});
  EXPECT_EQ(s.type, GeneIdType::ensembl);
  EXPECT_EQ(s.species, "human");
  EXPECT_EQ(s.n_versioned, 3u);
  EXPECT_EQ(s.n_duplicates, 0u);
  EXPECT_EQ(s.n_duplicates_unversioned, 1u);
  EXPECT_EQ(s.sentence,
            "3 of 3 gene ids are Ensembl gene ids (human), with version. Without versions, 1 repeat an "
            "earlier id.");
}

TEST(GeneIds, SymbolsOfMenAndMice) {
  const auto human = summarise_gene_ids(Ids{"TP53", "C10orf54", "MT-CO1", "HLA-DRA", "RP11-34P13.7", "TP53"});
  EXPECT_EQ(human.type, GeneIdType::symbols);
  EXPECT_EQ(human.species, "human");
  EXPECT_THAT(human.duplicate_examples, ElementsAre("TP53"));
  EXPECT_THAT(human.sentence, HasSubstr("1 repeat an earlier id (such as TP53)"));
  const auto mouse = summarise_gene_ids(Ids{"Trp53", "mt-Nd1", "0610007P14Rik", "H2-Ab1", "Gm1992"});
  EXPECT_EQ(mouse.type, GeneIdType::symbols);
  EXPECT_EQ(mouse.species, "mouse");
}

TEST(GeneIds, OtherSpeciesMixedAndUnknown) {
  EXPECT_EQ(summarise_gene_ids(Ids{"ENSDARG00000035559"}).species, "zebrafish");
  EXPECT_EQ(summarise_gene_ids(Ids{"ENSXETG00000000001"}).species, "Ensembl species ENSXET");
  const auto mixed = summarise_gene_ids(Ids{"ENSG00000141510", "TP53", "EGFR", "ENSG00000146648"});
  EXPECT_EQ(mixed.type, GeneIdType::mixed);
  EXPECT_THAT(mixed.sentence, HasSubstr("50.0 % are Ensembl gene ids"));
  EXPECT_EQ(summarise_gene_ids(Ids{"7157", "1956"}).type, GeneIdType::numbers);
  EXPECT_EQ(summarise_gene_ids(Ids{"a gene", "p(53)", ""}).type, GeneIdType::unknown);
  EXPECT_EQ(summarise_gene_ids(Ids{}).sentence, "There are no genes.");
}

TEST(GeneIds, YCopiesOfGencodeAreHumanGenesOfTheirOwn) {
  EXPECT_TRUE(is_ensembl_gene_id("ENSGR0000182378"));
  EXPECT_TRUE(is_ensembl_gene_id("ENSGR0000182378.14"));
  EXPECT_FALSE(is_ensembl_gene_id("ENSGR00000182378"));
  EXPECT_FALSE(is_ensembl_gene_id("ENSMUSGR0000182378"));
  EXPECT_EQ(strip_ensembl_version("ENSGR0000182378.14"), "ENSGR0000182378");
  EXPECT_EQ(summarise_gene_ids(Ids{"ENSGR0000182378", "ENSG00000141510"}).species, "human");
}

// One id of each database, as its own pages show them.
TEST(GeneIds, DatabasesOfOtherSpecies) {
  const std::vector<std::tuple<Ids, std::string, std::string>> cases{
      {{"FBgn0000008", "FBgn0283442"}, "FlyBase", "fruit fly"},
      {{"WBGene00000001", "WBGene00044083"}, "WormBase", "worm (C. elegans)"},
      {{"AT1G01010", "AT5G67640", "ATMG00010", "ATCG00020"}, "TAIR", "Arabidopsis"},
      {{"Os01g0100100"}, "RAP-DB", "rice"},
      {{"YBR123C", "YAL001W", "YAL064W-B"}, "SGD", "yeast (S. cerevisiae)"},
      {{"ZDB-GENE-990415-8"}, "ZFIN", "zebrafish"},
      {{"MGI:98834"}, "MGI", "mouse"},
      {{"HGNC:11998"}, "HGNC", "human"}};
  for (const auto& [ids, database, species] : cases) {
    const auto s = summarise_gene_ids(ids);
    EXPECT_EQ(s.type, GeneIdType::database) << database;
    EXPECT_EQ(s.species, species);
    EXPECT_EQ(s.database, database);
    EXPECT_EQ(s.n_database, ids.size());
    EXPECT_THAT(s.sentence, HasSubstr("gene ids of " + database + " (" + species + ")"));
    for (const auto& id : ids) EXPECT_TRUE(is_database_gene_id(id)) << id;
  }
  EXPECT_EQ(to_string(GeneIdType::database), "database");
}

TEST(GeneIds, VersionsComeOffIdsAloneNeverOffSymbols) {
  EXPECT_EQ(strip_gene_id_version("AT1G01010.1"), "AT1G01010");
  EXPECT_EQ(strip_gene_id_version("WBGene00000001.2"), "WBGene00000001");
  EXPECT_EQ(strip_gene_id_version("ENSG00000141510.17"), "ENSG00000141510");
  for (const char* symbol :
       {"RP11-34P13.7", "AC012345.1", "Y74C9A.3", "TP53.1", "LOC100287102.1", "FBgn0000008."})
    EXPECT_EQ(strip_gene_id_version(symbol), symbol);
}

TEST(GeneIds, OtherIdsAreNotTakenForMice) {
  EXPECT_EQ(summarise_gene_ids(Ids{"Solyc01g005000", "Smp_123456", "Glyma.01G000100"}).species, "");
  EXPECT_EQ(summarise_gene_ids(Ids{"LOC100287102", "LOC105374327"}).species, "");
}

TEST(GeneIds, GenomePrefixes) {
  const auto s = summarise_gene_ids(Ids{"GRCh38_TP53", "mm10___Trp53", "GRCh38_EGFR"});
  EXPECT_EQ(s.n_prefixed, 3u);
  EXPECT_EQ(s.type, GeneIdType::symbols);
  EXPECT_EQ(s.species, "");  // two thirds human is no human sample
}

}  // namespace
}  // namespace zerocell
