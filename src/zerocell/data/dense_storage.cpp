// Links and attributes that are too many for an object header: messages in a fractal heap, listed by a B-tree
// of version 2. The library finds a wrong checksum too, but frees what it never allocated where it does in
// the middle of a list. Layouts: HDF5 File Format Specification 3.0, sections III.A.2, III.G.
#include <algorithm>
#include <bit>
#include <functional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "zerocell/data/metadata_checksum.h"
#include "zerocell/data/structure_check.h"

namespace zerocell::hdf5 {
namespace {

enum RecordType : uint64_t {
  kHugeObject = 1,
  kLinkName = 5,
  kLinkOrder = 6,
  kAttributeName = 8,
  kAttributeOrder = 9
};
constexpr uint64_t kHeapHeaderBytes = 146, kMaxDepth = 16;
constexpr uint64_t kNodeOverhead = 10;  // signature, version, type, checksum
constexpr uint64_t kMaxNodeBytes = uint64_t{1} << 20;
constexpr const char* kWrongChecksum = "one with a wrong checksum";

/// Bytes that hold numbers up to `limit`.
uint64_t bytes_for(uint64_t limit) {
  return limit == 0 ? 1 : (static_cast<uint64_t>(std::bit_width(limit)) - 1) / 8 + 1;
}

/// Reads blocks of the file until more was read than a sound file can hold.
class Blocks {
 public:
  Blocks(const RawFile& file, const Location& where) : file_(file), where_(where), left_(4 * file.size()) {}
  std::vector<uint8_t> read(uint64_t address, uint64_t size, const StructurePlace& place) {
    auto bytes = size <= left_ ? file_.block(address, size, size) : std::nullopt;
    if (!bytes) place.fail("one that reaches beyond the end of the file, or leads in a circle");
    left_ -= size;
    return std::move(*bytes);
  }
  const Location& where() const { return where_; }

 private:
  const RawFile& file_;
  const Location& where_;
  uint64_t left_;
};

using Record = std::span<const uint8_t>;

/// A B-tree of version 2.
class RecordTree {
 public:
  RecordTree(Blocks& blocks, uint64_t address) : blocks_(blocks) {
    const StructurePlace place{blocks.where(), address, "B-tree"};
    const auto bytes = blocks.read(address, kTreeHeaderBytes, place);
    if (!ends_with_checksum(bytes)) place.fail(kWrongChecksum);
    Fields fields(bytes, place);
    fields.expect("BTHD");
    if (fields.number(1) != 0) place.fail("a version that is not 0");
    type_ = fields.number(1);
    node_bytes_ = fields.number(4);
    record_bytes_ = fields.number(2);
    depth_ = fields.number(2);
    fields.skip(2);
    root_ = fields.number(8);
    n_root_ = fields.number(2);
    n_total_ = fields.number(8);
    if (node_bytes_ < 64 || node_bytes_ > kMaxNodeBytes || record_bytes_ == 0 ||
        record_bytes_ > node_bytes_ / 2 || depth_ > kMaxDepth)
      place.fail(
          fmt::format("nodes of {} bytes, records of {}, depth {}", node_bytes_, record_bytes_, depth_));
    find_pointer_sizes(place);
  }

  uint64_t type() const { return type_; }
  uint64_t n_records() const { return n_total_; }

  void for_each(const std::function<void(Record)>& visit) {
    uint64_t n_seen = 0;
    const auto count = [&](Record record) {
      ++n_seen;
      visit(record);
    };
    if (root_ != kUndefinedAddress && n_root_ > 0) visit_node(root_, n_root_, depth_, count);
    // The library makes room for as many as it is told.
    if (n_seen != n_total_) {
      const StructurePlace place{blocks_.where(), root_, "B-tree"};
      place.fail(fmt::format("{} records where {} are announced", n_seen, n_total_));
    }
  }

 private:
  struct Level {
    uint64_t max_records = 0,
             total_bytes = 0;  // total_bytes: width of "records below" in pointers to this level
    uint64_t pointer_bytes = 0;
  };

