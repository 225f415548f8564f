#include "zerocell/data/raw_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace zerocell::hdf5 {
namespace {

constexpr uint64_t kHeapHeaderBytes = 16, kHeapObjectBytes = 16;
constexpr uint64_t kMaxCollectionBytes = uint64_t{1} << 30;
constexpr size_t kMaxCollections = 1024;  // kept at a time
/// Where a superblock may begin: behind a user block of 0 or of a power of two from 512.
constexpr uint64_t kMaxUserBlock = uint64_t{1} << 30;
constexpr char kSuperblockSignature[] = "\x89HDF\r\n\x1a\n";

/// Little-endian number of `size` bytes.
uint64_t number(const uint8_t* bytes, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

bool has_signature(std::span<const uint8_t> bytes, const char* signature) {
  return bytes.size() >= 4 && std::memcmp(bytes.data(), signature, 4) == 0;
}

}  // namespace

std::shared_ptr<const RawFile> RawFile::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return nullptr;
  struct stat status {};
  const uint64_t size =
      fstat(descriptor, &status) == 0 && status.st_size > 0 ? static_cast<uint64_t>(status.st_size) : 0;
  auto file = std::shared_ptr<RawFile>(new RawFile(descriptor, size));
  for (uint64_t at = 0; at <= kMaxUserBlock; at = at == 0 ? 512 : 2 * at) {
    uint8_t signature[8];
    if (!file->read(at, signature)) return nullptr;
    if (std::memcmp(signature, kSuperblockSignature, sizeof signature) != 0) continue;
    file->base_ = at;
    file->size_ -= at;
    return file;
  }
  return nullptr;
}

RawFile::~RawFile() {
  ::close(descriptor_);
}

std::optional<std::vector<uint8_t>> RawFile::block(uint64_t address, uint64_t size, uint64_t limit) const {
  if (size > limit || address > size_ || size > size_ - address) return std::nullopt;
  std::vector<uint8_t> bytes(size);
  if (!read(address, bytes)) return std::nullopt;
  return bytes;
}

bool RawFile::read(uint64_t address, std::span<uint8_t> out) const {
  if (address > size_ || out.size() > size_ - address) return false;
  for (size_t done = 0; done < out.size();) {
    const ssize_t n = ::pread(descriptor_, out.data() + done, out.size() - done,
                              static_cast<off_t>(base_ + address + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<size_t>(n);
  }
  return true;
}

const HeapReader::Collection* HeapReader::collection(uint64_t address) {
  if (const auto known = collections_.find(address); known != collections_.end()) return &known->second;
  if (collections_.size() >= kMaxCollections) collections_.clear();
  uint8_t header[kHeapHeaderBytes];
  if (!file_.read(address, header) || !has_signature(header, "GCOL") || header[4] != 1) return nullptr;
  auto bytes = file_.block(address, number(header + 8, 8), kMaxCollectionBytes);
  if (!bytes) return nullptr;
  Collection& made = collections_[address];
  made.bytes = std::move(*bytes);
  const std::span<const uint8_t> all = made.bytes;
  for (uint64_t at = kHeapHeaderBytes; at + kHeapObjectBytes <= all.size();) {
    const uint64_t index = number(&all[at], 2), size = number(&all[at + 8], 8);
    at += kHeapObjectBytes;
    if (index == 0 || size > all.size() - at) break;  // free space, or damage: no objects behind it
    made.objects.emplace(static_cast<uint32_t>(index), all.subspan(at, size));
    at += (size + 7) / 8 * 8;
  }
  return &made;
}

std::optional<std::string> HeapReader::string(const uint8_t* reference) {
  const uint64_t length = number(reference, 4), address = number(reference + 4, 8);
  if (length == 0 || address == 0) return std::string();
  const Collection* heap = collection(address);
  if (heap == nullptr) return std::nullopt;
  const auto object = heap->objects.find(static_cast<uint32_t>(number(reference + 12, 4)));
  if (object == heap->objects.end() || length > object->second.size()) return std::nullopt;
  const auto* text = reinterpret_cast<const char*>(object->second.data());
  return std::string(text, strnlen(text, length));
}

}  // namespace zerocell::hdf5
