#include "zerocell/checkpoint/zip_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

// Sizes of the fixed parts and signatures (APPNOTE.TXT 4.3).
constexpr size_t kEndSize = 22, kEnd64Size = 56, kLocatorSize = 20, kCentralSize = 46, kLocalSize = 30;
constexpr std::string_view kEnd = "PK\5\6", kEnd64 = "PK\6\6", kLocator = "PK\6\7";
constexpr std::string_view kCentral = "PK\1\2", kLocal = "PK\3\4";
constexpr uint16_t kEncrypted = 1;
constexpr uint32_t kIn64 = 0xFFFFFFFF;  // "see the 64-bit field"

struct Directory {
  uint64_t offset = 0, size = 0, n_entries = 0;
};

struct Record {
  std::string name;
  uint16_t flags = 0, method = 0;
  uint32_t crc = 0;
  uint64_t stored = 0, size = 0, local_offset = 0;
};

class ZipReader {
 public:
  ZipReader(Bytes bytes, const std::string& path) : bytes_(bytes), path_(path) {}

  std::map<std::string, ZipEntry, std::less<>> entries() {
    std::map<std::string, ZipEntry, std::less<>> entries;
    struct Extent {
      uint64_t begin, end;
    };
    std::vector<Extent> extents;
    const Directory directory = find_directory();
    for (Record& record : read_directory(directory)) {
      const uint64_t begin = record.local_offset;
      const ZipEntry entry = open(record, directory);
      extents.push_back(
          {begin, static_cast<uint64_t>(entry.bytes.data() - bytes_.data()) + entry.bytes.size()});
      if (!entries.try_emplace(record.name, entry).second)
        fail("every entry once", fmt::format("'{}' twice", shown(record.name)));
    }
    std::sort(extents.begin(), extents.end(), [](Extent a, Extent b) { return a.begin < b.begin; });
    for (size_t i = 1; i < extents.size(); ++i)
      if (extents[i].begin < extents[i - 1].end) fail("entries one after the other", "entries that overlap");
    return entries;
  }

