#include "zerocell/data/object_header.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "zerocell/data/metadata_checksum.h"
#include "zerocell/data/structure_check.h"

namespace zerocell::hdf5 {
namespace {

constexpr uint64_t kMaxHeaderBytes = uint64_t{64} << 20;
constexpr size_t kMaxHeaderBlocks = 4096;
constexpr const char* kWrongChecksum = "one with a wrong checksum";

/// Little-endian number of `size` bytes.
uint64_t number(const uint8_t* bytes, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

bool has_signature(std::span<const uint8_t> bytes, const char* signature) {
  return bytes.size() >= 4 && std::memcmp(bytes.data(), signature, 4) == 0;
}

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

/// The message whose header is at `header`; `size` receives how many bytes its body has.
Message message_at(const HeaderForm& form, const uint8_t* header, uint64_t& size) {
  if (form.version_2) {
    size = number(header + 1, 2);
    return {header[0], header[3], 0, {}};
  }
  size = number(header + 2, 2);
  return {static_cast<unsigned>(number(header, 2)), header[4], 0, {}};
}

/// Blocks of a header, each read once, until its bytes or their number pass all reason.
class BlockList {
 public:
  explicit BlockList(Block first) { add(first); }
  bool add(Block block) {
    bytes_ += std::min(block.size, kMaxHeaderBytes);
    if (bytes_ > kMaxHeaderBytes || blocks_.size() >= kMaxHeaderBlocks) return false;
    if (!seen_.insert(block.address).second) return false;
    blocks_.push_back(block);
    return true;
  }
  size_t size() const { return blocks_.size(); }
  Block operator[](size_t i) const { return blocks_[i]; }

 private:
  std::vector<Block> blocks_;
  std::unordered_set<uint64_t> seen_;
  uint64_t bytes_ = 0;
};

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

std::optional<std::string> walk_messages(const RawFile& file, uint64_t address,
                                         const std::function<bool(const Message&)>& visit) {
  const std::optional<HeaderForm> form = read_header_form(file, address);
  if (!form) return "another structure, or none";
  if (form->version_2) {
    const uint64_t prefix = form->first.address - address;
    const auto whole = file.block(address, prefix + form->first.size + 4, kMaxHeaderBytes);
    if (!whole) return "one that reaches beyond the end of the file";
    if (!ends_with_checksum(*whole)) return kWrongChecksum;
  }
  BlockList blocks(form->first);
  for (size_t block = 0; block < blocks.size(); ++block) {
    const auto bytes = file.block(blocks[block].address, blocks[block].size, kMaxHeaderBytes);
    if (!bytes) return "one that reaches beyond the end of the file";
    size_t at = 0, end = bytes->size();
    if (form->version_2 && block > 0) {  // continuation: signature in front, checksum behind
      if (!has_signature(*bytes, "OCHK") || end < 8) return "a continuation that is none";
      if (!ends_with_checksum(*bytes)) return kWrongChecksum;
      at = 4;
      end -= 4;
    }
    while (at + form->message_header <= end) {
      uint64_t size = 0;
      Message message = message_at(*form, bytes->data() + at, size);
      at += form->message_header;
      if (size > end - at) return "a message that ends behind its header";
      message.body = std::span(*bytes).subspan(at, size);
      message.address = blocks[block].address + at;
      at += size;
      if (message.type != kContinuationMessage) {
        if (visit(message)) return std::nullopt;
        continue;
      }
      if (size < 16) return "a continuation that is too short";
      if (!blocks.add({number(message.body.data(), 8), number(message.body.data() + 8, 8)}))
        return "continuations without an end";
    }
  }
  return std::nullopt;
}

std::optional<std::vector<uint8_t>> raw_attribute(const RawFile& file, uint64_t address,
                                                  const std::string& name, uint64_t n_bytes,
                                                  const Location& where) {
  std::optional<std::vector<uint8_t>> value;
  const auto look_at = [&](std::span<const uint8_t> body) {
    if (!value) value = attribute_value(body, name, n_bytes);
  };
  walk_messages(file, address, [&](const Message& message) {
    if (message.type == kAttributeMessage && !message.shared()) look_at(message.body);
    if (message.type == kAttributeInfoMessage)
      visit_dense_attributes(
          file, message, [&](Fields& fields) { look_at(fields.bytes(fields.left())); }, where);
    return value.has_value();
  });
  return value;
}

std::optional<std::vector<uint8_t>> raw_compact_values(const RawFile& file, uint64_t address,
                                                       uint64_t n_bytes) {
  std::optional<std::vector<uint8_t>> value;
  walk_messages(file, address, [&](const Message& message) {
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