  void find_pointer_sizes(const StructurePlace& place) {
    levels_.resize(depth_ + 1);
    levels_[0].max_records = (node_bytes_ - kNodeOverhead) / record_bytes_;
    count_bytes_ = bytes_for(levels_[0].max_records);
    uint64_t total = levels_[0].max_records;
    for (uint64_t i = 1; i <= depth_; ++i) {
      Level& level = levels_[i];
      level.pointer_bytes = 8 + count_bytes_ + levels_[i - 1].total_bytes;
      if (kNodeOverhead + level.pointer_bytes >= node_bytes_) place.fail("nodes without room for pointers");
      level.max_records =
          (node_bytes_ - kNodeOverhead - level.pointer_bytes) / (record_bytes_ + level.pointer_bytes);
      if (__builtin_mul_overflow(level.max_records + 1, total, &total) ||
          __builtin_add_overflow(total, level.max_records, &total))
        place.fail("a tree that is too deep");
      level.total_bytes = bytes_for(total);
    }
  }

  void visit_node(uint64_t address, uint64_t n, uint64_t level, const std::function<void(Record)>& visit) {
    const StructurePlace place{blocks_.where(), address, "B-tree"};
    if (n > levels_[level].max_records) place.fail(fmt::format("{} records in one node", n));
    const auto bytes = blocks_.read(address, node_bytes_, place);
    const uint64_t used = 6 + n * record_bytes_ + (level == 0 ? 0 : (n + 1) * levels_[level].pointer_bytes);
    if (used + 4 > bytes.size() || !ends_with_checksum(std::span(bytes).first(used + 4)))
      place.fail(kWrongChecksum);
    Fields fields(bytes, place);
    fields.expect(level == 0 ? "BTLF" : "BTIN");
    fields.skip(2);
    for (uint64_t i = 0; i < n; ++i) visit(fields.bytes(record_bytes_));
    if (level == 0) return;
    for (uint64_t i = 0; i <= n; ++i) {
      const uint64_t child = fields.number(8), n_child = fields.number(count_bytes_);
      fields.skip(levels_[level - 1].total_bytes);
      visit_node(child, n_child, level - 1, visit);
    }
  }

  Blocks& blocks_;
  uint64_t type_ = 0, node_bytes_ = 0, record_bytes_ = 0, depth_ = 0, root_ = 0, n_root_ = 0,
           count_bytes_ = 1, n_total_ = 0;
  std::vector<Level> levels_;
};

/// A fractal heap: objects in blocks whose sizes double from row to row.
class FractalHeap {
 public:
  FractalHeap(Blocks& blocks, uint64_t address)
      : blocks_(blocks), place_{blocks.where(), address, "fractal heap"} {
    const auto bytes = blocks.read(address, kHeapHeaderBytes, place_);
    if (!ends_with_checksum(bytes)) place_.fail(kWrongChecksum);
    Fields fields(bytes, place_);
    fields.expect("FRHP");
    if (fields.number(1) != 0) place_.fail("a version that is not 0");
    id_bytes_ = fields.number(2);
    if (fields.number(2) != 0) place_.fail("compressed messages");
    checksums_ = (fields.number(1) & 2) != 0;
    const uint64_t max_managed = fields.number(4);
    fields.skip(8);
    const uint64_t huge_tree = fields.number(8);
    fields.skip(16);
    managed_bytes_ = fields.number(8);
    fields.skip(56);
    width_ = fields.number(2);
    start_ = fields.number(8);
    const uint64_t max_direct = fields.number(8), max_bits = fields.number(2);
    fields.skip(2);
    root_ = fields.number(8);
    n_rows_ = fields.number(2);
    if (!std::has_single_bit(width_) || !std::has_single_bit(start_) || !std::has_single_bit(max_direct) ||
        start_ < 64 || max_direct < start_ || max_direct > uint64_t{1} << 31 || max_bits > 64 ||
        max_bits < static_cast<uint64_t>(std::countr_zero(max_direct)) || id_bytes_ < 2 || id_bytes_ > 64 ||
        max_managed == 0 || width_ > 1024 || n_rows_ > 64)
      place_.fail("blocks of sizes that cannot be");
    max_direct_rows_ = static_cast<uint64_t>(std::countr_zero(max_direct) - std::countr_zero(start_)) + 2;
    offset_bytes_ = (max_bits + 7) / 8;
    length_bytes_ =
        std::min((static_cast<uint64_t>(std::countr_zero(max_direct)) + 7) / 8, bytes_for(max_managed));
    max_object_ = std::min(max_managed, max_direct);
    if (1 + offset_bytes_ + length_bytes_ > id_bytes_) place_.fail("identifiers that are too short");
    if (huge_tree != kUndefinedAddress) list_huge_objects(huge_tree);
  }

