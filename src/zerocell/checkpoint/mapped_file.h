#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace zerocell {

/// A regular file mapped read-only into memory; unmapped by the destructor. An empty file has no bytes.
///
/// The content must not change while it is mapped: a file that is cut off meanwhile ends the program, as
/// with every program that maps files.
class MappedFile {
 public:
  /// Throws Error(data) for a file that is absent, not readable or not regular.
  static std::shared_ptr<const MappedFile> open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

}  // namespace zerocell