 private:
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    throw Error::data({.read = path_,
                       .expected = expected,
                       .found = found,
                       .advice = "The file is damaged or cut off; fetch it again"});
  }

  /// The part of the file, which must lie before `end`.
  Bytes part(uint64_t offset, uint64_t size, uint64_t end, const char* what) const {
    if (offset > end || size > end - offset)
      fail(fmt::format("{} within the file", what), fmt::format("{} bytes at {}", size, offset));
    return bytes_.subspan(offset, size);
  }

  Directory find_directory() const {
    // The end record is the last thing of the file, but for a comment of which it says the length.
    const size_t furthest = std::min<size_t>(bytes_.size(), kEndSize + 0xFFFF);
    for (size_t back = kEndSize; back <= furthest; ++back) {
      const size_t at = bytes_.size() - back;
      const Bytes end = bytes_.subspan(at);
      if (!begins_with(end, kEnd) || load<uint16_t>(end, 20) != back - kEndSize) continue;
      Directory directory{.offset = load<uint32_t>(end, 16),
                          .size = load<uint32_t>(end, 12),
                          .n_entries = load<uint16_t>(end, 10)};
      if (at >= kLocatorSize && begins_with(bytes_.subspan(at - kLocatorSize), kLocator))
        directory = find_directory64(at - kLocatorSize);
      if (directory.n_entries > directory.size / kCentralSize)
        fail("a directory of all entries",
             fmt::format("{} entries in {} bytes", directory.n_entries, directory.size));
      part(directory.offset, directory.size, at, "a directory");
      return directory;
    }
    fail("a zip file's directory at the end", "none");
  }

  Directory find_directory64(size_t locator) const {
    const Bytes end = part(load<uint64_t>(bytes_, locator + 8), kEnd64Size, locator, "a directory");
    if (!begins_with(end, kEnd64)) fail("the 64-bit directory", "none where the file points");
    return {.offset = load<uint64_t>(end, 48),
            .size = load<uint64_t>(end, 40),
            .n_entries = load<uint64_t>(end, 32)};
  }

  std::vector<Record> read_directory(const Directory& directory) const {
    Bytes rest = bytes_.subspan(directory.offset, directory.size);
    std::vector<Record> records;
    records.reserve(directory.n_entries);
    for (uint64_t i = 0; i < directory.n_entries; ++i) {
      if (rest.size() < kCentralSize || !begins_with(rest, kCentral))
        fail(fmt::format("{} entries", directory.n_entries), std::to_string(i));
      const size_t name = load<uint16_t>(rest, 28), extra = load<uint16_t>(rest, 30);
      const size_t length = kCentralSize + name + extra + load<uint16_t>(rest, 32);
      if (rest.size() < length) fail("a whole directory", "one that is cut off");
      Record record{.name = std::string(as_text(rest.subspan(kCentralSize, name))),
                    .flags = load<uint16_t>(rest, 8),
                    .method = load<uint16_t>(rest, 10),
                    .crc = load<uint32_t>(rest, 16),
                    .stored = load<uint32_t>(rest, 20),
                    .size = load<uint32_t>(rest, 24),
                    .local_offset = load<uint32_t>(rest, 42)};
      read_extra(rest.subspan(kCentralSize + name, extra), record);
      records.push_back(std::move(record));
      rest = rest.subspan(length);
    }
    return records;
  }

  /// The 64-bit sizes (field 1): those that do not fit, in this order.
  void read_extra(Bytes extra, Record& record) const {
    while (extra.size() >= 4) {
      const auto id = load<uint16_t>(extra, 0);
      const size_t length = load<uint16_t>(extra, 2);
      if (length > extra.size() - 4) fail("extra fields within their entry", "longer ones");
      Bytes field = extra.subspan(4, length);
      extra = extra.subspan(4 + length);
      if (id != 1) continue;
      for (uint64_t* value : {&record.size, &record.stored, &record.local_offset}) {
        if (*value != kIn64) continue;
        if (field.size() < 8) fail("64-bit sizes", "an entry without them");
        *value = load<uint64_t>(field, 0);
        field = field.subspan(8);
      }
    }
  }

  ZipEntry open(const Record& record, const Directory& directory) const {
    const std::string what = fmt::format("entry '{}'", shown(record.name));
    if ((record.flags & kEncrypted) != 0) fail("entries that are not encrypted", what + ", which is");
    if (record.method != 0 || record.stored != record.size)
      throw Error::data({.read = path_,
                         .expected = "entries that are stored as they are, as torch.save writes them",
                         .found = what + ", which is compressed",
                         .advice = "Load the file in Python and write it again with torch.save"});
    const Bytes local = part(record.local_offset, kLocalSize, directory.offset, "entries");
    if (!begins_with(local, kLocal)) fail(what + " where the directory points", "something else");
    const uint64_t name = load<uint16_t>(local, 26), extra = load<uint16_t>(local, 28);
    const uint64_t name_at = record.local_offset + kLocalSize;
    if (as_text(part(name_at, name, directory.offset, "entries")) != record.name)
      fail(what + " where the directory points", "another name");
    return {.bytes = part(name_at + name + extra, record.size, directory.offset, "entries"),
            .crc = record.crc};
  }

  Bytes bytes_;
  const std::string& path_;
};

}  // namespace

std::map<std::string, ZipEntry, std::less<>> read_zip(std::span<const std::byte> bytes,
                                                      const std::string& path) {
  return ZipReader(bytes, path).entries();
}

void check_crc(const ZipEntry& entry, const std::string& name, const std::string& path) {
  // PyTorch writes 0 where checksums are switched off (torch.serialization.set_crc32_options).
  if (entry.crc == 0) return;
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(entry.bytes.data()), entry.bytes.size());
  if (crc == entry.crc) return;
  throw Error::data({.read = fmt::format("{}, entry '{}'", path, shown(name)),
                     .expected = fmt::format("checksum {:08x}", entry.crc),
                     .found = fmt::format("{:08x}", crc),
                     .advice = "The file is damaged; fetch it again"});
}

}  // namespace zerocell
