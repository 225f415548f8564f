#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace zerocell {

/// Lines of a text file, plain or gzipped, in little memory.
class GzipLines {
 public:
  /// Throws Error(data) when the file cannot be opened.
  explicit GzipLines(const std::string& path);
  ~GzipLines();
  GzipLines(const GzipLines&) = delete;
  GzipLines& operator=(const GzipLines&) = delete;

  /// The next line without its end ("\n" or "\r\n"); false at the end of the file. The view holds until the
  /// next call. Throws Error(data) for damaged gzip and for lines longer than 1 MiB.
  bool next(std::string_view& line);
  size_t line_number() const { return line_number_; }  ///< of the last line given, from 1
  const std::string& path() const { return path_; }

 private:
  bool refill();

  std::string path_;
  void* file_ = nullptr;
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0, line_number_ = 0;
  bool at_end_ = false;
};

/// What to tell of a text whose last line has no end: programs write one, so the file may be cut off, and
/// what stands there last, a number perhaps, may have lost its end. `path` is for the message.
std::string open_end_text(const std::string& path);
/// That for a file, empty where its last line has an end; gzip tells by itself.
std::string open_end_note(const std::string& path);

}  // namespace zerocell
