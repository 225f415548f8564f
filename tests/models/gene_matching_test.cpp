#include "zerocell/models/gene_matching.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kTp53 = "ENSG00000141510";
constexpr const char* kActb = "ENSG00000075624";
constexpr const char* kGapdh = "ENSG00000111640";

/// Three genes by their real names; one more name leads to no entry.
class GeneMatching : public testing::Test {
 protected:
  GeneMatch match(const std::vector<std::string>& genes, const GeneAliases* aliases = nullptr) {
    return match_genes(genes, {"Model", by_ensembl_, names_, mapping_}, aliases);
  }
  std::string message(const std::vector<std::string>& genes) {
    try {
      match(genes);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      return error.what();
    }
    return "no error";
  }

  std::unordered_map<std::string, uint32_t> by_ensembl_{{kTp53, 0}, {kActb, 1}, {kGapdh, 2}};
  std::unordered_map<std::string, std::string> names_{
      {"TP53", kTp53}, {"ACTB", kActb}, {"GAPDH", kGapdh}, {"XIST", "ENSG00000229807"}};
  std::unordered_map<std::string, std::string> mapping_;
};

TEST_F(GeneMatching, IdsVersionsAndSymbolsColumnByColumn) {
  const GeneMatch m =
      match({"ENSG00000141510.17", "ACTB", "ensg00000111640", "XIST", "actb", "", "ENSG00000141510"});
  EXPECT_THAT(m.gene, ElementsAre(0, 1, 2, -1, -1, -1, 0));
  EXPECT_EQ(m.n_columns, 7u);
  EXPECT_EQ(m.n_matched, 4u);
  EXPECT_EQ(m.n_ensembl, 3u);
  EXPECT_EQ(m.n_symbols, 1u);
  EXPECT_EQ(m.n_other_names, 1u);
  EXPECT_EQ(m.n_duplicates, 1u);
  EXPECT_THAT(m.duplicate_examples, ElementsAre("ENSG00000141510"));
  EXPECT_THAT(m.unknown_examples, ElementsAre("XIST", "actb", ""));
  EXPECT_THAT(first_columns(m), ElementsAre(0, 1, 2, 3, 4, 5, 0));
  EXPECT_THAT(match_warnings(m, "Model"), testing::IsEmpty());
  EXPECT_THAT(match({"ENSG00000141510_PAR_Y", "ACTB"}).gene,
              ElementsAre(-1, 1));  // the Y copy is another gene
}

TEST_F(GeneMatching, MappingLeadsToCurrentIds) {
  mapping_ = {{"ENSG00000999991", kTp53}, {"ENSG00000999992", "ENSG00000999993"}, {kActb, "ENSG00000999993"}};
  const GeneMatch m = match({"ENSG00000999991", "ENSG00000999992", kActb, kTp53});
  EXPECT_THAT(m.gene, ElementsAre(0, -1, 1, 0));  // targets that are no entry do not count
  EXPECT_EQ(m.n_duplicates, 1u);
}

TEST_F(GeneMatching, HumanGenomeInFrontIsTakenOffWhereNothingElseMatches) {
  names_["hg19_ODD"] = kGapdh;
  const GeneMatch m = match({"GRCh38_TP53", "hg19__ACTB", "hg19_ODD", "mm10_TP53", "hg19_NONE"});
  EXPECT_THAT(m.gene, ElementsAre(0, 1, 2, -1, -1));
  EXPECT_EQ(m.n_prefixed, 2u);
  EXPECT_THAT(match_warnings(m, "Model"),
              ElementsAre(HasSubstr("2 genes were matched without the name of the genome")));
}

TEST_F(GeneMatching, WarnsOfFewAndRefusesVeryFew) {
  std::vector<std::string> genes(20, "NOGENE");
  genes[3] = "TP53";
  EXPECT_THAT(match_warnings(match(genes), "Model"), ElementsAre(HasSubstr("1 of 20 genes (5.0 %)")));
  genes.push_back("NOGENE");
  EXPECT_THAT(message(genes), HasSubstr("1 of 21 matched"));
  EXPECT_THAT(message({}), HasSubstr("0 genes"));
  EXPECT_THAT(match({"TP53"}).gene, ElementsAre(0));
}

