#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "zerocell/core/atomic_file.h"

namespace zerocell {

/// A number as it lies in a file, little-endian.
template <class T>
void append_number(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Writes a zip file, atomically: entries one after the other, without compression; each content begins at a
/// multiple of 64 bytes, as PyTorch's writer does, so that tensors can be used where they lie. Nothing
/// depends on time or place. Format: PKWARE's APPNOTE.TXT, without the 64-bit extension.
class ZipWriter {
 public:
  explicit ZipWriter(const std::string& path) : file_(path) {}

  /// Throws Error(data) where the file would reach 4 GiB.
  void add(const std::string& name, std::string_view content);
  /// Writes the directory and puts the file in its place; call it last and once.
  void commit();

 private:
  void write(std::string_view bytes);

  AtomicFile file_;
  std::string directory_;
  uint64_t offset_ = 0;
  uint16_t n_entries_ = 0;
};

}  // namespace zerocell
