#pragma once
#include <string>
#include <string_view>

namespace zerocell {

/// A file that appears under its name only once it is complete.
///
/// The constructor creates an empty file `.NAME.PID.N.tmp` in the same folder; commit() puts it in place of
/// `path`, which until then stays as it was. Without commit() the destructor removes the temporary file,
/// so neither an error nor an interrupt leaves anything half-written. Every failure (no such folder, not
/// writable, disk full) is one Error(data) that names the path. Other writers (HDF5) may write to
/// temporary_path() themselves.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::string& path() const { return path_; }
  const std::string& temporary_path() const { return temporary_path_; }
  /// Appends bytes.
  void write(std::string_view bytes);
  /// Brings the content to the disk and the file to its name; call it last and once.
  void commit();

 private:
  [[noreturn]] void fail(int error_number) const;

  std::string path_, temporary_path_;
  int descriptor_ = -1;
};

/// Writes a whole file in one go, through AtomicFile.
void write_text_file(const std::string& path, std::string_view text);

/// The message for a file that could not be written, from errno.
[[noreturn]] void throw_write_error(const std::string& path, int error_number);

}  // namespace zerocell
