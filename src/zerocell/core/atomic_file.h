#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zerocell {

/// A file that appears under its name only once it is complete.
///
/// The constructor creates an empty file `.NAME.PID.HOST.N.tmp` in the same folder; commit() puts it in place
/// of `path`, which until then stays as it was. Without commit() the destructor removes the temporary file,
/// so neither an error nor an interrupt leaves anything half-written. Every failure (no such folder, not
/// writable, disk full) is one Error(data) that names the path. What is no plain file (a folder, a link, a
/// device, a pipe) is never replaced.
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

  // For writers that go back and forth (HDF5). They return 0 or the error number, and do not throw.
  int write_at(uint64_t offset, const void* bytes, size_t size);
  int read_at(uint64_t offset, void* bytes, size_t size) const;  ///< zeros beyond the end
  int resize(uint64_t size);

 private:
  [[noreturn]] void fail(int error_number) const;

  std::string path_, temporary_path_;
  int descriptor_ = -1;
};

/// Writes a whole file in one go, through AtomicFile.
void write_text_file(const std::string& path, std::string_view text);

/// The message for a file that could not be written, from errno.
[[noreturn]] void throw_write_error(const std::string& path, int error_number);

/// `.NAME.PID.HOST.N.tmp`, the name of something that this process is making; `name` is cut where it is long.
std::string temporary_name(std::string_view name, int attempt);
/// True for a name that temporary_name gives, in whichever process on whichever machine.
bool is_temporary_name(std::string_view name);
/// Removes files and folders of that name directly in `folder` whose process, of this machine and this user,
/// is no more: what a killed run left. Whatever else there is stays, and nothing is said where that fails.
void remove_left_over(const std::string& folder);

/// Creates a folder and those above it. Throws Error(data).
void make_folder(const std::string& path);
/// "a folder", "a link", "a device", "a pipe", "a socket"; empty for a plain file and where nothing is.
/// Links are not followed.
std::string special_kind(const std::string& path);

}  // namespace zerocell
