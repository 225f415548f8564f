#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

/// The bytes of HDF5 files, and strings of variable length, read past the library with every bound checked.
///
/// The library (1.10, 1.14) follows the references of variable-length strings without checking them against
/// the heap that they point into: a damaged byte ends the program. Reading them here is also faster. Layout:
/// HDF5 File Format Specification 3.0, section III.E (global heap).
namespace zerocell::hdf5 {

/// The bytes of a file by address. Safe to use from several threads, without the HDF5 lock.
class RawFile {
 public:
  /// Nothing when the file cannot be opened or has no superblock.
  static std::shared_ptr<const RawFile> open(const std::string& path);
  ~RawFile();
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  uint64_t size() const { return size_; }        ///< behind a user block
  uint64_t user_block() const { return base_; }  ///< bytes before what HDF5 counts from
  /// False when the range is not inside the file.
  bool read(uint64_t address, std::span<uint8_t> out) const;
  /// Nothing when the range is not inside the file, or of more than `limit` bytes.
  std::optional<std::vector<uint8_t>> block(uint64_t address, uint64_t size, uint64_t limit) const;

 private:
  RawFile(int descriptor, uint64_t size) : descriptor_(descriptor), size_(size) {}
  int descriptor_;
  uint64_t size_;
  uint64_t base_ = 0;  ///< bytes of the user block
};

/// Bytes of a reference to a variable-length string: length, address of a heap collection, index in it.
constexpr size_t kStringReferenceBytes = 16;

/// Follows references into global heaps; keeps the collections that it has read.
class HeapReader {
 public:
  explicit HeapReader(const RawFile& file) : file_(file) {}
  /// The string; nothing when the reference or the heap is damaged.
  std::optional<std::string> string(const uint8_t* reference);

 private:
  struct Collection {
    std::vector<uint8_t> bytes;
    std::unordered_map<uint32_t, std::span<const uint8_t>> objects;
  };
  const Collection* collection(uint64_t address);

  const RawFile& file_;
  std::unordered_map<uint64_t, Collection> collections_;
};

}  // namespace zerocell::hdf5
