#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/leaderboard_example.h"
#include "zerocell/report/csv_text.h"
#include "zerocell/report/leaderboard.h"

namespace zerocell {
namespace {

using testing::folder;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::score;

/// Names that try to leave every format.
const std::string kHostile = "</script><b>|x|*_`\"'\n,=1+1\x1b[31m\xff";

Leaderboard hostile_board() {
  return make_leaderboard(
      {folder(kHostile, {score(kHostile, kHostile, 0.9), score(kHostile, "b", 0.8), score(kHostile, "b", 0.7),
                         score(kHostile, "b", 0.7, kHostile)})});
}

TEST(LeaderboardOutput, HostileNamesStayText) {
  const Leaderboard board = hostile_board();
  const std::string html = leaderboard_html(board);
  EXPECT_THAT(html, Not(HasSubstr("</script><b>")));
  EXPECT_THAT(html, Not(HasSubstr("{{payload}}")));
  size_t n_ends = 0;
  for (size_t at = 0; (at = html.find("</script>", at)) != std::string::npos; ++at) ++n_ends;
  EXPECT_EQ(n_ends, 2u) << "the template's own";
  const size_t begin = html.find("id=\"data\">") + 10;
  const auto payload = nlohmann::json::parse(html.substr(begin, html.find("</script>", begin) - begin));
  EXPECT_THAT(payload["methods"][0]["name"].get<std::string>(), HasSubstr("</script><b>|x|*_`\"'\n"));

  const std::string text = leaderboard_text(board);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\xff'), std::string::npos);
  const std::string markdown = leaderboard_markdown(board);
  EXPECT_THAT(markdown, Not(HasSubstr("<b>")));
  EXPECT_THAT(markdown, HasSubstr("\\|x\\|\\*\\_\\`"));
  for (const std::string& csv : {leaderboard_csv(board), leaderboard_values_csv(board)}) {
    const auto records = parse_csv("x", csv);
    ASSERT_GT(records.size(), 1u);
    for (const auto& record : records) EXPECT_EQ(record.fields.size(), 13u);
  }
  EXPECT_FALSE(nlohmann::json::parse(leaderboard_json(board), nullptr, false).is_discarded());
}

TEST(LeaderboardOutput, ThePageFetchesNothing) {
  const std::string html = leaderboard_html(hostile_board());
  for (const char* word :
       {"http:", "https:", "src=", "href=", "@import", "url(", "fetch(", "innerHTML", "eval("})
    EXPECT_THAT(html, Not(HasSubstr(word))) << word;
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
}

TEST(LeaderboardOutput, NarrowTerminalsGetMoreBlocks) {
  std::vector<Score> scores;
  for (const char* metric : {"m1", "m2", "m3", "m4", "m5"})
    for (const char* method : {"a", "b"}) scores.push_back(score("x", method, 0.5, metric));
  const Leaderboard board = make_leaderboard({folder("r", scores)});
  const auto n_heads = [&](size_t width) {
    const std::string text = leaderboard_text(board, width);
    size_t n = 0;
    for (size_t at = 0; (at = text.find("\n  Other", at)) != std::string::npos; ++at) ++n;
    return n;
  };
  EXPECT_EQ(n_heads(200), 1u);
  EXPECT_EQ(n_heads(40), 3u);
  EXPECT_EQ(n_heads(1), 5u);
}

}  // namespace
}  // namespace zerocell