  uint64_t id_bytes() const { return id_bytes_; }

  /// The bytes of the object with that identifier.
  std::vector<uint8_t> object(std::span<const uint8_t> id) {
    enum Kind : uint64_t { managed = 0, huge = 1, tiny = 2 };
    Fields fields(id, place_);
    const uint64_t first = fields.number(1);
    if (first >> 6 != 0) place_.fail("an identifier of another version");
    switch (first >> 4 & 3) {
      case managed: {
        const uint64_t offset = fields.number(offset_bytes_), size = fields.number(length_bytes_);
        return managed_object(offset, size);
      }
      case huge: {
        const auto known = huge_.find(fields.number(std::min<uint64_t>(8, id_bytes_ - 1)));
        if (known == huge_.end()) place_.fail("an identifier of no object");
        return blocks_.read(known->second.first, known->second.second, place_);
      }
      case tiny: {
        const auto bytes = fields.bytes(std::min<uint64_t>((first & 0xf) + 1, fields.left()));
        return {bytes.begin(), bytes.end()};
      }
      default:
        place_.fail("an identifier of a kind that HDF5 does not know");
    }
  }

 private:
  void list_huge_objects(uint64_t tree_address) {
    RecordTree tree(blocks_, tree_address);
    if (tree.type() != kHugeObject) place_.fail("large objects that are listed in another way");
    tree.for_each([&](Record record) {
      Fields fields(record, place_);
      const uint64_t address = fields.number(8), size = fields.number(8), id = fields.number(8);
      huge_[id] = {address, size};
    });
  }

  std::vector<uint8_t> managed_object(uint64_t offset, uint64_t size) {
    if (offset == 0 || offset > managed_bytes_ || size == 0 || size > max_object_)
      place_.fail(fmt::format("an object of {} bytes at {}", size, offset));
    uint64_t block = root_, block_offset = 0, block_bytes = start_, n_rows = n_rows_;
    while (n_rows > 0) {
      const uint64_t inside = offset - block_offset;
      const uint64_t row =
          inside < width_ * start_ ? 0 : static_cast<uint64_t>(std::bit_width(inside / (width_ * start_)));
      if (row >= n_rows || row > 60) place_.fail("an object outside its blocks");
      const uint64_t row_begin = row == 0 ? 0 : width_ * start_ << (row - 1);
      block_bytes = row == 0 ? start_ : start_ << (row - 1);
      const uint64_t column = (inside - row_begin) / block_bytes;
      const StructurePlace place{blocks_.where(), block, "heap block"};
      Fields fields(indirect_block(block, n_rows, place), place);
      fields.skip(13 + offset_bytes_ + 8 * (row * width_ + column));
      block = fields.number(8);
      block_offset += row_begin + column * block_bytes;
      if (row < max_direct_rows_) break;
      const int rows = std::countr_zero(block_bytes) - std::countr_zero(start_ * width_) + 1;
      if (rows <= 0) place_.fail("blocks of sizes that cannot be");
      n_rows = static_cast<uint64_t>(rows);
    }
    const uint64_t inside = offset - block_offset;
    if (inside > block_bytes || size > block_bytes - inside) place_.fail("an object that leaves its block");
    const StructurePlace place{blocks_.where(), block, "heap block"};
    const auto object = std::span(direct_block(block, block_bytes, place)).subspan(inside, size);
    return {object.begin(), object.end()};
  }

  /// Pointers to blocks, row by row.
  const std::vector<uint8_t>& indirect_block(uint64_t address, uint64_t n_rows, const StructurePlace& place) {
    if (const auto known = known_.find(address); known != known_.end()) return known->second;
    auto bytes = blocks_.read(address, 13 + offset_bytes_ + 8 * width_ * n_rows + 4, place);
    if (!ends_with_checksum(bytes)) place.fail(kWrongChecksum);
    Fields(bytes, place).expect("FHIB");
    return known_.emplace(address, std::move(bytes)).first->second;
  }

