#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zerocell/data/raw_file.h"

/// Object headers of HDF5 files: the messages that describe a group, a dataset or a committed type. Layout:
/// HDF5 File Format Specification 3.0, section IV.A.1.
namespace zerocell::hdf5 {

enum MessageType : unsigned {
  kDataspaceMessage = 0x01,
  kLinkInfoMessage = 0x02,
  kDatatypeMessage = 0x03,
  kOldFillValueMessage = 0x04,
  kFillValueMessage = 0x05,
  kLinkMessage = 0x06,
  kExternalFilesMessage = 0x07,
  kLayoutMessage = 0x08,
  kFiltersMessage = 0x0b,
  kAttributeMessage = 0x0c,
  kSharedMessagesMessage = 0x0f,
  kContinuationMessage = 0x10,
  kSymbolTableMessage = 0x11,
  kDriverMessage = 0x14,
  kAttributeInfoMessage = 0x15,
  kCacheImageMessage = 0x18,
};

struct Location;

struct Message {
  unsigned type = 0, flags = 0;
  uint64_t address = 0;  ///< of the body
  std::span<const uint8_t> body;

  bool shared() const { return (flags & 0x02) != 0; }
};

/// Calls visit for each message of the object header at `address` until it returns true. Says what is wrong
/// with the header; nothing when all messages, or all up to the last one asked for, could be read.
std::optional<std::string> walk_messages(const RawFile& file, uint64_t address,
                                         const std::function<bool(const Message&)>& visit);

/// Value of an attribute of the object whose header is at `address`, in the file's own form. Nothing when
/// there is none of that name and size.
std::optional<std::vector<uint8_t>> raw_attribute(const RawFile& file, uint64_t address,
                                                  const std::string& name, uint64_t n_bytes,
                                                  const Location& where);

/// Values of a dataset stored inside its object header (compact layout).
std::optional<std::vector<uint8_t>> raw_compact_values(const RawFile& file, uint64_t address,
                                                       uint64_t n_bytes);

}  // namespace zerocell::hdf5
