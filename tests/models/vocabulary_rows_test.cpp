#include "zerocell/models/vocabulary_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zerocell {
namespace {

TEST(VocabularyRows, PaddedTablesFit) {
  EXPECT_TRUE(rows_fit(25426, 25426));
  for (const size_t rows : {25432, 25440, 25472, 25600})  // to 8, 32, 64 and 128
    EXPECT_TRUE(rows_fit(rows, 25426)) << rows;
  EXPECT_TRUE(rows_fit(25427, 25426));
  EXPECT_TRUE(rows_fit(64, 40));
  EXPECT_TRUE(rows_fit(411, 401));
}

TEST(VocabularyRows, DictionariesOfOtherModelsDoNot) {
  EXPECT_FALSE(rows_fit(25425, 25426));
  EXPECT_FALSE(rows_fit(25426, 20275));  // V1's weights, V2's dictionary
  EXPECT_FALSE(rows_fit(20275, 25426));
  EXPECT_FALSE(rows_fit(60697, 36574));  // the two vocabularies of scGPT
  EXPECT_FALSE(rows_fit(6, 5));
  EXPECT_FALSE(rows_fit(99, 6));
}

TEST(VocabularyRows, PaddingIsSaid) {
  EXPECT_EQ(padding_warning(401, 401), "");
  EXPECT_THAT(padding_warning(448, 401), testing::HasSubstr("448 rows for the 401 names"));
  EXPECT_THAT(padding_warning(448, 401), testing::HasSubstr("the last 47"));
}

}  // namespace
}  // namespace zerocell
