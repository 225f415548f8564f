#include "zerocell/models/scvi/numpy_array.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/checkpoint/zip_writer.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using testing::ElementsAre;

std::string text_code(std::string_view text) {
  std::string code = "X";
  append_number(code, static_cast<uint32_t>(text.size()));
  return code.append(text);
}

// -----------------------------------------------------------------------------------------

/// A pickle of one array: its type, size and the code of its content.
std::string array_pickle(const std::string& type, const std::string& order, const std::string& size,
                         const std::string& content) {
  return "\x80\x02"
         "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK" +
         std::string("\0", 1) + "\x85" + "C\1b\x87R(K\1" + size +
         "\x85"
         "cnumpy\ndtype\n" +
         text_code(type) + "\x89\x88\x87R(K\3" + text_code(order) + "NNNK\1K\1K\1tb\x89" + content + "tb.";
}
std::string bytes_code(const std::string& bytes) {
  std::string code = "B";
  append_number(code, static_cast<uint32_t>(bytes.size()));
  return code + bytes;
}
std::vector<std::string> texts(const std::string& pickle, size_t most = 1 << 20) {
  const auto parsed = Pickle::parse(as_bytes(pickle), "x", PickleNames::data_classes);
  return numpy_texts(parsed, parsed.root(), "names", most);
}

TEST(NumpyTexts, OfEveryKind) {
  EXPECT_THAT(texts(array_pickle("O8", "|", "K\2", "](" + text_code("a") + text_code("\xC3\xA9") + "e")),
              ElementsAre("a", "\xC3\xA9"));
  EXPECT_THAT(
      texts(array_pickle("O8", "|", "K\3", "](K\7\x88G" + std::string("\x3F\xF8\0\0\0\0\0\0", 8) + "e")),
      ElementsAre("7", "True", "1.5"));
  EXPECT_THAT(texts(array_pickle("O8", "|", std::string("K\0", 2), "]")), ElementsAre());
  // UTF-32: "a", then e with an acute accent and U+1F9EC.
  const std::string narrow("a\0\0\0\0\0\0\0\xE9\0\0\0\xEC\xF9\x01\0", 16);
  EXPECT_THAT(texts(array_pickle("U2", "<", "K\2", bytes_code(narrow))),
              ElementsAre("a", "\xC3\xA9\xF0\x9F\xA7\xAC"));
  EXPECT_THAT(texts(array_pickle("U1", ">", "K\1", bytes_code(std::string("\0\0\0a", 4)))), ElementsAre("a"));
  EXPECT_THAT(texts(array_pickle("i2", "<", "K\2", bytes_code("\xFF\xFF\x01\x02"))),
              ElementsAre("-1", "513"));
  EXPECT_THAT(texts(array_pickle("i2", ">", "K\1", bytes_code("\x01\x02"))), ElementsAre("258"));
  EXPECT_THAT(texts(array_pickle("u1", "|", "K\1", bytes_code("\xFF"))), ElementsAre("255"));
  EXPECT_THAT(texts(array_pickle("i8", "<", "K\1", bytes_code(std::string(8, '\xFF')))), ElementsAre("-1"));
}

// Reference: arrays that Python pickled (tests/reference/make_scvi_variants.py).
TEST(NumpyTexts, AsNumpyAndPandasWriteThem) {
  const auto arrays =
      nlohmann::json::parse(std::ifstream(ZEROCELL_SOURCE_DIR "/tests/golden/scvi/pickled_objects.json"))
          .at("arrays");
  EXPECT_GE(arrays.size(), 20u);
  for (const auto& [name, array] : arrays.items()) {
    SCOPED_TRACE(name);
    std::string bytes;
    const auto digits = array.at("pickle").get<std::string>();
    for (size_t i = 0; i < digits.size(); i += 2)
      bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    if (array.at("texts").is_null())
      EXPECT_THROW(texts(bytes), Error);
    else
      EXPECT_EQ(texts(bytes), array.at("texts").get<std::vector<std::string>>());
  }
}

TEST(NumpyTexts, SizesThatAreNotTrue) {
  const std::string huge("\x8a\x08\0\0\0\0\0\0\0\x40", 10);  // 2^62
  const auto one = "](" + text_code("a") + "e";
  for (const auto& pickle : {array_pickle("O8", "|", huge, one),
                             array_pickle("O8", "|", "K\2", one),
                             array_pickle("U2", "<", huge, bytes_code("12345678")),
                             array_pickle("U0", "<", huge, bytes_code("")),
                             array_pickle("U99999999999999999999", "<", "K\1", bytes_code("1234")),
                             array_pickle("U4000000000", "<", "K\1", bytes_code("1234")),
                             array_pickle("U", "<", "K\1", bytes_code("")),
                             array_pickle("i8", "<", huge, bytes_code("12345678")),
                             array_pickle("i3", "<", "K\1", bytes_code("123")),
                             array_pickle("i0", "<", huge, bytes_code("")),
                             array_pickle("f8", "<", "K\2", bytes_code("12345678")),
                             array_pickle("", "<", "K\1", bytes_code("1")),
                             array_pickle("f3", "<", "K\1", bytes_code("123")),
                             array_pickle("b1", "|", huge, bytes_code("1")),
                             array_pickle("S4000000000", "|", "K\1", bytes_code("1")),
                             array_pickle("S1", "|", "K\1", bytes_code("\xFF")),
                             array_pickle("S0", "|", huge, bytes_code("")),
                             array_pickle("M8", "<", "K\1", bytes_code("12345678")),
                             array_pickle("U1", "<", "K\1", bytes_code("\xFF\xFF\xFF\xFF")),
                             array_pickle("O8", "|", "K\1", "](]e"),
                             array_pickle("O8", "|", "K\1", "N"),
                             array_pickle("O8", "|", "J\xFF\xFF\xFF\xFF", "]")})
    EXPECT_THROW(texts(pickle), Error);
  // One text named again and again.
  std::string repeated = "](" + text_code(std::string(1000, 'x')) + "q\1";
  for (int i = 1; i < 200; ++i) repeated += "h\1";
  EXPECT_THROW(texts(array_pickle("O8", "|", "K\xC8", repeated + "e"), 100000), Error);
}

TEST(NumpyTexts, AnArrayThatWasNeverBuilt) {
  const std::string made =
      "\x80\x02"
      "cnumpy.core.multiarray\n_reconstruct\n)R.";
  EXPECT_THROW(texts(made), Error);
  EXPECT_THROW(texts("\x80\x02N."), Error);
}

}  // namespace
}  // namespace zerocell
