#include "zerocell/checkpoint/safetensors.h"

#include <gmock/gmock.h>

#include "checkpoint/checkpoint_fixture.h"
#include "data/temporary_folder.h"

namespace zerocell {
namespace {

using testing::HasSubstr;

std::string safetensors(const std::string& header, const std::string& numbers) {
  return number(uint64_t{header.size()}) + header + numbers;
}
std::string message(const std::string& header, size_t n_bytes = 8) {
  const std::string file = safetensors(header, std::string(n_bytes, '\0'));
  return message_of([&] { read_safetensors(bytes_of(file), "x.safetensors"); });
}
std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return "{\"dtype\":\"" + dtype + "\",\"shape\":[" + shape + "],\"data_offsets\":[" + offsets + "]}";
}

TEST(Safetensors, Good) {
  EXPECT_EQ(message("{\"a\":" + entry("F32", "2", "0,8") + "}"), "no error");
  EXPECT_EQ(message("{\"a\":" + entry("F32", "", "4,8") + ",\"b\":" + entry("I16", "1,2", "0,4") + "}"),
            "no error");
  EXPECT_EQ(message("{\"a\":" + entry("F32", "0,5", "0,0") + ",\"b\":" + entry("F64", "1", "0,8") + "}"),
            "no error");
  EXPECT_EQ(message("{\"__metadata__\":{\"format\":\"pt\"}}  ", 0), "no error");
}

TEST(Safetensors, Headers) {
  const std::string longer = number(uint64_t{100}) + "{}";
  EXPECT_THAT(message_of([&] { read_safetensors(bytes_of(longer), "x"); }), HasSubstr("one of 100 bytes"));
  const std::string endless = number(~uint64_t{0}) + "{}";
  EXPECT_THAT(message_of([&] { read_safetensors(bytes_of(endless), "x"); }),
              HasSubstr("a header within the 10 bytes"));
  EXPECT_THAT(message_of([&] { read_safetensors({}, "x"); }), HasSubstr("0 bytes"));
  EXPECT_THAT(message("{"), HasSubstr("parse error"));
  EXPECT_THAT(message("[]"), HasSubstr("a header that is an object"));
  EXPECT_THAT(message("{\"a\":1}"), HasSubstr("tensor 'a'"));
  EXPECT_THAT(message("{\"a\":{}}"), HasSubstr("'data_offsets'"));
  EXPECT_THAT(message(std::string(100000, '[')), HasSubstr("more than 32 levels"));
}

TEST(Safetensors, OffsetsAndShapes) {
  const std::string a = "{\"a\":", b = ",\"b\":";
  EXPECT_THAT(message(a + entry("F32", "3", "0,8") + "}"),
              HasSubstr("the bytes of 3 elements of f32, found 8 bytes"));
  EXPECT_THAT(message(a + entry("F32", "2", "8,0") + "}"), HasSubstr("two offsets in order"));
  EXPECT_THAT(message(a + entry("F32", "2", "0,8,9") + "}"), HasSubstr("two offsets in order"));
  EXPECT_THAT(message(a + entry("F32", "4", "0,16") + "}"),
              HasSubstr("expected 16 bytes of tensors, found 8"));
  EXPECT_THAT(message(a + entry("F32", "1", "0,4") + "}"), HasSubstr("expected 4 bytes of tensors, found 8"));
  EXPECT_THAT(message(a + entry("F32", "1", "4,8") + "}"), HasSubstr("bytes from 0 on"));
  EXPECT_THAT(message(a + entry("F32", "2", "0,8") + b + entry("F32", "1", "4,8") + "}"),
              HasSubstr("bytes from 8 on"));
  EXPECT_THAT(message(a + entry("F32", "-1", "0,8") + "}"), HasSubstr("integers from 0 on"));
  EXPECT_THAT(message(a + entry("F32", "2.0", "0,8") + "}"), HasSubstr("integers from 0 on"));
  EXPECT_THAT(message(a + entry("F32", "4294967296,4294967296", "0,8") + "}"),
              HasSubstr("expected the bytes"));
  EXPECT_THAT(message(a + entry("F64", "4611686018427387904", "0,0") + "}"), HasSubstr("expected the bytes"));
  EXPECT_THAT(message(a + entry("F8_E4M3", "8", "0,8") + "}"), HasSubstr("'F8_E4M3'"));
  EXPECT_THAT(message(a + entry("F32", "2", "0,8") + ",\"a\":" + entry("F32", "2", "0,8") + "}"),
              HasSubstr("'a' twice"));
}

TEST(Safetensors, WrittenFilesReadBack) {
  const TemporaryFolder folder;
  const std::vector<float> a = {1, 2, 3, 4, 5, 6}, b = {7};
  const std::vector<NamedTensor> tensors = {{"z", {2, 3}, a}, {"é \"quoted\"", {}, b}, {"empty", {0, 3}, {}}};
  const std::string path = folder.file("model.safetensors");
  write_safetensors(path, tensors);
  EXPECT_EQ(folder.n_files(), 1u);
  const auto checkpoint = Checkpoint::open(folder.path());
  EXPECT_THAT(checkpoint.files(), testing::ElementsAre(path));
  ASSERT_EQ(checkpoint.tensors().size(), 3u);
  const auto* z = checkpoint.find("z");
  ASSERT_NE(z, nullptr);
  EXPECT_THAT(z->shape, testing::ElementsAre(2, 3));
  const FloatTensor values = checkpoint.floats(*z);
  EXPECT_THAT(values.values, testing::ElementsAreArray(a));
  EXPECT_EQ(static_cast<const void*>(values.values.data()), z->storage.data());  // aligned: no copy
  EXPECT_THAT(checkpoint.floats(*checkpoint.find("é \"quoted\"")).values, testing::ElementsAre(7));
}

TEST(Safetensors, FaultsOfTheWriter) {
  const TemporaryFolder folder;
  const std::vector<float> values = {1, 2};
  const std::vector<NamedTensor> misshapen = {{"a", {3}, values}};
  const std::vector<NamedTensor> repeated = {{"a", {2}, values}, {"a", {2}, values}};
  EXPECT_THROW(write_safetensors(folder.file("x"), misshapen), Error);
  EXPECT_THROW(write_safetensors(folder.file("x"), repeated), Error);
  EXPECT_EQ(folder.n_files(), 0u);
}

}  // namespace
}  // namespace zerocell
