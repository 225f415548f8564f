#include "zerocell/checkpoint/zip_writer.h"

#include <zlib.h>

#include <limits>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr size_t kAlignment = 64, kLocalSize = 30, kExtraHead = 4;
constexpr uint16_t kMostEntries = 0xFFFF;

/// From "version needed" to the length of the name: the same in entry and directory.
std::string common_fields(const std::string& name, std::string_view content) {
  constexpr uint16_t kFirstDay = 1 << 5 | 1;  // 1980-01-01
  std::string fields;
  for (const uint16_t value :
       {0, 0, 0, 0, static_cast<int>(kFirstDay)})  // version, flags, method, time, date
    append_number(fields, value);
  append_number(fields, static_cast<uint32_t>(
                            crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size())));
  for (int i = 0; i < 2; ++i) append_number(fields, static_cast<uint32_t>(content.size()));
  append_number(fields, static_cast<uint16_t>(name.size()));
  return fields;
}

}  // namespace

void ZipWriter::add(const std::string& name, std::string_view content) {
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
  if (content.size() > kMost || offset_ > kMost - content.size() - kLocalSize - name.size() - 2 * kAlignment)
    throw Error::data({file_.path(), "weights of less than 4 GiB", "more",
                       "write fewer layers or dimensions; sizes of 64 bits are not written"});
  if (n_entries_ == kMostEntries) throw Error::internal("a zip file of too many entries");
  const auto offset = static_cast<uint32_t>(offset_);
  const std::string common = common_fields(name, content);
  // The extra field fills up to the boundary: two bytes of id, two of length, zeros.
  const size_t unpadded = offset_ + kLocalSize + name.size() + kExtraHead;
  const size_t n_fill = (kAlignment - unpadded % kAlignment) % kAlignment;
  std::string local = "PK\3\4" + common;
  append_number(local, static_cast<uint16_t>(kExtraHead + n_fill));
  local += name + "FB";  // the id that PyTorch gives its padding
  append_number(local, static_cast<uint16_t>(n_fill));
  local.append(n_fill, '\0');
  write(local);
  write(content);
  directory_ += "PK\1\2" + std::string(2, '\0') + common;
  directory_.append(12, '\0');  // lengths of extra and comment, disk, attributes
  append_number(directory_, offset);
  directory_ += name;
  ++n_entries_;
}

void ZipWriter::commit() {
  std::string end = "PK\5\6" + std::string(4, '\0');
  for (int i = 0; i < 2; ++i) append_number(end, n_entries_);
  append_number(end, static_cast<uint32_t>(directory_.size()));
  append_number(end, static_cast<uint32_t>(offset_));
  file_.write(directory_);
  file_.write(end + std::string(2, '\0'));
  file_.commit();
}

void ZipWriter::write(std::string_view bytes) {
  file_.write(bytes);
  offset_ += bytes.size();
}

}  // namespace zerocell
