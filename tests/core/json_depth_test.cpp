#include "zerocell/core/json_depth.h"

#include <gtest/gtest.h>

#include <string>

namespace zerocell {
namespace {

TEST(JsonDepth, CountsWhatStandsInsideEachOther) {
  EXPECT_EQ(json_depth("1"), 0u);
  EXPECT_EQ(json_depth("{\"a\": [1, [2], {}], \"b\": {}}"), 3u);
  EXPECT_EQ(json_depth(std::string(300'000, '[')), 300'000u);
}

TEST(JsonDepth, BracketsInTextsAreNone) {
  EXPECT_EQ(json_depth(R"(["[[[", "\"[[", "\\"])"), 1u);
  EXPECT_EQ(json_depth(R"(["\\", [1]])"), 2u);
}

TEST(JsonDepth, WhatIsNoJsonHasADepthToo) {
  EXPECT_EQ(json_depth("]]}}[\"abc"), 1u);
  EXPECT_EQ(json_depth(""), 0u);
}

}  // namespace
}  // namespace zerocell
