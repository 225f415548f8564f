#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace zerocell {

/// A regular file that is open for reading; closed by the destructor.
///
/// Every path that a user names is opened here: a folder, a device, a named pipe or a socket is refused
/// before anything is read from it, for they can have no end or never answer.
class RegularFile {
 public:
  /// Throws Error(data) for a file that is absent, not readable or no regular file; never waits.
  static RegularFile open(const std::string& path);
  RegularFile(RegularFile&& other) noexcept
      : path_(std::move(other.path_)),
        descriptor_(std::exchange(other.descriptor_, -1)),
        size_(other.size_) {}
  RegularFile& operator=(RegularFile&&) = delete;
  ~RegularFile();

  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_; }
  uint64_t size() const { return size_; }  ///< as the system says; files of /proc say 0
  /// Reads on; fewer bytes than asked for at the end only. Throws Error(data).
  size_t read(std::span<char> out) const;
  /// Reads all of `out` from `offset`; throws Error(data), also where the file ends before.
  void read_at(uint64_t offset, std::span<char> out) const;

 private:
  RegularFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;
  uint64_t size_ = 0;
};

/// All of a file; throws Error(data) as RegularFile does, and for one of more than `max_bytes`.
std::string read_whole_file(const std::string& path, uint64_t max_bytes);

}  // namespace zerocell
