#include "zerocell/data/gzip_lines.h"

#include <cstring>

#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include "zerocell/core/error.h"
#include "zerocell/core/regular_file.h"

namespace zerocell {
namespace {
constexpr size_t kBufferBytes = size_t{1} << 20;
}

GzipLines::GzipLines(const std::string& path) : path_(path), buffer_(kBufferBytes) {
  const RegularFile opened = RegularFile::open(path);
  const int descriptor = dup(opened.descriptor());  // zlib closes the one that it is given
  gzFile file = descriptor < 0 ? nullptr : gzdopen(descriptor, "rb");
  if (file == nullptr) {
    if (descriptor >= 0) close(descriptor);
    throw Error::data({path, "a readable file", "none: the system has no room for another open file",
                       "raise the limit on open files (ulimit -n)"});
  }
  gzbuffer(file, 1u << 18);
  file_ = file;
}

GzipLines::~GzipLines() {
  gzclose(static_cast<gzFile>(file_));
}

bool GzipLines::refill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ == buffer_.size()) {
    throw Error::data(
        {path_, "lines of text", fmt::format("a line longer than {} bytes", kBufferBytes), "check the file"});
  }
  const int n =
      gzread(static_cast<gzFile>(file_), buffer_.data() + end_, static_cast<unsigned>(buffer_.size() - end_));
  if (n < 0 || (n == 0 && gzeof(static_cast<gzFile>(file_)) == 0)) {
    throw Error::data({path_, "text, plain or gzipped", "damaged or truncated gzip", "copy the file again"});
  }
  if (n == 0) {
    int code = Z_OK;
    gzerror(static_cast<gzFile>(file_), &code);
    if (code != Z_OK && code != Z_STREAM_END) {
      throw Error::data({path_, "text, plain or gzipped", "truncated gzip", "copy the file again"});
    }
  }
  end_ += static_cast<size_t>(n);
  return n > 0;
}

std::string open_end_text(const std::string& path) {
  return fmt::format(
      "{}: the last line has no end (newline); if the file was cut off, the last value is wrong", path);
}

std::string open_end_note(const std::string& path) {
  const RegularFile file = RegularFile::open(path);
  if (file.size() < 2) return "";
  char first[2] = {}, last = 0;
  file.read_at(0, first);
  file.read_at(file.size() - 1, std::span<char>(&last, 1));
  const bool is_gzip = first[0] == '\x1f' && first[1] == '\x8b';
  return is_gzip || last == '\n' ? "" : open_end_text(path);
}

bool GzipLines::next(std::string_view& line) {
  for (;;) {
    const char* start = buffer_.data() + begin_;
    const void* found = end_ > begin_ ? std::memchr(start, '\n', end_ - begin_) : nullptr;
    if (found == nullptr && !at_end_) {
      at_end_ = !refill();
      continue;
    }
    if (found == nullptr && begin_ == end_) return false;
    size_t length =
        found == nullptr ? end_ - begin_ : static_cast<size_t>(static_cast<const char*>(found) - start);
    begin_ += length + (found != nullptr);
    if (length > 0 && start[length - 1] == '\r') --length;
    line = {start, length};
    ++line_number_;
    return true;
  }
}

}  // namespace zerocell
