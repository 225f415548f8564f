#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>

#include "checkpoint/checkpoint_fixture.h"
#include "zerocell/checkpoint/pickle.h"

// Reference: objects that Python 3.11 pickled (tests/reference/make_scvi_variants.py).
namespace zerocell {
namespace {

using testing::HasSubstr;

std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (size_t i = 0; i < digits.size(); i += 2) {
    unsigned value = 0;
    std::from_chars(digits.data() + i, digits.data() + i + 2, value, 16);
    bytes += static_cast<char>(value);
  }
  return bytes;
}

const nlohmann::json& objects() {
  static const auto document =
      nlohmann::json::parse(std::ifstream(ZEROCELL_SOURCE_DIR "/tests/golden/scvi/pickled_objects.json"));
  return document.at("objects");
}

Pickle parse(const std::string& bytes) {
  return Pickle::parse(bytes_of(bytes), "x.pkl", PickleNames::data_classes);
}
std::string message(const std::string& bytes) {
  return message_of([&] { parse(bytes); });
}
std::string text(const std::string& value) {
  return "X" + number(static_cast<uint32_t>(value.size())) + value;
}

TEST(PickleDataClasses, WhatFollowsAnyObjectIsRead) {
  EXPECT_GE(objects().size(), 50u);
  for (const auto& [name, pickles] : objects().items())
    for (const auto& [protocol, digits] : pickles.items()) {
      const auto bytes = from_hex(digits.get<std::string>());
      SCOPED_TRACE(name + ", protocol " + protocol);
      ASSERT_EQ(message(bytes), "no error");
      const auto pickle = parse(bytes);
      ASSERT_EQ(pickle.root().kind, PickleKind::dict);
      ASSERT_NE(pickle.find(pickle.root(), "object"), nullptr);
      ASSERT_NE(pickle.find(pickle.root(), "after"), nullptr);
      EXPECT_EQ(pickle.find(pickle.root(), "after")->integer, 7);
    }
}

TEST(PickleDataClasses, KindsOfObjects) {
  const auto kind = [](const char* name, const char* protocol) {
    const auto bytes = from_hex(objects().at(name).at(protocol).get<std::string>());
    const auto pickle = parse(bytes);
    return pickle.find(pickle.root(), "object")->kind;
  };
  for (const char* protocol : {"2", "5"}) {
    for (const char* name :
         {"pathlib", "uuid", "custom", "enum", "own_dict", "partial", "bound_method", "device", "counter",
          "generator", "frame", "large", "set", "half_surrogate", "numpy_date"})
      EXPECT_EQ(kind(name, protocol), PickleKind::opaque) << name;
    for (const char* name : {"function", "class", "builtin"})
      EXPECT_EQ(kind(name, protocol), PickleKind::global) << name;
    for (const char* name : {"ordered", "defaultdict"})
      EXPECT_EQ(kind(name, protocol), PickleKind::dict) << name;
    for (const char* name : {"bytes", "no_bytes"}) EXPECT_EQ(kind(name, protocol), PickleKind::bytes) << name;
  }
}

TEST(PickleDataClasses, NumpyTexts) {
  const auto scalar = [](const std::string& order, const std::string& stored) {
    return "\x80\x04"
           "cnumpy._core.multiarray\nscalar\ncnumpy\ndtype\n" +
           text("U2") + "\x85R(K\x03" + text(order) + "NNNK\x08K\x04K\x08tbC" +
           std::string(1, static_cast<char>(stored.size())) + stored + "\x86R.";
  };
  const auto little = scalar("<", std::string("\xE9\0\0\0\0\0\0\0", 8)),
             big = scalar(">", std::string("\0\0\0a\0\0\0b", 8)), none = scalar("<", "\xFF\xFF\xFF\xFF"),
             odd = scalar("<", std::string("a\0\0", 3));
  EXPECT_EQ(parse(little).root().text, "\xC3\xA9");
  EXPECT_EQ(parse(big).root().text, "ab");
  EXPECT_EQ(parse(none).root().kind, PickleKind::opaque);  // no such character
  EXPECT_EQ(parse(odd).root().text, "");
  EXPECT_THAT(message_of([&] { Pickle::parse(bytes_of(little), "x.pkl"); }), HasSubstr("'U2'"));
}

TEST(PickleDataClasses, NumpyTextNamedAgainAndAgainCannotOutgrowTheFile) {
  std::string operations = "cnumpy._core.multiarray\nscalar\n\x94(cnumpy\ndtype\n" + text("U250") +
                           "\x85R\x94"
                           "B" +
                           number(uint32_t{1000}) + std::string(1000, '\0') + "\x94";
  for (int i = 0; i < 1000; ++i) operations += std::string("h\0h\1h\2\x86R", 8);
  EXPECT_THAT(message("\x80\x04(" + operations + "t."), HasSubstr("more bytes than the file holds"));
}

TEST(PickleDataClasses, OperationsWithoutTheirValues) {
  for (const char* operations :
       {"\x81", "N\x81", "\x92", "NN\x92", "\x90", "(\x90", "\x91", "\x96", "N)R", "P"})
    EXPECT_NE(message("\x80\x04" + std::string(operations)), "no error") << operations;
  // Calls of what is no class: an object of a user's own, whatever it is.
  EXPECT_EQ(parse("\x80\x04N)R.").root().kind, PickleKind::opaque);
  EXPECT_EQ(parse("\x80\x04NN\x81.").root().kind, PickleKind::opaque);
  EXPECT_EQ(parse("\x80\x04)NN\x92.").root().kind, PickleKind::opaque);
}

/// An object whose state is the one before, twice, 60 times over: nothing is copied.
TEST(PickleDataClasses, ObjectsInsideObjectsStaySmall) {
  std::string operations = "cmine\nA\n\x94)\x81\x94";
  for (char level = 1; level <= 60; ++level)
    operations += std::string("h\0)\x81(h", 6) + level + "h" + level + "tb\x94";
  const auto bytes = "\x80\x04(" + operations + "t.";
  EXPECT_LT(parse(bytes).values().size(), 400u);
}

TEST(PickleDataClasses, DeepNestingNeedsNoRecursion) {
  std::string operations = "N";
  for (int i = 0; i < 100000; ++i) operations += "\x85";
  EXPECT_EQ(message("\x80\x04"
                    "cmine\nA\n" +
                    operations + "R."),
            "no error");
}

}  // namespace
}  // namespace zerocell
