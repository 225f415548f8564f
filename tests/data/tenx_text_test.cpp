// Names and features of 10x folders after a way through R, pandas or a spreadsheet.
#include "zerocell/data/tenx_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/h5ad_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Strings = std::vector<std::string>;

constexpr const char* kPlain =
    "ENSG00000000001\tTP53\tGene Expression\nENSG00000000002\tMYC\tGene Expression\n"
    "CD3\tCD3_TotalSeqB\tAntibody Capture\n";

class TenxText : public testing::Test {
 protected:
  /// 3 features x 2 cells: 4 of feature 1 and 9 of feature 3 in cell 1, 7 of feature 2 in cell 2.
  std::shared_ptr<const DatasetFile> open(
      const std::string& features, const std::string& barcodes = "AAACCTGA-1\nGGTTCCAA-1\n",
      const std::string& matrix =
          "%%MatrixMarket matrix coordinate integer general\n%\n3 2 3\n1 1 4\n3 1 9\n2 2 7\n") {
    folder_.write("matrix.mtx", matrix);
    folder_.write("barcodes.tsv", barcodes);
    folder_.write("features.tsv", features);
    return DatasetFile::open(folder_.path());
  }

  std::string error_of(const std::string& features,
                       const std::string& barcodes = "AAACCTGA-1\nGGTTCCAA-1\n") {
    try {
      open(features, barcodes);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      return error.what();
    }
    return "no error";
  }

  void expect_clean(const DatasetFile& file) {
    EXPECT_EQ(file.cell_names(), (Strings{"AAACCTGA-1", "GGTTCCAA-1"}));
    const DataFrame var = file.var();
    EXPECT_EQ(var.index, (Strings{"TP53", "MYC"})) << "the antibody is no gene";
    ASSERT_NE(var.find("gene_ids"), nullptr);
    EXPECT_EQ(std::get<Strings>(var.find("gene_ids")->values),
              (Strings{"ENSG00000000001", "ENSG00000000002"}));
    ThreadPool pool(1);
    const CsrMatrix x = gather_rows(file.stream("X", pool));
    EXPECT_EQ(x.indices, (std::vector<uint32_t>{0, 1}));
    EXPECT_EQ(x.values, (std::vector<float>{4, 7}));
  }

  TemporaryFolder folder_;
};

TEST_F(TenxText, QuotesOfFieldsAndLinesComeOff) {
  expect_clean(*open(kPlain));
  expect_clean(*open(
      "\"ENSG00000000001\"\t\"TP53\"\t\"Gene Expression\"\n"
      "\"ENSG00000000002\"\tMYC\t\"Gene Expression\"\n\"CD3\"\t\"CD3 \"\"x\"\"\"\t\"Antibody Capture\"\n",
      "\"AAACCTGA-1\"\n\"GGTTCCAA-1\"\n"));
  expect_clean(
      *open("\"ENSG00000000001\tTP53\tGene Expression\"\n\"ENSG00000000002\tMYC\tGene Expression\"\n"
            "\"CD3\tCD3_TotalSeqB\tAntibody Capture\"\n"));
  expect_clean(
      *open("\"\"\"ENSG00000000001\"\"\t\"\"TP53\"\"\t\"\"Gene Expression\"\"\"\n"
            "ENSG00000000002\tMYC\tGene Expression\nCD3\tCD3\tAntibody Capture\n"));
}

TEST_F(TenxText, LineEndsBlankLinesAndByteOrderMarks) {
  expect_clean(*open(
      "\xef\xbb\xbf\"ENSG00000000001\"\tTP53\tGene Expression\r\nENSG00000000002\tMYC\tGene Expression\r\n"
      "CD3\tCD3\tAntibody Capture\r\n\r\n\r\n",
      "\xef\xbb\xbf"
      "AAACCTGA-1\r\nGGTTCCAA-1\r\n\n\n"));
  expect_clean(
      *open("ENSG00000000001\tTP53\tGene Expression\nENSG00000000002\tMYC\tGene Expression\n"
            "CD3\tCD3\tAntibody Capture\n \t\n",
            "AAACCTGA-1\nGGTTCCAA-1"));
}

TEST_F(TenxText, TypesInAnySpelling) {
  for (const char* types : {"gene expression|antibody capture", "GENE EXPRESSION|ANTIBODY CAPTURE",
                            "gene_expression|antibody_capture", "Gene.Expression|ADT", "GEX|Custom",
                            "Gene Expression|something else"}) {
    const std::string text = types, gene = text.substr(0, text.find('|')),
                      other = text.substr(text.find('|') + 1);
    const auto file = open("ENSG00000000001\tTP53\t" + gene + "\nENSG00000000002\tMYC\t\"" + gene +
                           "\"\nCD3\tCD3\t" + other + "\n");
    expect_clean(*file);
    EXPECT_THAT(file->notes(), ElementsAre(HasSubstr("1 features of type '" + other + "'")));
  }
}

