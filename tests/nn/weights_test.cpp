#include "zerocell/nn/weights.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::vector<TensorSpec> kTable = {{"a.weight", "net.a", {2, 3}}, {"a.bias", "net.b", {3}}};

/// Writes the tensors and loads the table out of them.
Weights load(const std::vector<NamedTensor>& tensors, const std::vector<std::string>& ignored = {}) {
  const TemporaryFolder folder;
  write_safetensors(folder.file("model.safetensors"), tensors);
  return Weights::load(Checkpoint::open(folder.path()), kTable, ignored);
}
std::string message(const std::vector<NamedTensor>& tensors, const std::vector<std::string>& ignored = {}) {
  try {
    load(tensors, ignored);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  return "no error";
}

const std::vector<float> kSix = {1, 2, 3, 4, 5, 6}, kThree = {7, 8, 9};

TEST(Weights, TakesTheTable) {
  const Weights weights = load({{"net.a", {2, 3}, kSix}, {"net.b", {3}, kThree}});
  EXPECT_TRUE(weights.has("a.weight"));
  EXPECT_FALSE(weights.has("net.a"));
  EXPECT_THAT(weights.at("a.weight").values, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(WeightScope(weights).at("a")["bias"].values, ElementsAre(7, 8, 9));
  EXPECT_THROW(weights.at("other"), Error);
}

TEST(Weights, EveryProblemIsNamedAtOnce) {
  const std::vector<float> infinite = {1, 2, std::numeric_limits<float>::infinity()};
  EXPECT_THAT(message({{"net.b", {3}, infinite}, {"extra", {3}, kThree}}),
              AllOf(HasSubstr("model.safetensors"), HasSubstr("1 missing ('net.a')"),
                    HasSubstr("1 with values that are not finite ('net.b': inf at [2])"),
                    HasSubstr("1 that the model does not have ('extra')")));
  EXPECT_THAT(message({{"net.a", {3, 2}, kSix}, {"net.b", {3}, kThree}}),
              HasSubstr("'net.a': expected 2 x 3, found 3 x 2"));
}

TEST(Weights, FirstValueThatIsNotFinite) {
  std::vector<float> values = kSix;
  values[4] = std::nanf("");
  values[5] = std::nanf("");
  EXPECT_THAT(message({{"net.a", {2, 3}, values}, {"net.b", {3}, kThree}}),
              HasSubstr("'net.a': nan at [1, 1]"));
}

TEST(Weights, IgnoredPrefixes) {
  const std::vector<NamedTensor> tensors = {
      {"net.a", {2, 3}, kSix}, {"net.b", {3}, kThree}, {"head.x", {3}, kThree}, {"head", {3}, kThree}};
  EXPECT_THAT(message(tensors, {"head."}), AllOf(HasSubstr("('head')"), Not(HasSubstr("head.x"))));
  EXPECT_EQ(message(tensors, {"head"}), "no error");
}

TEST(Weights, LongListsAreCut) {
  std::vector<NamedTensor> tensors = {{"net.a", {2, 3}, kSix}, {"net.b", {3}, kThree}};
  for (int i = 0; i < 9; ++i) tensors.push_back({"x" + std::to_string(i), {3}, kThree});
  EXPECT_THAT(message(tensors), AllOf(HasSubstr("9 that the model does not have"),
                                      HasSubstr("'x4' and 4 more)"), Not(HasSubstr("x5"))));
}

TEST(Weights, NumbersThatAreNoFloats) {
  const std::vector<TensorSpec> table = {{"p", "position_ids", {1, 4}}};
  const auto checkpoint = Checkpoint::open(ZEROCELL_SOURCE_DIR "/tests/golden/checkpoint/all_kinds.bin");
  try {
    Weights::load(checkpoint, table, std::vector<std::string>{""});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("no floating-point numbers ('position_ids': i64)"));
  }
}

TEST(Weights, RandomIsOfSeedAndNameAlone) {
  std::vector<TensorSpec> table = {{"a", "file.a", {50, 40}, Initial::normal, 0.02},
                                   {"b", "file.b", {2000}, Initial::uniform, 0.1},
                                   {"c", "file.c", {4}, Initial::ones},
                                   {"d", "file.d", {4}, Initial::zeros}};
  const Weights first = Weights::random(table, 3);
  std::reverse(table.begin(), table.end());
  const Weights second = Weights::random(table, 3), other = Weights::random(table, 4);
  for (const char* name : {"a", "b"}) {
    EXPECT_THAT(first.at(name).values, testing::ElementsAreArray(second.at(name).values));
    EXPECT_THAT(first.at(name).values, Not(testing::ElementsAreArray(other.at(name).values)));
  }
  EXPECT_THAT(first.at("c").values, ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(first.at("d").values, ElementsAre(0, 0, 0, 0));
  double sum = 0, squares = 0;
  for (const float x : first.at("a").values) {
    sum += x;
    squares += static_cast<double>(x) * x;
  }
  // 2,000 draws: four standard errors of mean (0.02 / sqrt 2000) and of the deviation (0.02 / sqrt 4000).
  EXPECT_NEAR(sum / 2000, 0, 0.0018);
  EXPECT_NEAR(std::sqrt(squares / 2000), 0.02, 0.0013);
  const auto [least, most] = std::minmax_element(first.at("b").values.begin(), first.at("b").values.end());
  EXPECT_GE(*least, -0.1f);
  EXPECT_LE(*most, 0.1f);
  EXPECT_LT(*least, -0.09f);
  EXPECT_GT(*most, 0.09f);
}

}  // namespace
}  // namespace zerocell
