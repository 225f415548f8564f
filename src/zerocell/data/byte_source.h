#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace zerocell {

/// Bytes that can be read at any place: a file, a decompressed file or a buffer.
///
/// read(offset, out) fills out completely; a range beyond `size` is a fault of the caller, a file that
/// became shorter meanwhile an Error(data). Safe for concurrent calls.
struct ByteSource {
  std::string name;  ///< for messages: the path
  uint64_t size = 0;
  std::function<void(uint64_t offset, std::span<char> out)> read;
};

/// A file; gzip files (by their first two bytes) are decompressed into memory, of at most `max_bytes` (0:
/// half of what this process may use). Throws Error(data) for a file that is absent, no regular file, not
/// readable, damaged gzip, or gzip that was made to fill memory.
ByteSource open_bytes(const std::string& path, uint64_t max_bytes = 0);

/// A buffer, which must outlive the source.
ByteSource bytes_of(std::string name, std::span<const char> buffer);

/// Everything from `offset` on.
std::string read_rest(const ByteSource& source, uint64_t offset = 0);

}  // namespace zerocell
