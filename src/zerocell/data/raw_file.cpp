#include "zerocell/data/raw_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace zerocell::hdf5 {
namespace {

constexpr uint64_t kSuperblockBytes = 24;
constexpr uint64_t kHeapHeaderBytes = 16, kHeapObjectBytes = 16;
constexpr uint64_t kMaxCollectionBytes = uint64_t{1} << 30;
constexpr size_t kMaxCollections = 1024;  // kept at a time
constexpr uint64_t kMaxHeaderBytes = uint64_t{64} << 20;
constexpr size_t kMaxHeaderBlocks = 4096;

enum MessageType : unsigned { kLayoutMessage = 0x08, kAttributeMessage = 0x0c, kContinuationMessage = 0x10 };
constexpr unsigned kSharedMessage = 0x02;

/// Little-endian number of `size` bytes.
uint64_t number(const uint8_t* bytes, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

bool has_signature(std::span<const uint8_t> bytes, const char* signature) {
  return bytes.size() >= 4 && std::memcmp(bytes.data(), signature, 4) == 0;
}

std::optional<std::vector<uint8_t>> read_block(const RawFile& file, uint64_t address, uint64_t size,
                                               uint64_t limit) {
  if (size > std::min(limit, file.size())) return std::nullopt;
  std::vector<uint8_t> bytes(size);
  if (!file.read(address, bytes)) return std::nullopt;
  return bytes;
}

struct Message {
  unsigned type = 0, flags = 0;
  std::span<const uint8_t> body;
};

struct Block {
  uint64_t address, size;
};

/// How messages are framed in the two versions of object headers.
struct HeaderForm {
  Block first{0, 0};
  bool version_2 = false;
  size_t message_header = 8;
};

std::optional<HeaderForm> read_header_form(const RawFile& file, uint64_t address) {
  uint8_t prefix[34] = {};
  const uint64_t available =
      address < file.size() ? std::min<uint64_t>(sizeof prefix, file.size() - address) : 0;
  if (available < 16 || !file.read(address, {prefix, available})) return std::nullopt;
  HeaderForm form;
  if (!has_signature(prefix, "OHDR")) {
    if (prefix[0] != 1) return std::nullopt;
    form.first = {address + 16, number(prefix + 8, 4)};
    return form;
  }
  const unsigned flags = prefix[5];
  const size_t at = 6 + ((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0);
  const size_t width = size_t{1} << (flags & 3);
  form.version_2 = true;
  form.message_header = (flags & 0x04) != 0 ? 6 : 4;
  form.first = {address + at + width, number(prefix + at, width)};
  return form;
}

Message message_at(const HeaderForm& form, const uint8_t* header) {
  if (form.version_2) return {header[0], header[3], {header, number(header + 1, 2)}};
  return {static_cast<unsigned>(number(header, 2)), header[4], {header, number(header + 2, 2)}};
}

/// Calls visit for each message of the object header; stops when it returns true, and returns that.
bool find_message(const RawFile& file, uint64_t address, const std::function<bool(const Message&)>& visit) {
  const std::optional<HeaderForm> form = read_header_form(file, address);
  if (!form) return false;
  std::vector<Block> blocks{form->first};
  for (size_t block = 0; block < blocks.size() && block < kMaxHeaderBlocks; ++block) {
    const auto bytes = read_block(file, blocks[block].address, blocks[block].size, kMaxHeaderBytes);
    if (!bytes) return false;
    size_t at = 0, end = bytes->size();
    if (form->version_2 && block > 0) {  // continuation: signature in front, checksum behind
      if (!has_signature(*bytes, "OCHK") || end < 8) return false;
      at = 4;
      end -= 4;
    }
    while (at + form->message_header <= end) {
      Message message = message_at(*form, bytes->data() + at);
      at += form->message_header;
      if (message.body.size() > end - at) return false;
      message.body = {bytes->data() + at, message.body.size()};
      at += message.body.size();
      if (message.type == kContinuationMessage && message.body.size() >= 16) {
        blocks.push_back({number(message.body.data(), 8), number(message.body.data() + 8, 8)});
      } else if (visit(message)) {
        return true;
      }
    }
  }
  return false;
}

/// The value of the attribute message if it is the one of that name and its value has n_bytes.
std::optional<std::vector<uint8_t>> attribute_value(std::span<const uint8_t> body, const std::string& name,
                                                    uint64_t n_bytes) {
  if (body.size() < 9) return std::nullopt;
  const unsigned version = body[0];
  if (version < 1 || version > 3) return std::nullopt;
  const auto padded = [&](uint64_t size) { return version == 1 ? (size + 7) / 8 * 8 : size; };
  const uint64_t name_bytes = number(&body[2], 2);
  const uint64_t name_at = version == 3 ? 9 : 8;
  const uint64_t value_at =
      name_at + padded(name_bytes) + padded(number(&body[4], 2)) + padded(number(&body[6], 2));
  if (value_at > body.size() || n_bytes > body.size() - value_at) return std::nullopt;
  if (name_bytes != name.size() + 1 || std::memcmp(&body[name_at], name.c_str(), name.size()) != 0)
    return std::nullopt;
  const auto value = body.subspan(value_at, n_bytes);
  return std::vector<uint8_t>(value.begin(), value.end());
}

}  // namespace

std::shared_ptr<const RawFile> RawFile::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return nullptr;
  struct stat status {};
  const uint64_t size =
      fstat(descriptor, &status) == 0 && status.st_size > 0 ? static_cast<uint64_t>(status.st_size) : 0;
  auto file = std::shared_ptr<const RawFile>(new RawFile(descriptor, size));
  return size < kSuperblockBytes ? nullptr : file;
}

RawFile::~RawFile() {
  ::close(descriptor_);
}

bool RawFile::read(uint64_t address, std::span<uint8_t> out) const {
  if (address > size_ || out.size() > size_ - address) return false;
  for (size_t done = 0; done < out.size();) {
    const ssize_t n =
        ::pread(descriptor_, out.data() + done, out.size() - done, static_cast<off_t>(address + done));
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
  auto bytes = read_block(file_, address, number(header + 8, 8), kMaxCollectionBytes);
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

std::optional<std::vector<uint8_t>> raw_attribute(const RawFile& file, uint64_t address,
                                                  const std::string& name, uint64_t n_bytes) {
  std::optional<std::vector<uint8_t>> value;
  find_message(file, address, [&](const Message& message) {
    if (message.type != kAttributeMessage || (message.flags & kSharedMessage) != 0) return false;
    value = attribute_value(message.body, name, n_bytes);
    return value.has_value();
  });
  return value;
}

std::optional<std::vector<uint8_t>> raw_compact_values(const RawFile& file, uint64_t address,
                                                       uint64_t n_bytes) {
  std::optional<std::vector<uint8_t>> value;
  find_message(file, address, [&](const Message& message) {
    const auto body = message.body;
    if (message.type != kLayoutMessage || body.size() < 4) return false;
    const bool compact = (body[0] == 3 || body[0] == 4) && body[1] == 0;
    if (compact && number(&body[2], 2) == n_bytes && n_bytes <= body.size() - 4) {
      value.emplace(body.begin() + 4, body.begin() + 4 + static_cast<ptrdiff_t>(n_bytes));
    }
    return true;
  });
  return value;
}

}  // namespace zerocell::hdf5
