#include "zerocell/models/scvi/model_genes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
constexpr uint32_t kNone = ScviGeneMatch::kNone;

using Names = std::vector<std::string>;

std::string message_of(const Names& columns, const Names& genes) {
  try {
    match_scvi_genes(columns, genes, "m/model.pt");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  return "no error";
}

TEST(MatchScviGenes, LetterForLetterInAnyOrder) {
  const auto match = match_scvi_genes(Names{"C", "x", "A", "a"}, Names{"A", "B", "C"}, "m");
  EXPECT_THAT(match.gene, ElementsAre(2, kNone, 0, kNone));
  EXPECT_THAT(match.missing, ElementsAre("B"));
  EXPECT_EQ(match.n_unused, 2u);
  EXPECT_EQ(match.n_repeated, 0u);
  EXPECT_THAT(match_warnings(match), ElementsAre(HasSubstr("only 2 of the model's 3 genes")));
}

TEST(MatchScviGenes, EnsemblIdsWithoutVersionWhereNoneIsExact) {
  const Names genes{"ENSG00000000001.2", "ENSG00000000002", "ENSG00000000003.1", "ENSG00000000003.2"};
  const auto match = match_scvi_genes(
      Names{"ENSG00000000001.7", "ENSG00000000002.1", "ENSG00000000003", "ENSG00000000003.2"}, genes, "m");
  // The third is one of two versions of which the data has one exactly: the other is meant.
  EXPECT_THAT(match.gene, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(match.n_by_version, 3u);
  const auto ambiguous =
      match_scvi_genes(Names{"ENSG00000000001.7", "ENSG00000000002.1", "ENSG00000000003"}, genes, "m");
  EXPECT_THAT(ambiguous.gene, ElementsAre(0, 1, kNone));
}

TEST(MatchScviGenes, RepeatedColumnsAreSummed) {
  const auto match = match_scvi_genes(Names{"B", "A", "B", "x"}, Names{"A", "B"}, "m");
  EXPECT_EQ(match.n_repeated, 1u);
  EXPECT_THAT(match_warnings(match), ElementsAre(HasSubstr("1 columns are of a gene")));
  CsrMatrix counts;
  counts.n_rows = 2;
  counts.n_cols = 4;
  counts.indices = {0, 1, 2, 3};
  counts.values = {5, 2, 7, 9};
  counts.indptr = {0, 3, 4};
  RowStream stream{2, 4, [counts](const auto& consume) { consume({0, counts}); }};
  const auto aligned = model_counts(stream, match);
  EXPECT_EQ(aligned.n_cols, 2u);
  size_t n_blocks = 0;
  aligned.for_each_block([&](const RowBlock& block) {
    ++n_blocks;
    EXPECT_THAT(block.values.indices, ElementsAre(0, 1));
    EXPECT_THAT(block.values.values, ElementsAre(2, 12));
    EXPECT_THAT(block.values.indptr, ElementsAre(0, 2, 2));
  });
  EXPECT_EQ(n_blocks, 1u);
}

TEST(MatchScviGenes, TooFewGenesAreAnErrorThatNamesBothKinds) {
  EXPECT_EQ(message_of({"TP53", "x"}, {"TP53", "ACTB"}), "no error");  // one half
  const auto said = message_of({"ENSG00000000001", "ENSG00000000002"}, {"TP53", "ACTB", "CD4"});
  EXPECT_THAT(said, HasSubstr("at least 50 % of its 3 genes"));
  EXPECT_THAT(said, HasSubstr("such as 'TP53'"));
  EXPECT_THAT(said, HasSubstr("such as 'ENSG00000000001'"));
  EXPECT_THAT(said, HasSubstr("--gene-ids"));
  EXPECT_THAT(message_of({}, {"A"}), HasSubstr("found 0"));
}

TEST(MatchScviGenes, AModelThatHasANameTwiceIsRefused) {
  EXPECT_THAT(message_of({"A", "B"}, {"A", "B", "A"}), HasSubstr("'A' twice"));
}

}  // namespace
}  // namespace zerocell