TEST_F(TenxText, OtherThirdColumnsAreNoTypes) {
  const auto biotypes =
      open("ENSG00000000001\tTP53\tprotein_coding\nENSG00000000002\tMYC\tlncRNA\nENSG00000000003\tA\t1\n");
  EXPECT_EQ(biotypes->n_genes(), 3u);
  EXPECT_THAT(biotypes->notes(), IsEmpty());
  const auto one_column = open("ENSG00000000001\nENSG00000000002\nENSG00000000003\n");
  EXPECT_EQ(one_column->var().index, (Strings{"ENSG00000000001", "ENSG00000000002", "ENSG00000000003"}));
  const auto two_columns = open("ENSG00000000001\tTP53\nENSG00000000002\t\nENSG00000000003\tA\n");
  EXPECT_EQ(two_columns->var().index, (Strings{"TP53", "ENSG00000000002", "A"}))
      << "the id where there is no name";
}

TEST_F(TenxText, AntibodiesAloneAreNoGenes) {
  EXPECT_THAT(
      error_of("CD3\tCD3\tAntibody Capture\nCD4\tCD4\tAntibody Capture\nCD8\tCD8\t\"antibody capture\"\n"),
      HasSubstr("3 features, none of them a gene (type 'Antibody Capture')"));
}

TEST_F(TenxText, HeaderLinesAreTakenOffAndTold) {
  const std::string plain = kPlain;
  for (const char* header : {"gene_id\tgene_name\tfeature_type\n", "\"ENSEMBL\"\t\"SYMBOL\"\t\"TYPE\"\n",
                             "x\ty\tz\n", "id\tname\ttype\textra\n", "\"V1\"\t\"V2\"\t\"V3\"\n"}) {
    const auto file = open(header + plain);
    expect_clean(*file);
    EXPECT_THAT(file->notes(), testing::Contains(HasSubstr("header line"))) << header;
  }
  for (const char* header : {"x\n", "\"barcode\"\n", "cell names of mine\n"}) {
    const auto file = open(kPlain, std::string(header) + "AAACCTGA-1\nGGTTCCAA-1\n");
    expect_clean(*file);
    EXPECT_THAT(file->notes(), testing::Contains(HasSubstr("header line"))) << header;
  }
}

TEST_F(TenxText, RowNumbersOfRAndPandasAreTakenOff) {
  expect_clean(
      *open("\"V1\"\t\"V2\"\t\"V3\"\n\"1\"\t\"ENSG00000000001\"\t\"TP53\"\t\"Gene Expression\"\n"
            "\"2\"\t\"ENSG00000000002\"\t\"MYC\"\t\"Gene Expression\"\n\"3\"\t\"CD3\"\t\"CD3\"\t\"Antibody "
            "Capture\"\n",
            "\"x\"\n\"1\"\t\"AAACCTGA-1\"\n\"2\"\t\"GGTTCCAA-1\"\n"));
  const auto pandas = open(kPlain, "\t0\n0\tAAACCTGA-1\n1\tGGTTCCAA-1\n");
  expect_clean(*pandas);
  EXPECT_THAT(pandas->notes(), testing::Contains(HasSubstr("numbers the lines")));
}

TEST_F(TenxText, AHeaderLineInPlaceOfANameIsAnError) {
  EXPECT_THAT(error_of("gene_id\tgene_name\ttype\nENSG00000000001\tTP53\tGene "
                       "Expression\nENSG00000000002\tMYC\tGene Expression\n"),
              HasSubstr("header line ('gene_id gene_name type') and 2 names"));
  EXPECT_THAT(error_of(kPlain, "barcode\nAAACCTGA-1\n"), HasSubstr("header line ('barcode') and 1 names"));
  // A gene may be called as a column is.
  EXPECT_EQ(error_of("name\nid\nsymbol\n"), "no error");
}

TEST_F(TenxText, WhatCannotBeReadIsTold) {
  EXPECT_THAT(error_of("\"ENSG1\tTP53\nENSG2\tMYC\nENSG3\tA\n"), HasSubstr("features.tsv, line 1"));
  EXPECT_THAT(error_of("\"1\" \"ENSG1\" \"TP53\"\nENSG2\tMYC\nENSG3\tA\n"), HasSubstr("separated by tabs"));
  EXPECT_THAT(error_of("ENSG1,TP53\nENSG2,MYC\nENSG3,A\n"), HasSubstr("commas ('ENSG1,TP53')"));
  EXPECT_THAT(error_of(std::string("E\0N\0", 4) + "\nb\nc\n"), HasSubstr("zero bytes"));
  EXPECT_THAT(error_of("ENSG1\tTP53\tGene Expression\nENSG2\tMYC\nENSG3\tA\n"),
              HasSubstr("third column in 1 of 3"));
  EXPECT_THAT(error_of("ENSG1\tTP53\nENSG2\tMYC\n"), HasSubstr("2 features x 2 cells"));
  EXPECT_THAT(error_of("ENSG1\tA\nENSG2\tB\nENSG3\tC\nENSG4\tD\n"), HasSubstr("no header line"));
}

