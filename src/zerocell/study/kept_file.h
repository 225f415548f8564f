#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace zerocell {

/// A plain file in a folder of kept results, where anything may lie under a result's name: a folder, a link,
/// a pipe or a device is told of and never followed, waited for or read.
class KeptFile {
 public:
  /// Opens for reading; nothing where there is no such file, or where `trouble` says what is there instead.
  static std::optional<KeptFile> open(const std::string& path, std::string& trouble);
  KeptFile(KeptFile&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}
  KeptFile& operator=(KeptFile&&) = delete;
  ~KeptFile();

  uint64_t size() const { return size_; }
  /// Reads exactly that many bytes; false where the file ends before or cannot be read.
  bool read(uint64_t offset, void* bytes, size_t size) const;

 private:
  KeptFile(int descriptor, uint64_t size) : descriptor_(descriptor), size_(size) {}

  int descriptor_;
  uint64_t size_;
};

/// "PATH is not used: TROUBLE; its content is computed again".
std::string not_used_text(const std::string& path, const std::string& trouble);

}  // namespace zerocell