  /// Objects; the checksum stands in front of them and counts as 0.
  const std::vector<uint8_t>& direct_block(uint64_t address, uint64_t size, const StructurePlace& place) {
    if (const auto known = known_.find(address); known != known_.end()) {
      if (known->second.size() < size) place.fail("a block of two sizes");
      return known->second;
    }
    auto bytes = blocks_.read(address, size, place);
    Fields fields(bytes, place);
    fields.expect("FHDB");
    if (checksums_) {
      const size_t at = 13 + offset_bytes_;
      fields.skip(at - fields.at());
      const uint64_t stored = fields.number(4);
      std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(at), 4, uint8_t{0});
      if (metadata_checksum(bytes) != stored) place.fail(kWrongChecksum);
    }
    return known_.emplace(address, std::move(bytes)).first->second;
  }

  Blocks& blocks_;
  StructurePlace place_;
  uint64_t id_bytes_ = 0, width_ = 0, start_ = 0, root_ = 0, n_rows_ = 0;
  uint64_t max_direct_rows_ = 0, offset_bytes_ = 0, length_bytes_ = 0;
  uint64_t managed_bytes_ = 0, max_object_ = 0;
  bool checksums_ = false;                                            ///< of blocks with objects
  std::unordered_map<uint64_t, std::vector<uint8_t>> known_;          ///< blocks by address
  std::unordered_map<uint64_t, std::pair<uint64_t, uint64_t>> huge_;  ///< address and size by identifier
};

/// The messages of the records of one type; `order_bytes` is the width of the largest creation order.
void visit_messages(const RawFile& file, const Message& info, RecordType type, size_t order_bytes,
                    const std::function<void(Fields&)>& visit, const Location& where) {
  const StructurePlace place{where, info.address, type == kLinkName ? "list of links" : "list of attributes"};
  Fields fields(info.body, place);
  if (fields.number(1) != 0) place.fail("a version that is not 0");
  const uint64_t flags = fields.number(1);
  if ((flags & 1) != 0) fields.skip(order_bytes);
  const uint64_t heap_address = fields.number(8), tree_address = fields.number(8);
  const uint64_t order_address = (flags & 2) != 0 ? fields.number(8) : kUndefinedAddress;
  if (heap_address == kUndefinedAddress && tree_address == kUndefinedAddress &&
      order_address == kUndefinedAddress)
    return;
  if (heap_address == kUndefinedAddress || tree_address == kUndefinedAddress ||
      ((flags & 2) != 0 && order_address == kUndefinedAddress))
    place.fail("a heap without its index, or an index without its heap");
  Blocks blocks(file, where);
  FractalHeap heap(blocks, heap_address);
  RecordTree tree(blocks, tree_address);
  if (order_address != kUndefinedAddress) {
    RecordTree order(blocks, order_address);
    if (order.type() != (type == kLinkName ? kLinkOrder : kAttributeOrder))
      place.fail("a tree of another kind");
    order.for_each([](Record) {});
    if (order.n_records() != tree.n_records()) place.fail("two indexes of different lengths");
  }
  if (tree.type() != type) place.fail("a tree of another kind");
  tree.for_each([&](Record record) {
    Fields record_fields(record, place);
    if (type == kLinkName) record_fields.skip(4);
    const auto id = record_fields.bytes(heap.id_bytes());
    if (type == kAttributeName && (record_fields.number(1) & 2) != 0)
      place.fail("a message that is shared in a way that zerocell does not read");
    const std::vector<uint8_t> bytes = heap.object(id);
    Fields message(bytes, place);
    visit(message);
  });
}

}  // namespace

void visit_dense_links(const RawFile& file, const Message& info, const std::function<void(Fields&)>& visit,
                       const Location& where) {
  visit_messages(file, info, kLinkName, 8, visit, where);
}

void visit_dense_attributes(const RawFile& file, const Message& info,
                            const std::function<void(Fields&)>& visit, const Location& where) {
  visit_messages(file, info, kAttributeName, 2, visit, where);
}

}  // namespace zerocell::hdf5
