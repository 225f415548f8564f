#include "zerocell/checkpoint/zip_file.h"

#include <gmock/gmock.h>

#include "checkpoint/checkpoint_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/checkpoint/torch_state_dict.h"

namespace zerocell {
namespace {

using testing::HasSubstr;

struct TestEntry {
  std::string name, content;
  uint16_t flags = 0, method = 0;
  uint32_t size = 0;        ///< unpacked; 0: that of the content
  int32_t local_shift = 0;  ///< of the place that the directory points to
  std::string other_name = {};
  std::string extra = {};  ///< of the directory
};

/// A zip file of these entries (APPNOTE.TXT); `wide`: with the 64-bit end record.
std::string zip(const std::vector<TestEntry>& entries, bool wide = false, const std::string& comment = "") {
  std::string file, directory;
  for (const TestEntry& entry : entries) {
    const auto offset = static_cast<uint32_t>(static_cast<int64_t>(file.size()) + entry.local_shift);
    const auto stored = static_cast<uint32_t>(entry.content.size());
    const std::string common = number(entry.flags) + number(entry.method) + number(uint32_t{0}) +
                               number(uint32_t{0}) + number(stored) +
                               number(entry.size != 0 ? entry.size : stored) +
                               number(static_cast<uint16_t>(entry.name.size()));
    const std::string& local_name = entry.other_name.empty() ? entry.name : entry.other_name;
    file += "PK\3\4" + number(uint16_t{20}) + common + number(uint16_t{0}) + local_name + entry.content;
    directory += "PK\1\2" + number(uint16_t{20}) + number(uint16_t{20}) + common +
                 number(static_cast<uint16_t>(entry.extra.size())) + number(uint16_t{0}) +
                 std::string(8, '\0') + number(offset) + entry.name + entry.extra;
  }
  const auto at = file.size(), n = entries.size(), end = at + directory.size();
  file += directory;
  if (wide)
    file += "PK\6\6" + number(uint64_t{44}) + number(uint32_t{0}) + std::string(8, '\0') +
            number(uint64_t{n}) + number(uint64_t{n}) + number(uint64_t{directory.size()}) +
            number(uint64_t{at}) + "PK\6\7" + number(uint32_t{0}) + number(uint64_t{end}) +
            number(uint32_t{1});
  const uint32_t none = ~uint32_t{0};
  return file + "PK\5\6" + std::string(4, '\0') + number(static_cast<uint16_t>(wide ? 0xFFFF : n)) +
         number(static_cast<uint16_t>(wide ? 0xFFFF : n)) +
         number(wide ? none : static_cast<uint32_t>(directory.size())) +
         number(wide ? none : static_cast<uint32_t>(at)) + number(static_cast<uint16_t>(comment.size())) +
         comment;
}

std::string message(const std::string& file) {
  return message_of([&] { read_zip(bytes_of(file), "x.bin"); });
}

TEST(ZipFile, Entries) {
  for (const bool wide : {false, true}) {
    const std::string file = zip({{"a", "one"}, {"b/c", ""}, {"d", "four"}}, wide, "a comment");
    const auto entries = read_zip(bytes_of(file), "x.bin");
    ASSERT_EQ(entries.size(), 3u);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(entries.at("d").bytes.data()), 4), "four");
    EXPECT_TRUE(entries.at("b/c").bytes.empty());
  }
}

TEST(ZipFile, SizesOf64Bits) {
  // Sizes in the extra field, as for an entry of more than 4 GB.
  std::string file = zip(
      {{.name = "a",
        .content = "one",
        .extra = number(uint16_t{1}) + number(uint16_t{16}) + number(uint64_t{3}) + number(uint64_t{3})}});
  const size_t directory = file.find("PK\1\2");
  file.replace(directory + 20, 8, std::string(8, '\xff'));
  EXPECT_EQ(read_zip(bytes_of(file), "x.bin").at("a").bytes.size(), 3u);
  file.replace(directory + 46 + 1 + 4, 8, number(uint64_t{1} << 63));
  file.replace(directory + 46 + 1 + 12, 8, number(uint64_t{1} << 63));
  EXPECT_THAT(message(file), HasSubstr("entries within the file"));
}

TEST(ZipFile, HostileEntries) {
  EXPECT_THAT(message(zip({{"a", "one"}, {"a", "two"}})), HasSubstr("'a' twice"));
  EXPECT_THAT(message(zip({{.name = "a", .content = "one", .flags = 1}})), HasSubstr("not encrypted"));
  EXPECT_THAT(message(zip({{.name = "a", .content = "one", .other_name = "b"}})), HasSubstr("another name"));
  // A second entry inside the first.
  const std::string inner = zip({{"b", "inner"}});
  const std::string local = inner.substr(0, inner.find("PK\1\2"));
  EXPECT_THAT(
      message(zip({{"a", local},
                   {.name = "b", .content = "inner", .local_shift = -static_cast<int32_t>(local.size())}})),
      HasSubstr("overlap"));
}

TEST(ZipFile, CompressionBombIsRefusedUnopened) {
  EXPECT_THAT(
      message(zip({{.name = "archive/data.pkl", .content = "xyz", .method = 8, .size = 4000000000u}})),
      testing::AllOf(HasSubstr("'archive/data.pkl'"), HasSubstr("which is compressed"),
                     HasSubstr("torch.save")));
  EXPECT_THAT(message(zip({{.name = "a", .content = "xyz", .size = 4000000000u}})), HasSubstr("compressed"));
}

