// Indexes of version 1: names of groups and places of chunks in B-trees. The library follows them without a
// look at levels or at the end of the heap of names. Layouts: HDF5 File Format Specification 3.0, sections
// III.A.1, III.B, III.D.
#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "zerocell/data/structure_check.h"

namespace zerocell::hdf5 {
namespace {

constexpr uint64_t kNodeHeaderBytes = 24, kSymbolBytes = 40, kHeapHeaderBytes = 32;
constexpr uint64_t kMaxLevel = 32;
constexpr uint64_t kNameTree = 0, kChunkTree = 1;
constexpr uint64_t kLastFreeBlock = 1;

/// Sound files hold each node once; overlapping nodes of a made-up file are read no more often than this.
class ReadBudget {
 public:
  explicit ReadBudget(const RawFile& file) : left_(2 * file.size()) {}
  std::vector<uint8_t> read(const RawFile& file, uint64_t address, uint64_t size,
                            const StructurePlace& place) {
    auto bytes = size <= left_ ? file.block(address, size, size) : std::nullopt;
    if (!bytes)
      place.fail(size <= left_ ? "one that reaches beyond the end of the file" : "nodes without an end");
    left_ -= size;
    return std::move(*bytes);
  }

 private:
  uint64_t left_;
};

struct TreeForm {
  uint64_t kind = kNameTree;
  uint64_t key_bytes = 8;
  std::function<void(Fields&)> check_key;
  std::function<void(uint64_t child, std::span<const uint8_t> key)> check_leaf;
};

struct NodeToVisit {
  uint64_t address, level;
};

/// All nodes below `address`, each one level lower than the one that leads to it.
void walk_tree(const RawFile& file, uint64_t address, const TreeForm& form, const Location& where) {
  ReadBudget budget(file);
  std::vector<NodeToVisit> waiting{{address, kMaxLevel + 1}};
  while (!waiting.empty()) {
    const auto [at, expected_level] = waiting.back();
    waiting.pop_back();
    const StructurePlace place{where, at, "B-tree"};
    const auto header = budget.read(file, at, kNodeHeaderBytes, place);
    Fields fields(header, place);
    fields.expect("TREE");
    const uint64_t kind = fields.number(1), level = fields.number(1), n = fields.number(2);
    if (kind != form.kind) place.fail("a tree of another kind");
    if (expected_level <= kMaxLevel ? level != expected_level : level > kMaxLevel)
      place.fail(fmt::format("a node of level {}", level));
    const auto bytes =
        budget.read(file, at + kNodeHeaderBytes, n * (form.key_bytes + 8) + form.key_bytes, place);
    Fields entries(bytes, place);
    for (uint64_t i = 0; i < n; ++i) {
      const auto key = std::span(bytes).subspan(entries.at(), form.key_bytes);
      Fields key_fields = entries.part(form.key_bytes);
      form.check_key(key_fields);
      const uint64_t child = entries.number(8);
      if (level == 0)
        form.check_leaf(child, key);
      else
        waiting.push_back({child, level - 1});
    }
    if (n > 0) form.check_key(entries);
  }
}

/// The names of a group's members, one after the other, and the free blocks between them.
class LocalHeap {
 public:
  LocalHeap(const RawFile& file, uint64_t address, const Location& where)
      : place_{where, address, "heap of names"} {
    const auto header = file.block(address, kHeapHeaderBytes, kHeapHeaderBytes);
    if (!header) place_.fail("one that reaches beyond the end of the file");
    Fields fields(*header, place_);
    fields.expect("HEAP");
    if (fields.number(1) != 0) place_.fail("a version that is not 0");
    fields.skip(3);
    const uint64_t size = fields.number(8), free = fields.number(8), data = fields.number(8);
    auto bytes = file.block(data, size, size);
    if (!bytes) place_.fail("names that reach beyond the end of the file");
    bytes_ = std::move(*bytes);
    const auto last = std::find(bytes_.rbegin(), bytes_.rend(), uint8_t{0});
    end_of_texts_ = static_cast<uint64_t>(bytes_.rend() - last);
    check_free_blocks(free);
  }

  /// The text that begins there; throws unless it ends inside the heap.
  std::string text(uint64_t offset) const {
    if (offset >= end_of_texts_) place_.fail(fmt::format("a name at {} that does not end in it", offset));
    return reinterpret_cast<const char*>(bytes_.data() + offset);
  }

 private:
  void check_free_blocks(uint64_t free) const {
    for (uint64_t n = 0; free != kLastFreeBlock && free != kUndefinedAddress; ++n) {
      if (n > bytes_.size() / 16 || bytes_.size() < 16 || free > bytes_.size() - 16)
        place_.fail("free blocks that lead out of it or in a circle");
      Fields block{std::span(bytes_).subspan(free, 16), place_};
      const uint64_t next = block.number(8), size = block.number(8);
      if (size < 16 || size > bytes_.size() - free) place_.fail("a free block that does not fit into it");
      free = next;
    }
  }

  StructurePlace place_;
  std::vector<uint8_t> bytes_;
  uint64_t end_of_texts_ = 0;
};

void visit_symbols(const std::vector<uint8_t>& bytes, const LocalHeap& heap,
                   const std::function<void(std::string)>& visit, const StructurePlace& place) {
  constexpr uint64_t kSoftLink = 2;
  Fields fields(bytes, place);
  while (fields.left() >= kSymbolBytes) {
    std::string name = heap.text(fields.number(8));
    fields.skip(8);
    const uint64_t cached = fields.number(4);
    fields.skip(4);
    if (cached == kSoftLink) {
      heap.text(fields.number(4));
      fields.skip(12);
    } else {
      fields.skip(16);
    }
    visit(std::move(name));
  }
}

}  // namespace

void visit_symbol_table(const RawFile& file, const SymbolTable& table,
                        const std::function<void(std::string)>& visit, const Location& where) {
  const LocalHeap heap(file, table.heap_address, where);
  ReadBudget budget(file);
  const auto visit_node = [&](uint64_t address, std::span<const uint8_t>) {
    const StructurePlace place{where, address, "list of names"};
    const auto header = budget.read(file, address, 8, place);
    Fields fields(header, place);
    fields.expect("SNOD");
    fields.skip(2);
    const uint64_t n = fields.number(2);
    if (n > 2 * table.leaf_k) place.fail(fmt::format("{} names where {} have room", n, 2 * table.leaf_k));
    visit_symbols(budget.read(file, address + 8, n * kSymbolBytes, place), heap, visit, place);
  };
  walk_tree(file, table.tree_address,
            {kNameTree, 8, [&](Fields& key) { heap.text(key.number(8)); }, visit_node}, where);
}

void check_chunk_tree(const RawFile& file, uint64_t address, size_t rank, const Location& where) {
  const auto check_chunk = [&](uint64_t chunk, std::span<const uint8_t> key) {
    const StructurePlace place{where, chunk, "chunk"};
    Fields fields(key, place);
    const uint64_t size = fields.number(4);
    if (chunk > file.size() || size > file.size() - chunk)
      place.fail("one that reaches beyond the end of the file");
  };
  walk_tree(file, address, {kChunkTree, 8 + 8 * rank, [](Fields&) {}, check_chunk}, where);
}

}  // namespace zerocell::hdf5
