#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zerocell {

/// Which names a pickle may hold; others are refused by name. Nothing is ever called in Python's sense.
enum class PickleNames {
  tensors,       ///< of state dictionaries and numpy's scalars
  data_classes,  ///< all but those that run commands; objects of classes that are not known stay opaque
};

/// What a pickle may name.
enum class PickleGlobal {
  ordered_dict,
  rebuild_tensor,
  rebuild_parameter,
  storage_type,
  numpy_dtype,
  numpy_scalar,
  encode,
  default_dict,  ///< with PickleNames::data_classes alone, as those below
  numpy_array,   ///< numpy's _reconstruct
  byte_type,     ///< Python's bytes, which protocol 2 calls for an empty one
  foreign,       ///< any other class or function; what it makes is opaque
};

enum class PickleKind : uint8_t {
  none,
  boolean,  ///< integer
  integer,  ///< integer
  real,     ///< real
  text,     ///< text, valid UTF-8
  bytes,    ///< text
  tuple,    ///< items
  list,     ///< items
  dict,     ///< items: key, value, key, value ...
  global,   ///< integer: a PickleGlobal; text: its name without the module
  dtype,    ///< text: "f8"; integer: 1 for big-endian
  storage,  ///< items: its persistent id, a tuple
  tensor,   ///< items: the tuple of arguments of torch._utils._rebuild_tensor_v2
  array,    ///< items: numpy's state of it, a tuple (version, shape, dtype, order, content); none: not built
  opaque,   ///< an object of which nothing is kept but, in text, the name of its class; may be empty
};

/// One object of a pickle. Objects refer to each other by number, so that shared and even circular ones cost
/// nothing to keep or to destroy.
struct PickleValue {
  PickleKind kind = PickleKind::none;
  int64_t integer = 0;
  double real = 0;
  std::string_view text = {};
  std::vector<uint32_t> items = {};
};

/// The objects of a Python pickle (protocols 2 to 5), read without executing anything: calls are understood
/// for ordered dictionaries, tensors and numpy scalars alone, and with PickleNames::data_classes for numpy
/// arrays; what other classes and functions would make is opaque. Opcodes: Python's pickletools module.
///
/// Texts point into the bytes that were parsed, which must outlive the pickle.
class Pickle {
 public:
  /// Reads one pickle from the start of `bytes`; more may follow it. Throws Error(data) that begins with
  /// `path`.
  static Pickle parse(std::span<const std::byte> bytes, const std::string& path,
                      PickleNames names = PickleNames::tensors);

  const PickleValue& root() const { return values_[root_]; }
  const PickleValue& value(uint32_t number) const { return values_[number]; }
  const PickleValue& item(const PickleValue& of, size_t i) const { return values_[of.items[i]]; }
  const std::vector<PickleValue>& values() const { return values_; }
  /// The value of a text key of a dictionary, or null.
  const PickleValue* find(const PickleValue& dict, std::string_view key) const;
  /// Length of the pickle in bytes.
  size_t n_bytes() const { return n_bytes_; }

 private:
  friend class Unpickler;
  std::vector<PickleValue> values_;
  std::deque<std::string> texts_;  ///< those that are not spelled out in the file
  uint32_t root_ = 0;
  size_t n_bytes_ = 0;
};

}  // namespace zerocell
