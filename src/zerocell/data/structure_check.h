#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "zerocell/data/hdf5_messages.h"
#include "zerocell/data/object_header.h"

namespace zerocell::hdf5 {

/// Numbers of a file's superblock.
struct Superblock {
  uint64_t root_address = 0;  ///< header of the root group
  uint64_t extension_address = kUndefinedAddress;
  uint64_t group_leaf_k = 4;  ///< a node of a group's names holds at most twice as many
};

/// Looks at the structures of a file before the library does.
///
/// HDF5 1.10 trusts what it decodes: one damaged byte in a type, an index or a heap can end the program or
/// keep it busy for ever. Each object is looked at once, when it is about to be opened: all messages of its
/// header, the names of a group, the index of chunks, checksums included. Callers hold the
/// Lock.
class StructureCheck {
 public:
  /// Reads the superblock; throws where the library would not get along with the file. `file` must live
  /// longer.
  StructureCheck(const RawFile& file, const Location& where);

  const Superblock& superblock() const { return superblock_; }
  /// Throws unless the object whose header is at `address` can be handed to the library.
  void object(uint64_t address, const Location& where);
  /// Names of the members of the group whose header is at `address`, sorted. The library frees what it never
  /// allocated where it meets a fault in the middle of such a list.
  std::vector<std::string> names(uint64_t address, const Location& where) const;

 private:
  void check_header(uint64_t address, const Location& where);
  StoredType committed_type(uint64_t address, const Location& where);

  const RawFile& file_;
  Superblock superblock_;
  std::unordered_set<uint64_t> sound_;
  std::vector<uint64_t> waiting_;  ///< committed types that objects refer to
};

/// The members of a group in the form of HDF5 1.6: a B-tree of symbol table nodes and a heap of names.
struct SymbolTable {
  uint64_t tree_address, heap_address, leaf_k;
};
/// Checks all of it and calls visit for each member's name.
void visit_symbol_table(const RawFile& file, const SymbolTable& table,
                        const std::function<void(std::string)>& visit, const Location& where);
/// A B-tree of version 1 that lists chunks of `rank` dimensions, the size of an element among them.
void check_chunk_tree(const RawFile& file, uint64_t address, size_t rank, const Location& where);
/// The links of a group, or the attributes of an object, that are too many for its header: calls visit for
/// each message. `info` is the message of the header that says where they stand.
void visit_dense_links(const RawFile& file, const Message& info, const std::function<void(Fields&)>& visit,
                       const Location& where);
void visit_dense_attributes(const RawFile& file, const Message& info,
                            const std::function<void(Fields&)>& visit, const Location& where);

}  // namespace zerocell::hdf5
