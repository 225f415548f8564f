#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

/// The few structures of HDF5 files that are read here, past the library, with every bound checked.
///
/// The library (1.10, 1.14) follows the references of variable-length strings without checking them against
/// the heap that they point into: a damaged byte ends the program. Reading them here is also faster. Layouts:
/// HDF5 File Format Specification 3.0, sections III.E (global heap), IV.A.1 (object headers), IV.A.2
/// (messages).
namespace zerocell::hdf5 {

/// The bytes of a file by address. Safe to use from several threads, without the HDF5 lock.
class RawFile {
 public:
  /// Nothing when the file cannot be opened or is shorter than a superblock.
  static std::shared_ptr<const RawFile> open(const std::string& path);
  ~RawFile();
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  uint64_t size() const { return size_; }
  /// False when the range is not inside the file.
  bool read(uint64_t address, std::span<uint8_t> out) const;

 private:
  RawFile(int descriptor, uint64_t size) : descriptor_(descriptor), size_(size) {}
  int descriptor_;
  uint64_t size_;
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

/// Value of an attribute of the object whose header is at `address`, in the file's own form. Nothing when the
/// header keeps it elsewhere (shared or dense storage) or in a form not known here.
std::optional<std::vector<uint8_t>> raw_attribute(const RawFile& file, uint64_t address,
                                                  const std::string& name, uint64_t n_bytes);

/// Values of a dataset stored inside its object header (compact layout).
std::optional<std::vector<uint8_t>> raw_compact_values(const RawFile& file, uint64_t address,
                                                       uint64_t n_bytes);

}  // namespace zerocell::hdf5
