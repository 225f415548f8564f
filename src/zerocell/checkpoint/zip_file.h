#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace zerocell {

/// An entry of a zip file, stored without compression.
struct ZipEntry {
  std::span<const std::byte> bytes;
  uint32_t crc = 0;  ///< as the file says, not checked
};

/// The entries of a zip file by name, each a part of `bytes` (so nothing is ever unpacked, and a bomb cannot
/// go off). With the 64-bit extension; format: PKWARE's APPNOTE.TXT.
///
/// Throws Error(data) that begins with `path` for compressed or encrypted entries, entries that overlap,
/// reach beyond their place or bear a name twice, and for a directory that disagrees with the entries.
std::map<std::string, ZipEntry, std::less<>> read_zip(std::span<const std::byte> bytes,
                                                      const std::string& path);

/// Throws Error(data) where the content of the entry does not have the checksum that the file says;
/// 0 says none.
void check_crc(const ZipEntry& entry, const std::string& name, const std::string& path);

}  // namespace zerocell