TEST_F(GeneMatching, NamesTheOtherSpecies) {
  EXPECT_THAT(message({"ENSMUSG00000059552", "ENSMUSG00000029580.14"}),
              testing::AllOf(HasSubstr("another species (mouse)"), HasSubstr("orthologues")));
  EXPECT_THAT(message({"ENSDARG00000035559"}), HasSubstr("zebrafish"));
  EXPECT_THAT(message({"Actb", "Gapdh", "mt-Nd1", "Trp53"}), HasSubstr("look like symbols of mouse genes"));
  names_.clear();
  EXPECT_THAT(message({"ACTB", "GAPDH"}), HasSubstr("no dictionary of gene names"));
}

/// Keys of a model's own dictionary that look like something else, or like nothing.
TEST_F(GeneMatching, AKeyIsThatGeneBeforeAnyGuess) {
  by_ensembl_ = {{"ENSGR0000182378", 0}, {"FBgn0000008", 1},  {"WBGene00000001", 2},
                 {"AT1G01010", 3},       {"LOC100287102", 4}, {"EGFP", 5},
                 {"tdTomato", 6},        {"AC012345.1", 7},   {"ENSG00000141510.17", 8},
                 {"ENSG00000141510", 9}, {"hg19_ODD", 10},    {"7157", 11}};
  // Names that the other dictionaries would lead elsewhere.
  names_ = {{"EGFP", "LOC100287102"}, {"AC012345.1", "EGFP"}};
  mapping_ = {{"ENSG00000141510", "EGFP"}, {"FBgn0000008", "EGFP"}};
  const GeneMatch m =
      match({"ENSGR0000182378", "FBgn0000008", "WBGene00000001", "AT1G01010", "LOC100287102", "EGFP",
             "tdTomato", "AC012345.1", "ENSG00000141510.17", "ENSG00000141510", "hg19_ODD", "7157"});
  EXPECT_THAT(m.gene, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
  EXPECT_EQ(m.n_duplicates, 0u);
}

TEST_F(GeneMatching, VersionsThenMappingsThenNames) {
  by_ensembl_ = {
      {"ENSGR0000182378", 0}, {"AT1G01010", 1}, {"ENSG00000141510.17", 2}, {"AC012345", 3}, {"TP53", 4}};
  names_ = {{"ODD", "AT1G01010.4"}, {"P53", "TP53"}};
  mapping_ = {{"FBgn0000009", "AT1G01010"}, {"old", "TP53"}};
  const GeneMatch m = match({"ENSGR0000182378.14", "AT1G01010.1", "ENSG00000141510.2", "ensg00000141510",
                             "AC012345.1", "TP53.1", "FBgn0000009", "FBgn0000009.1", "old", "P53"});
  // A dot in a symbol belongs to it; R's make.unique writes TP53.1 for a second TP53.
  EXPECT_THAT(m.gene, ElementsAre(0, 1, 2, 2, -1, -1, 1, 1, 4, 4));
}

TEST_F(GeneMatching, TwoVersionsInTheDictionaryAreAmbiguousUnlessOneIsSpelledOut) {
  by_ensembl_ = {{"ENSG00000141510.17", 0}, {"ENSG00000141510.16", 1}};
  EXPECT_THAT(match({"ENSG00000141510.16", "ENSG00000141510", "ENSG00000141510.3"}).gene,
              ElementsAre(1, -1, -1));
}

TEST_F(GeneMatching, ColumnsOfOneKeyAreNamedInPairs) {
  const GeneMatch m = match({"TP53", "ENSG00000141510.17", "ACTB", "ENSG00000141510", "ACTB"});
  EXPECT_THAT(m.duplicate_examples, ElementsAre("ENSG00000141510.17", "ENSG00000141510", "ACTB"));
  EXPECT_THAT(duplicate_warning(m),
              testing::AllOf(HasSubstr("3 columns"), HasSubstr("ENSG00000141510.17 beside TP53"),
                             HasSubstr(", ACTB)"), HasSubstr("summed")));
  EXPECT_EQ(duplicate_warning(match({"TP53"})), "");
}

TEST_F(GeneMatching, TheSpeciesIsThatOfTheDictionary) {
  by_ensembl_ = {{"FBgn0000008", 0}, {"FBgn0000014", 1}, {"FBgn0000015", 2}};
  names_.clear();
  EXPECT_THAT(message({"ENSG00000141510", "ENSG00000075624"}),
              testing::AllOf(HasSubstr("fruit fly genes"), HasSubstr("another species (human)"),
                             HasSubstr("fruit fly orthologues"), HasSubstr("such as 'FBgn0000014'")));
  EXPECT_THAT(message({"FBgn9999999"}), testing::Not(HasSubstr("human")));
  by_ensembl_ = {{"ENSMUSG00000059552", 0}};
  names_ = {{"Trp53", "ENSMUSG00000059552"}};
  EXPECT_THAT(message({"ENSG00000141510"}), HasSubstr("mouse orthologues"));
  // The genomes of the dictionary's species come off, those of others do not.
  EXPECT_THAT(match({"mm10_Trp53", "GRCh38_Trp53", "GRCm39___ENSMUSG00000059552.9"}).gene,
              ElementsAre(0, -1, 0));
  // No species that could be told: none is named.
  by_ensembl_ = {{"gene one", 0}};
  EXPECT_THAT(message({"ENSG00000141510"}),
              testing::AllOf(HasSubstr("expected genes, of which"), testing::Not(HasSubstr("orthologues"))));
}

class Aliases : public GeneMatching {
 protected:
  std::string write(const std::string& text) {
    const std::string path = testing::TempDir() + "aliases_" +
                             testing::UnitTest::GetInstance()->current_test_info()->name() + ".tsv";
    std::ofstream(path) << text;
    return path;
  }
};

constexpr const char* kHeader = "hgnc_id\tsymbol\tensembl_gene_id\tprev_symbol\talias_symbol\n";

TEST_F(Aliases, FormerSymbolsOfOneGeneAlone) {
  const GeneAliases table =
      read_gene_aliases(write(std::string(kHeader) + "1\tNEWTP\tENSG00000141510\tOLDTP\t\"p53|LFS1\"\n"
                                                     "2\tNEWACT\tENSG00000075624\tOLDACT|BOTH\tPS1\r\n"
                                                     "3\tNEWGAP\tENSG00000111640\tNEWTP\tBOTH\n"
                                                     "4\tNOID\t\tLFS1\tONLYNOID\n"));
  EXPECT_EQ(table.n_genes, 3u);      // counted apart: approved lines with an Ensembl id
  EXPECT_EQ(table.n_ambiguous, 2u);  // BOTH and LFS1
  const GeneMatch m =
      match({"NEWTP", "OLDTP", "p53", "PS1", "BOTH", "LFS1", "ONLYNOID", "NOID", "GAPDH"}, &table);
  // NEWTP is a former symbol of another gene, but the approved one of its own.
  EXPECT_THAT(m.gene, ElementsAre(0, 0, 0, 1, -1, -1, -1, -1, 2));
  EXPECT_EQ(m.n_aliases, 4u);
  EXPECT_EQ(m.n_ambiguous, 2u);
  EXPECT_EQ(m.n_symbols, 1u);
  EXPECT_THAT(match_warnings(m, "Model"),
              ElementsAre(HasSubstr("4 genes were matched"), HasSubstr("2 genes were left out")));
  EXPECT_THAT(match({"TP53", "OLDTP"}).gene, ElementsAre(0, -1));  // without the table
}

TEST_F(Aliases, RefusesOtherTables) {
  EXPECT_THROW(read_gene_aliases(write("")), Error);
  EXPECT_THROW(read_gene_aliases(write("symbol\tensembl_gene_id\tprev_symbol\n")), Error);
  EXPECT_THROW(read_gene_aliases(write(kHeader)), Error);
  EXPECT_THROW(read_gene_aliases(write(std::string(kHeader) + "1\tA\tENSG00000141510\n")), Error);
  EXPECT_THROW(read_gene_aliases(testing::TempDir() + "not_there.tsv"), Error);
}

TEST_F(Aliases, ReadsTheTableOfTheHgnc) {
  const std::string path = ZEROCELL_SHARED_DIR "/data/vocab/hgnc_compact.tsv.gz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no table of the HGNC";
  const GeneAliases table = read_gene_aliases(path);
  EXPECT_EQ(table.approved.at("TP53"), kTp53);
  EXPECT_EQ(table.others.at("A1BGAS"), "ENSG00000268895");  // former symbol of A1BG-AS1
  EXPECT_EQ(table.n_genes, 38979u);  // counted apart: approved lines with an Ensembl id
  EXPECT_EQ(table.n_ambiguous, 1334u);
}

/// A vocabulary of symbols: some as they are today, some former ones, one Ensembl id with a version.
class SymbolMatching : public Aliases {
 protected:
  GeneMatch match(const std::vector<std::string>& genes, const GeneAliases* aliases = nullptr) {
    return match_genes(genes, SymbolDictionary{"Model", by_symbol_}, aliases);
  }
  std::string message(const std::vector<std::string>& genes, const GeneAliases* aliases = nullptr) {
    try {
      match(genes, aliases);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      return error.what();
    }
    return "no error";
  }
  GeneAliases table() {
    return read_gene_aliases(write(std::string(kHeader) + "1\tTP53\tENSG00000141510\t\tp53|LFS1|ACTB\n"
                                                          "2\tACTB\tENSG00000075624\t\t\n"
                                                          "3\tMARCHF1\tENSG00000145416\tMARCH1\tRNF171\n"
                                                          "4\tNEWA\tENSG00000000004\tOLDA|OLDB\tOLDC\n"
                                                          "5\tNEWB\tENSG00000000005\tSHARED\tONLYB\n"
                                                          "6\tNEWC\t\tSHARED|OLDNOID\t\n"
                                                          "7\tGONE\tENSG00000000007\tGONE1\t\n"));
  }

  std::unordered_map<std::string, uint32_t> by_symbol_{
      {"TP53", 0}, {"ACTB", 1},   {"MARCH1", 2},  {"OLDA", 3},
      {"OLDB", 4}, {"SHARED", 5}, {"OLDNOID", 6}, {"ENSG00000283675.1", 7},
      {"ONLYB", 8}};
};

TEST_F(SymbolMatching, NamesLetterForLetterWithoutATable) {
  const GeneMatch m = match({"ACTB", "actb", "MARCHF1", "MARCH1", "hg19_TP53", "ENSG00000283675",
                             "ensg00000283675.4", "ENSG00000283675.1", "ENSG00000141510", "TP53"});
  EXPECT_THAT(m.gene, ElementsAre(1, -1, -1, 2, 0, 7, 7, 7, -1, 0));
  EXPECT_EQ(m.n_matched, 7u);
  EXPECT_EQ(m.n_symbols, 5u);  // an id that is spelled like the entry is a name
  EXPECT_EQ(m.n_ensembl, 2u);
  EXPECT_EQ(m.n_prefixed, 1u);
  EXPECT_EQ(m.n_untranslated, 1u);
  EXPECT_EQ(m.n_by_table, 0u);
  EXPECT_EQ(m.n_duplicates, 3u);
  EXPECT_THAT(match_warnings(m, "Model"),
              ElementsAre(HasSubstr("1 genes were matched without"),
                          testing::AllOf(HasSubstr("1 genes were left out: they are Ensembl ids"),
                                         HasSubstr("--gene-ids"), HasSubstr("aliases="))));
}

TEST_F(SymbolMatching, EnsemblIdsThroughTheTable) {
  const GeneAliases aliases = table();
  const GeneMatch m = match({"ENSG00000141510.17", "ENSG00000075624", "ENSG00000145416", "ENSG00000000004",
                             "ENSG00000000005", "ENSG00000000007", "ENSG00000999999", "ENSG00000283675.9"},
                            &aliases);
  // TP53 by its approved symbol, MARCHF1 by its former one; NEWA has two former ones; NEWB shares SHARED with
  // NEWC but has an alias of its own; GONE is not in the vocabulary; the next id is unknown.
  EXPECT_THAT(m.gene, ElementsAre(0, 1, 2, -1, 8, -1, -1, 7));
  EXPECT_EQ(m.n_ensembl, 5u);
  EXPECT_EQ(m.n_by_table, 4u);
  EXPECT_EQ(m.n_ambiguous, 1u);
  EXPECT_EQ(m.n_other_names, 1u);
  EXPECT_THAT(match_warnings(m, "Model"),
              ElementsAre(HasSubstr("4 genes were matched by the HGNC"), HasSubstr("1 genes were left out")));
}

TEST_F(SymbolMatching, OtherNamesThroughTheTable) {
  const GeneAliases aliases = table();
  const GeneMatch m = match(
      {"p53", "MARCHF1", "RNF171", "MARCH1", "SHARED", "NEWC", "OLDC", "NEWB", "GONE1", "NOGENE"}, &aliases);
  // SHARED is an entry itself; NEWC has no Ensembl id but a former symbol of its own; OLDC is a gene of two
  // entries.
  EXPECT_THAT(m.gene, ElementsAre(0, 2, 2, 2, 5, 6, -1, 8, -1, -1));
  EXPECT_EQ(m.n_symbols, 2u);
  EXPECT_EQ(m.n_aliases, 5u);
  EXPECT_EQ(m.n_by_table, 5u);
  EXPECT_EQ(m.n_ambiguous, 1u);
  EXPECT_EQ(m.n_other_names, 1u);
  // ACTB is also an alias of TP53, but the approved symbol of its own gene.
  by_symbol_.erase("TP53");
  EXPECT_THAT(match({"TP53", "ACTB"}, &aliases).gene, ElementsAre(-1, 1));
}

TEST_F(SymbolMatching, AKeyIsThatGeneBeforeAnyGuess) {
  by_symbol_ = {{"ENSGR0000182378", 0}, {"FBgn0000008", 1}, {"AC012345.1", 2},
                {"AC012345", 3},        {"p53", 4},         {"TP53", 5}};
  const GeneAliases aliases = table();
  for (const GeneAliases* given : {static_cast<const GeneAliases*>(nullptr), &aliases})
    EXPECT_THAT(match({"ENSGR0000182378", "ENSGR0000182378.14", "FBgn0000008", "AC012345.1", "AC012345",
                       "p53", "TP53"},
                      given)
                    .gene,
                ElementsAre(0, 0, 1, 2, 3, 4, 5));
  by_symbol_ = {{"Trp53", 0}, {"Actb", 1}, {"Gapdh", 2}};
  EXPECT_THAT(message({"TP53", "ACTB", "EGFR"}),
              testing::AllOf(HasSubstr("mouse genes"), HasSubstr("symbols of human genes"),
                             HasSubstr("mouse orthologues")));
}

TEST_F(SymbolMatching, SaysWhatToGive) {
  const std::vector<std::string> ids{"ENSG00000141510", "ENSG00000075624.3"};
  EXPECT_THAT(message(ids), testing::AllOf(HasSubstr("0 of 2 matched"), HasSubstr("holds symbols"),
                                           HasSubstr("--gene-ids COLUMN"), HasSubstr("aliases=TABLE")));
  const GeneAliases aliases = table();
  EXPECT_EQ(message(ids, &aliases), "no error");
  EXPECT_THAT(message({"ENSMUSG00000059552", "ENSMUSG00000029580.14"}), HasSubstr("another species (mouse)"));
  EXPECT_THAT(message({"Actb", "Gapdh", "mt-Nd1", "Trp53"}), HasSubstr("look like symbols of mouse genes"));
  EXPECT_THAT(message({"NOGENE", "NONE"}), HasSubstr("approved symbols"));
  EXPECT_THAT(message({}), HasSubstr("0 genes"));
}

TEST_F(SymbolMatching, IdsOfCellxgeneInThePublishedVocabulary) {
  const std::string folder = ZEROCELL_SHARED_DIR "/data/vocab/";
  if (!std::filesystem::exists(folder + "hgnc_compact.tsv.gz")) GTEST_SKIP() << "no table of the HGNC";
  const GeneAliases aliases = read_gene_aliases(folder + "hgnc_compact.tsv.gz");
  // RNF171 and MARCH1 as they are called today: MARCHF1; TP53 by its id.
  by_symbol_ = {{"MARCH1", 0}, {"TP53", 1}};
  const GeneMatch m = match({"MARCHF1", "ENSG00000145416", "ENSG00000141510.18", "p53"}, &aliases);
  EXPECT_THAT(m.gene, ElementsAre(0, 0, 1, 1));
}

}  // namespace
}  // namespace zerocell