TEST(ZipFile, DirectoriesThatLie) {
  std::string file = zip({{"a", "one"}});
  const size_t end = file.rfind("PK\5\6");
  const auto with = [&](size_t at, auto value) {
    std::string changed = file;
    changed.replace(end + at, sizeof value, number(value));
    return changed;
  };
  EXPECT_THAT(message(with(10, uint16_t{60000})), HasSubstr("60000 entries"));
  EXPECT_THAT(message(with(12, uint32_t{0xFFFFFF00})), HasSubstr("a directory within the file"));
  EXPECT_THAT(message(with(16, uint32_t{0xFFFFFF00})), HasSubstr("a directory within the file"));
  EXPECT_THAT(message(with(20, uint16_t{1})), HasSubstr("none"));
  EXPECT_THAT(message("PK\3\4"), HasSubstr("directory at the end"));
}

TEST(TorchZip, Contents) {
  const auto found = [](const std::vector<TestEntry>& entries) {
    const std::string file = zip(entries);
    return message_of([&] { read_torch_zip(bytes_of(file), "x.bin"); });
  };
  EXPECT_THAT(found({{"a/x", ""}}), HasSubstr("none among 1 entries"));
  EXPECT_THAT(found({{"a/data.pkl", ""}, {"b/data.pkl", ""}}), HasSubstr("2 of them"));
  EXPECT_THAT(found({{"a/data.pkl", ""}, {"a/constants.pkl", ""}}), HasSubstr("TorchScript"));
  EXPECT_THAT(found({{"a/data.pkl", ""}, {"a/byteorder", "big"}}), HasSubstr("found 'big'"));
  EXPECT_THAT(found({{"a/data.pkl", "\x80\x02K\x01."}}), HasSubstr("a dictionary of named tensors"));
  EXPECT_THAT(found({{"a/data.pkl", "\x80\x02}."}}), HasSubstr("an empty dictionary"));
  EXPECT_THAT(found({{"a/data.pkl", "\x80\x02}X\1" + std::string("\0\0\0kK\1s.", 8)}}),
              HasSubstr("a dictionary of 'k'"));
}

TEST(TorchZip, ChecksumOfThePickle) {
  std::string file = read_text(golden("small.bin"));
  // The first "weight": the name of a tensor in the pickle.
  file[file.find("weight")] = 'W';
  EXPECT_THAT(message_of([&] { read_torch_zip(bytes_of(file), "x.bin"); }), HasSubstr("expected checksum"));
}

/// A pickle of {"w": tensor} whose storage has `stored` elements, with this offset, shape and stride.
std::string tensor_pickle(const std::string& stored, const std::string& offset, const std::string& shape,
                          const std::string& stride) {
  const auto text = [](const std::string& value) {
    return "X" + number(static_cast<uint32_t>(value.size())) + value;
  };
  return "\x80\x02}" + text("w") + "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") +
         "ctorch\nFloatStorage\n" + text("0") + text("cpu") + stored + "tQ" + offset + shape + stride +
         "\x89Nt" + "Rs.";
}
std::string integer(int64_t value) {
  return "\x8a\x08" + number(value);
}

TEST(TorchZip, TensorsBeyondTheirStorage) {
  const auto found = [](const std::string& pickle, size_t n_bytes) {
    const std::string file = zip({{"a/data.pkl", pickle}, {"a/data/0", std::string(n_bytes, '\0')}});
    return message_of([&] { read_torch_zip(bytes_of(file), "x.bin"); });
  };
  const std::string one = integer(1), two = integer(2), four = integer(4), zero = integer(0);
  EXPECT_EQ(found(tensor_pickle(four, zero, two + two + "\x86", two + one + "\x86"), 16), "no error");
  EXPECT_THAT(found(tensor_pickle(four, zero, four + "\x85", one + "\x85"), 12),
              HasSubstr("expected 16 bytes, found 12"));
  EXPECT_THAT(found(tensor_pickle(four, one, four + "\x85", one + "\x85"), 16), HasSubstr("tensor 'w'"));
  EXPECT_THAT(found(tensor_pickle(four, zero, two + "\x85", four + "\x85"), 16), HasSubstr("strides 4"));
  EXPECT_THAT(found(tensor_pickle(four, zero, two + "\x85", "\x29"), 16), HasSubstr("one stride each"));
  EXPECT_THAT(found(tensor_pickle(four, integer(-1), two + "\x85", one + "\x85"), 16),
              HasSubstr("another kind"));
  // Stride 0 would make any number of elements out of one.
  EXPECT_THAT(found(tensor_pickle(four, zero, integer(1 << 30) + "\x85", zero + "\x85"), 16),
              HasSubstr("elements within the 4"));
  const std::string huge = integer(int64_t{1} << 62);
  EXPECT_THAT(found(tensor_pickle(four, zero, huge + huge + "\x86", one + one + "\x86"), 16),
              HasSubstr("elements within"));
  EXPECT_THAT(found(tensor_pickle(four, huge, two + "\x85", huge + "\x85"), 16),
              HasSubstr("elements within"));
  EXPECT_THAT(found(tensor_pickle(huge, zero, two + "\x85", one + "\x85"), 16), HasSubstr("no memory"));
}

}  // namespace
}  // namespace zerocell
