#include "zerocell/report/scores_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "figures/example_evaluation.h"
#include "zerocell/core/error.h"
#include "zerocell/report/csv_text.h"

namespace zerocell {
namespace {

using ::testing::HasSubstr;

constexpr const char* kHeader =
    "dataset,embedding,dims,n_cells,seed,metric,value,low,high,direction,convention,status,reason\n";

Score example_score() {
  Score score;
  score.dataset = "pbmc";
  score.embedding = "hvg";
  score.dims = 2000;
  score.n_cells = 8405;
  score.seed = 18446744073709551615u;
  score.metric = "asw_label";
  score.value = 0.1;
  score.low = 1.0 / 3;
  score.high = 1e-300;
  score.convention = "zerocell";
  return score;
}

TEST(ScoresCsv, ColumnsOfTheContractAndShortestNumbers) {
  const std::vector<Score> scores = {example_score()};
  EXPECT_EQ(scores_csv(scores),
            std::string(kHeader) +
                "pbmc,hvg,2000,8405,18446744073709551615,asw_label,0.1,0.3333333333333333,1e-300,"
                "higher,zerocell,ok,\n");
  EXPECT_EQ(scores_csv({}), kHeader);
}

TEST(ScoresCsv, NumbersThatAreNoneAreNotWritten) {
  std::vector<Score> scores = {example_score(), example_score()};
  scores[0].value = std::numeric_limits<double>::quiet_NaN();
  scores[1].low = -std::numeric_limits<double>::infinity();
  const std::string text = scores_csv(scores);
  EXPECT_EQ(text.find("nan"), std::string::npos);
  EXPECT_EQ(text.find("inf"), std::string::npos);
  EXPECT_THAT(text, HasSubstr(",,,,higher,zerocell,failed,the value is not a finite number\n"));
}

TEST(ScoresCsv, ReadsBackWhatItWrote) {
  std::vector<Score> scores = testing::example_evaluation().scores;
  scores[0].dataset = "a \"b\", c\r\nd";
  scores[0].embedding = "\n";
  scores[1].reason = "one batch, \"x\"";
  scores[2].direction = Direction::lower;
  const std::string text = scores_csv(scores);
  const std::vector<Score> read = parse_scores_csv("scores.csv", text);
  ASSERT_EQ(read.size(), scores.size());
  EXPECT_EQ(read[0].dataset, scores[0].dataset);
  EXPECT_EQ(read[0].embedding, scores[0].embedding);
  EXPECT_EQ(read[1].reason, scores[1].reason);
  for (size_t i = 0; i < scores.size(); ++i) {
    EXPECT_EQ(read[i].value, scores[i].value);
    EXPECT_EQ(read[i].low, scores[i].low);
    EXPECT_EQ(read[i].status, scores[i].status);
    EXPECT_EQ(read[i].direction, scores[i].direction);
  }
  EXPECT_EQ(scores_csv(read), text);
}

TEST(ScoresCsv, OtherColumnsOrderAndLineEndsAreUnderstood) {
  const auto scores = parse_scores_csv("x",
                                       "\xEF\xBB\xBFnew,reason,status,convention,direction,high,low,value,"
                                       "metric,seed,n_cells,dims,embedding,dataset\r\n"
                                       "1,why,not_applicable,scib,lower,,,,nmi,1,2,3,e,d\r\n\r\n");
  ASSERT_EQ(scores.size(), 1u);
  EXPECT_EQ(scores[0].dims, 3u);
  EXPECT_EQ(scores[0].status, ScoreStatus::not_applicable);
  EXPECT_EQ(scores[0].reason, "why");
  EXPECT_FALSE(scores[0].value);
}

std::string message(const std::string& text) {
  try {
    parse_scores_csv("scores.csv", text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  return "";
}

TEST(ScoresCsv, BrokenFilesNameThePlace) {
  const std::string header = kHeader;
  EXPECT_THAT(message(""), HasSubstr("empty file"));
  EXPECT_THAT(message("a,b\n1,2\n"), HasSubstr("column 'dataset'"));
  EXPECT_THAT(message(header + "a,b\n"), HasSubstr("line 2"));
  EXPECT_THAT(message(header + "d,e,x,1,0,m,1,,,higher,c,ok,\n"), HasSubstr("column dims"));
  EXPECT_THAT(message(header + "d,e,-1,1,0,m,1,,,higher,c,ok,\n"), HasSubstr("column dims"));
  EXPECT_THAT(message(header + "d,e,1,1,0,m,nan,,,higher,c,ok,\n"), HasSubstr("column value"));
  EXPECT_THAT(message(header + "d,e,1,1,0,m,1 ,,,higher,c,ok,\n"), HasSubstr("column value"));
  EXPECT_THAT(message(header + "d,e,1,1,0,m,1,,,up,c,ok,\n"), HasSubstr("column direction"));
  EXPECT_THAT(message(header + "d,e,1,1,0,m,1,,,higher,c,fine,\n"), HasSubstr("column status"));
  EXPECT_THAT(message(header + "\"d\n,e"), HasSubstr("closing quote"));
  EXPECT_THAT(message(header + "\"d\"e,f\n"), HasSubstr("comma"));
}

TEST(ScoresCsv, AbsentFileIsAnError) {
  EXPECT_THROW(read_scores_csv("/no/such/folder/scores.csv"), Error);
}

TEST(CsvText, FieldsAreQuotedOnlyWhereNeeded) {
  EXPECT_EQ(csv_field("plain αβ"), "plain αβ");
  EXPECT_EQ(csv_field(""), "");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(csv_field("a\nb"), "\"a\nb\"");
  EXPECT_EQ(csv_field("\xff"), "�");
}

TEST(CsvText, LinesAreCountedAcrossQuotedBreaks) {
  const auto records = parse_csv("x", "a,b\n\"1\n2\",3\n\nc");
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[1].line, 2u);
  EXPECT_EQ(records[1].fields[0], "1\n2");
  EXPECT_EQ(records[2].line, 5u);
  EXPECT_TRUE(parse_csv("x", "").empty());
}

}  // namespace
}  // namespace zerocell