TEST_F(TenxText, TheBannerOfTheMatrixKnowsNoCapitals) {
  const std::string body = "3 2 3\n1 1 4\n3 1 9\n2 2 7\n";
  for (const char* banner : {"%%matrixmarket Matrix COORDINATE Integer General\n%\n",
                             "%%MATRIXMARKET MATRIX coordinate REAL general\r\n",
                             "%%MatrixMarket  matrix\tcoordinate real  general \n\n% a comment\n",
                             "\xef\xbb\xbf%%MatrixMarket matrix coordinate double general\n",
                             "%%MatrixMarket matrix coordinate unsigned-integer general\n"})
    expect_clean(*open(kPlain, "AAACCTGA-1\nGGTTCCAA-1\n", banner + body + "\n \n"));
  ThreadPool pool(1);
  const auto pattern = open("a\nb\nc\n", "AAACCTGA-1\nGGTTCCAA-1\n",
                            "%%matrixmarket matrix coordinate Pattern general\n3 2 2\n1 1\n2 2\n");
  EXPECT_EQ(gather_rows(pattern->stream("X", pool)).values, (std::vector<float>{1, 1}));
}

TEST_F(TenxText, OtherKindsOfMatricesAreRefused) {
  const auto message = [&](const std::string& matrix) -> std::string {
    try {
      ThreadPool pool(1);
      gather_rows(open("a\nb\nc\n", "AAACCTGA-1\nGGTTCCAA-1\n", matrix)->stream("X", pool));
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  const std::string body = "3 2 1\n1 1 4\n";
  EXPECT_THAT(message("%%MatrixMarket matrix coordinate integer Symmetric\n" + body),
              HasSubstr("a general matrix"));
  EXPECT_THAT(message("%%MatrixMarket matrix coordinate real skew-symmetric\n" + body),
              HasSubstr("symmetry=\"general\""));
  EXPECT_THAT(message("%%MatrixMarket matrix coordinate complex general\n" + body),
              HasSubstr("real, integer or pattern"));
  EXPECT_THAT(message("%%MatrixMarket matrix array real general\n3 2\n1\n"),
              HasSubstr("entries by coordinate"));
  EXPECT_THAT(message("3 2 1\n1 1 4\n"), HasSubstr("%%MatrixMarket"));
  EXPECT_THAT(message("%%MatrixMarket matrix coordinate integer general\n3 2 1\n1 1 4.5\n"),
              HasSubstr("a whole number"));
  EXPECT_THAT(message("%%MatrixMarket matrix coordinate integer general\n3 2 1 7\n1 1 4\n"),
              HasSubstr("rows, columns and entries"));
}

TEST_F(TenxText, CellsInRowsAreReadThatWay) {
  const auto file = open("a\nb\nc\n", "AAACCTGA-1\nGGTTCCAA-1\n",
                         "%%MatrixMarket matrix coordinate real general\n2 3 3\n1 1 4\n1 3 9\n2 2 7\n");
  ThreadPool pool(1);
  const CsrMatrix x = gather_rows(file->stream("X", pool));
  EXPECT_EQ(x.n_rows, 2u);
  EXPECT_EQ(x.indptr, (std::vector<uint64_t>{0, 2, 3}));
  EXPECT_EQ(x.indices, (std::vector<uint32_t>{0, 2, 1}));
  EXPECT_EQ(x.values, (std::vector<float>{4, 9, 7}));
  EXPECT_THAT(file->notes(), ElementsAre(HasSubstr("transposed")));
}

TEST_F(TenxText, EntriesOfTheSameCellAndGeneAreAddedUp) {
  // scipy.io.mmread of these four entries: 9 at (1, 1), 9 at (3, 1), 7 at (2, 2).
  const auto file =
      open("a\nb\nc\n", "AAACCTGA-1\nGGTTCCAA-1\n",
           "%%MatrixMarket matrix coordinate integer general\n3 2 4\n1 1 4\n1 1 5\n3 1 9\n2 2 7\n");
  ThreadPool pool(2);
  for (const StreamOptions& options : {StreamOptions{}, StreamOptions{1, 1}}) {
    const CsrMatrix x = gather_rows(file->stream("X", pool, options));
    EXPECT_EQ(x.indptr, (std::vector<uint64_t>{0, 2, 3}));
    EXPECT_EQ(x.indices, (std::vector<uint32_t>{0, 2, 1}));
    EXPECT_EQ(x.values, (std::vector<float>{9, 9, 7}));
    EXPECT_THAT(file->notes(), ElementsAre(HasSubstr("matrix.mtx: 1 stored value")));
  }
}

}  // namespace
}  // namespace zerocell
