#include "zerocell/data/byte_source.h"

#include <fmt/format.h>
#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "zerocell/core/error.h"
#include "zerocell/core/regular_file.h"
#include "zerocell/core/system.h"

namespace zerocell {
namespace {

/// Tables of numbers shrink to a third or a tenth; what shrinks more than this was made to fill memory. It is
/// looked at once so many bytes have come out.
constexpr double kMaxExpansion = 100;
constexpr uint64_t kAlwaysUnpacked = uint64_t{256} << 20;
constexpr const char* kUnpackAdvice = "Check that this is the right file; decompress it with gunzip if it is";

[[noreturn]] void fail(const std::string& path, const std::string& found, const std::string& advice = "") {
  throw Error::data({.read = path, .expected = "", .found = found, .advice = advice});
}

/// Bytes that come out for each byte that goes in, over the first `n_out` bytes that come out.
double expansion(const std::string& packed, uint64_t n_out) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_streamp)> owner(&stream, inflateEnd);
  std::vector<Bytef> out(size_t{1} << 18);
  // zlib's interface predates const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(std::min<uint64_t>(packed.size(), UINT32_MAX));
  for (int status = Z_OK; status == Z_OK && stream.total_out < n_out;) {
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    status = inflate(&stream, Z_NO_FLUSH);
  }
  return static_cast<double>(stream.total_out) / static_cast<double>(std::max<uint64_t>(stream.total_in, 1));
}

/// All members of a gzip file. The output buffer doubles up to what deflate can reach (1032 : 1).
std::string gunzip(const std::string& path, const std::string& packed, uint64_t max_bytes) {
  const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> decompressor(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  std::string out;
  size_t in_done = 0, out_done = 0;
  bool is_plausible = false;
  out.resize(std::min<uint64_t>({max_bytes, kAlwaysUnpacked, 4 * packed.size() + 1024}));
  while (in_done < packed.size()) {
    size_t in_used = 0, out_used = 0;
    const auto result =
        libdeflate_gzip_decompress_ex(decompressor.get(), packed.data() + in_done, packed.size() - in_done,
                                      out.data() + out_done, out.size() - out_done, &in_used, &out_used);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE && out.size() < max_bytes) {
      if (out.size() >= kAlwaysUnpacked && !is_plausible) {
        is_plausible = expansion(packed, kAlwaysUnpacked) <= kMaxExpansion;
        if (!is_plausible) fail(path, "holds almost nothing but repetitions", kUnpackAdvice);
      }
      out.resize(std::min<uint64_t>(max_bytes, 2 * out.size()));
      continue;
    }
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE)
      fail(path, fmt::format("has more than {} once decompressed", format_size(max_bytes)), kUnpackAdvice);
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
  const auto file = std::make_shared<const RegularFile>(RegularFile::open(path));
  if (max_bytes == 0) max_bytes = available_memory() / 2;
  ByteSource source{.name = path, .size = file->size(), .read = [file](uint64_t offset, std::span<char> out) {
                      file->read_at(offset, out);
                    }};
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
  if (source.size > available_memory() / 2)
    fail(source.name, fmt::format("has {}, more than this machine can hold", format_size(source.size)),
         "Check that this is the right file");
  std::string text(source.size - std::min(offset, source.size), '\0');
  source.read(offset, text);
  return text;
}

}  // namespace zerocell
