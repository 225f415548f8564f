#include "zerocell/data/byte_source.h"

#include <fcntl.h>
#include <libdeflate.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& found) {
  throw Error::data({.read = path, .expected = "", .found = found, .advice = ""});
}

struct OpenFile {
  std::string path;
  int descriptor = -1;
  ~OpenFile() {
    if (descriptor >= 0) close(descriptor);
  }
  void read_at(uint64_t offset, std::span<char> out) const {
    while (!out.empty()) {
      const ssize_t n = pread(descriptor, out.data(), out.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail(path, "cannot be read: " + std::generic_category().message(errno));
      if (n == 0) fail(path, "became shorter while it was read");
      offset += static_cast<uint64_t>(n);
      out = out.subspan(static_cast<size_t>(n));
    }
  }
};

/// All members of a gzip file. The output buffer doubles up to what deflate can reach (1032 : 1).
std::string gunzip(const std::string& path, const std::string& packed, uint64_t max_bytes) {
  const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> decompressor(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  std::string out;
  size_t in_done = 0, out_done = 0;
  out.resize(std::min<uint64_t>(max_bytes, 4 * packed.size() + 1024));
  while (in_done < packed.size()) {
    size_t in_used = 0, out_used = 0;
    const auto result =
        libdeflate_gzip_decompress_ex(decompressor.get(), packed.data() + in_done, packed.size() - in_done,
                                      out.data() + out_done, out.size() - out_done, &in_used, &out_used);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE && out.size() < max_bytes) {
      out.resize(std::min<uint64_t>(max_bytes, 2 * out.size()));
      continue;
    }
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE) fail(path, "is too large once decompressed");
    if (result != LIBDEFLATE_SUCCESS) fail(path, "the gzip compression is damaged or the file is cut off");
    in_done += in_used;
    out_done += out_used;
  }
  out.resize(out_done);
  return out;
}

}  // namespace

ByteSource bytes_of(std::string name, std::span<const char> buffer) {
  return {
      .name = std::move(name), .size = buffer.size(), .read = [buffer](uint64_t offset, std::span<char> out) {
        if (offset > buffer.size() || out.size() > buffer.size() - offset)
          throw Error::internal("read beyond the end of a buffer");
        if (!out.empty()) std::memcpy(out.data(), buffer.data() + offset, out.size());
      }};
}

ByteSource open_bytes(const std::string& path, uint64_t max_bytes) {
  auto file = std::make_shared<OpenFile>();
  file->path = path;
  // O_NONBLOCK: a named pipe must not hang before it is refused.
  file->descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file->descriptor < 0) fail(path, "cannot be opened: " + std::generic_category().message(errno));
  struct stat info {};
  if (fstat(file->descriptor, &info) != 0) fail(path, std::generic_category().message(errno));
  if (!S_ISREG(info.st_mode)) fail(path, "is not a regular file");
  ByteSource source{.name = path,
                    .size = static_cast<uint64_t>(info.st_size),
                    .read = [file](uint64_t offset, std::span<char> out) { file->read_at(offset, out); }};
  char magic[2] = {0, 0};
  if (source.size >= 18) source.read(0, magic);
  if (static_cast<unsigned char>(magic[0]) != 0x1f || static_cast<unsigned char>(magic[1]) != 0x8b)
    return source;
  const auto text = std::make_shared<std::string>(gunzip(path, read_rest(source), max_bytes));
  const auto buffer = bytes_of(path, *text);
  return {.name = path, .size = text->size(), .read = [text, buffer](uint64_t offset, std::span<char> out) {
            buffer.read(offset, out);
          }};
}

std::string read_rest(const ByteSource& source, uint64_t offset) {
  std::string text(source.size - std::min(offset, source.size), '\0');
  source.read(offset, text);
  return text;
}

}  // namespace zerocell
