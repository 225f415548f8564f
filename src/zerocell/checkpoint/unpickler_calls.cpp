// What a pickle names and calls: the few things that state dictionaries and numpy scalars consist of.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/checkpoint/unpickler.h"
#include "zerocell/checkpoint/utf32.h"
#include "zerocell/core/error.h"
#include "zerocell/core/utf8.h"

namespace zerocell {
namespace {

struct KnownGlobal {
  std::string_view module, name;
  PickleGlobal global;
};

constexpr std::array kKnown = {
    KnownGlobal{"collections", "OrderedDict", PickleGlobal::ordered_dict},
    KnownGlobal{"torch._utils", "_rebuild_tensor_v2", PickleGlobal::rebuild_tensor},
    KnownGlobal{"torch._utils", "_rebuild_parameter", PickleGlobal::rebuild_parameter},
    KnownGlobal{"torch", "DoubleStorage", PickleGlobal::storage_type},
    KnownGlobal{"torch", "FloatStorage", PickleGlobal::storage_type},
    KnownGlobal{"torch", "HalfStorage", PickleGlobal::storage_type},
    KnownGlobal{"torch", "BFloat16Storage", PickleGlobal::storage_type},
    KnownGlobal{"torch", "LongStorage", PickleGlobal::storage_type},
    KnownGlobal{"torch", "IntStorage", PickleGlobal::storage_type},
    KnownGlobal{"torch", "ShortStorage", PickleGlobal::storage_type},
    KnownGlobal{"torch", "CharStorage", PickleGlobal::storage_type},
    KnownGlobal{"torch", "ByteStorage", PickleGlobal::storage_type},
    KnownGlobal{"torch", "BoolStorage", PickleGlobal::storage_type},
    KnownGlobal{"torch.storage", "UntypedStorage", PickleGlobal::storage_type},
    KnownGlobal{"numpy", "dtype", PickleGlobal::numpy_dtype},
    KnownGlobal{"numpy.core.multiarray", "scalar", PickleGlobal::numpy_scalar},
    KnownGlobal{"numpy._core.multiarray", "scalar", PickleGlobal::numpy_scalar},
    KnownGlobal{"_codecs", "encode", PickleGlobal::encode},  // of bytes in protocol 2
};

/// Beside those above, with PickleNames::data_classes.
constexpr std::array kKnownDataClasses = {
    KnownGlobal{"collections", "defaultdict", PickleGlobal::default_dict},
    KnownGlobal{"numpy.core.multiarray", "_reconstruct", PickleGlobal::numpy_array},
    KnownGlobal{"numpy._core.multiarray", "_reconstruct", PickleGlobal::numpy_array},
    KnownGlobal{"builtins", "bytes", PickleGlobal::byte_type},
    KnownGlobal{"__builtin__", "bytes", PickleGlobal::byte_type},
};
/// Modules whose functions run commands, load code or change files. Nothing of a pickle is ever run here; but
/// a file that names one of these is made to do harm where Python loads it, and its user should know.
constexpr std::array<std::string_view, 16> kHarmfulModules = {
    "os",    "posix", "nt",     "subprocess", "_posixsubprocess", "shutil", "sys",        "importlib",
    "runpy", "pty",   "ctypes", "_ctypes",    "socket",           "popen2", "webbrowser", "marshal"};
/// The same of Python's own functions.
constexpr std::array<std::string_view, 9> kHarmfulBuiltins = {
    "eval", "exec", "execfile", "compile", "open", "__import__", "breakpoint", "input", "file"};

template <size_t N>
const KnownGlobal* find_known(const std::array<KnownGlobal, N>& known, std::string_view module,
                              std::string_view name) {
  for (const KnownGlobal& candidate : known)
    if (candidate.module == module && candidate.name == name) return &candidate;
  return nullptr;
}

bool is_harmful(std::string_view module, std::string_view name) {
  if (module == "builtins" || module == "__builtin__")
    return std::ranges::find(kHarmfulBuiltins, name) != kHarmfulBuiltins.end();
  return std::ranges::find(kHarmfulModules, module.substr(0, module.find('.'))) != kHarmfulModules.end();
}

template <class T>
double real_of(std::string_view bytes) {
  return static_cast<double>(load<T>(as_bytes(bytes), 0));
}
template <class T>
int64_t integer_of(std::string_view bytes) {
  return static_cast<int64_t>(load<T>(as_bytes(bytes), 0));
}

}  // namespace

void Unpickler::refuse(std::string_view module, std::string_view name) const {
  throw Error::data({.read = path_,
                     .expected = "a pickle of tensors, ordered dictionaries and plain values",
                     .found = fmt::format("'{}.{}' named in it", shown(module), shown(name)),
                     .advice =
                         "Such a file could run code when Python loads it, so it is not read (nothing was "
                         "run). Get the weights as safetensors, or save the state dictionary alone"});
}

bool Unpickler::step_object(uint8_t opcode) {
  switch (opcode) {
    case 'c': {  // GLOBAL
      const auto module = take_line();
      global(module, take_line());
      return true;
    }
    case 0x93:  // STACK_GLOBAL
      stack_global();
      return true;
    case 'R':  // REDUCE
      call();
      return true;
    case 'b':  // BUILD
      build();
      return true;
    case 'Q': {  // BINPERSID
      const uint32_t id = pop();
      if (pickle_.values_[id].kind != PickleKind::tuple) fail("a storage without its description");
      make({.kind = PickleKind::storage, .items = {id}});
      return true;
    }
    default:
      return false;
  }
}

/// Operations of objects that plain values do not need: with PickleNames::data_classes alone.
bool Unpickler::step_data_object(uint8_t opcode) {
  switch (opcode) {
    case 0x81:  // NEWOBJ
      new_object(1);
      return true;
    case 0x92:  // NEWOBJ_EX: arguments with names as well
      new_object(2);
      return true;
    case 0x8f:  // EMPTY_SET
      make_opaque("set");
      return true;
    case 0x90:  // ADDITEMS
      pop_to_mark();
      top();
      return true;
    case 0x91:  // FROZENSET
      pop_to_mark();
      make_opaque("frozenset");
      return true;
    case 0x96:  // BYTEARRAY8
      make({.kind = PickleKind::bytes, .text = take_counted(take_number<uint64_t>())});
      return true;
    default:
      return false;
  }
}

void Unpickler::global(std::string_view module, std::string_view name) {
  const KnownGlobal* known = find_known(kKnown, module, name);
  if (known == nullptr && takes_data_classes()) {
    known = find_known(kKnownDataClasses, module, name);
    if (known == nullptr && !is_harmful(module, name))
      return make({.kind = PickleKind::global,
                   .integer = static_cast<int64_t>(PickleGlobal::foreign),
                   .text = valid_utf8(name) == name ? name : "a class"});
  }
  if (known == nullptr) refuse(module, name);
  make({.kind = PickleKind::global, .integer = static_cast<int64_t>(known->global), .text = known->name});
}

void Unpickler::stack_global() {
  const PickleValue &name = pickle_.values_[pop()], &module = pickle_.values_[pop()];
  if (name.kind != PickleKind::text || module.kind != PickleKind::text) fail("a name that is no text");
  global(module.text, name.text);
}

bool Unpickler::is_argument(const PickleValue& arguments, size_t i, PickleKind kind) const {
  return i < arguments.items.size() && pickle_.item(arguments, i).kind == kind;
}

const PickleValue& Unpickler::argument(const PickleValue& arguments, size_t i, PickleKind kind) const {
  if (!is_argument(arguments, i, kind)) fail("a call with other arguments than expected");
  return pickle_.item(arguments, i);
}

/// True where the call is one that call_known makes a value of; others are somebody's own, and opaque.
bool Unpickler::is_understood(PickleGlobal callee, const PickleValue& arguments) const {
  switch (callee) {
    case PickleGlobal::ordered_dict:
    case PickleGlobal::byte_type:
      return arguments.items.empty();
    case PickleGlobal::rebuild_parameter:
      return is_argument(arguments, 0, PickleKind::tensor);
    case PickleGlobal::numpy_dtype:
      return is_argument(arguments, 0, PickleKind::text);
    case PickleGlobal::numpy_scalar:
      return is_argument(arguments, 0, PickleKind::dtype) && is_argument(arguments, 1, PickleKind::bytes);
    case PickleGlobal::encode:
      return is_argument(arguments, 0, PickleKind::text) && is_argument(arguments, 1, PickleKind::text) &&
             pickle_.item(arguments, 1).text == "latin1";
    case PickleGlobal::storage_type:
    case PickleGlobal::foreign:
      return false;
    case PickleGlobal::rebuild_tensor:
    case PickleGlobal::default_dict:
    case PickleGlobal::numpy_array:
      return true;
  }
  return false;
}

void Unpickler::call() {
  const uint32_t arguments_number = pop(), callee_number = pop();
  const PickleValue& callee = pickle_.values_[callee_number];
  const PickleValue& arguments = pickle_.values_[arguments_number];
  const bool is_call = callee.kind == PickleKind::global && arguments.kind == PickleKind::tuple;
  if (takes_data_classes() &&
      !(is_call && is_understood(static_cast<PickleGlobal>(callee.integer), arguments)))
    return make_opaque(callee.kind == PickleKind::global || callee.kind == PickleKind::opaque
                           ? callee.text
                           : std::string_view());
  if (!is_call) fail("a call of no function");
  call_known(callee, arguments_number);
}

void Unpickler::call_known(const PickleValue& callee, uint32_t arguments_number) {
  const PickleValue& arguments = pickle_.values_[arguments_number];
  switch (static_cast<PickleGlobal>(callee.integer)) {
    case PickleGlobal::ordered_dict:
      if (!arguments.items.empty()) fail("an OrderedDict with arguments");
      return make({.kind = PickleKind::dict});
    case PickleGlobal::rebuild_tensor:
      return make({.kind = PickleKind::tensor, .items = {arguments_number}});
    case PickleGlobal::rebuild_parameter:
      argument(arguments, 0, PickleKind::tensor);
      return push(arguments.items[0]);
    case PickleGlobal::numpy_dtype:
      return make({.kind = PickleKind::dtype, .text = argument(arguments, 0, PickleKind::text).text});
    case PickleGlobal::numpy_scalar:
      return push(scalar(arguments));
    case PickleGlobal::encode:
      return push(encode(arguments));
    case PickleGlobal::default_dict:
      return make({.kind = PickleKind::dict});
    case PickleGlobal::numpy_array:
      return make({.kind = PickleKind::array});
    case PickleGlobal::byte_type:
      return make({.kind = PickleKind::bytes});
    case PickleGlobal::storage_type:
    case PickleGlobal::foreign:
      break;
  }
  fail(fmt::format("a call of '{}'", callee.text));
}

/// A class and its arguments: opaque, but for dictionaries. With PickleNames::data_classes alone.
void Unpickler::new_object(size_t n_arguments) {
  pop_n(n_arguments);
  const PickleValue& made = pickle_.values_[pop()];
  if (made.kind != PickleKind::global) return make_opaque();
  const auto global = static_cast<PickleGlobal>(made.integer);
  if (global == PickleGlobal::ordered_dict || global == PickleGlobal::default_dict)
    return make({.kind = PickleKind::dict});
  make_opaque(made.text);
}

void Unpickler::build() {
  const uint32_t state_number = pop();
  const PickleValue& state = pickle_.values_[state_number];
  PickleValue& target = pickle_.values_[top()];
  if (target.kind == PickleKind::dict) return;  // attributes of an OrderedDict, such as _metadata
  if (target.kind == PickleKind::opaque) return;
  if (target.kind == PickleKind::array && state.kind == PickleKind::tuple && state.items.size() == 5 &&
      target.items.empty()) {
    target.items = {state_number};
    return;
  }
  if (target.kind == PickleKind::dtype && state.kind == PickleKind::tuple &&
      (!takes_data_classes() || is_argument(state, 1, PickleKind::text))) {
    target.integer = argument(state, 1, PickleKind::text).text == ">";
    return;
  }
  if (takes_data_classes()) {
    // Somebody's own type with attributes: what a shared value becomes, it is for all who name it.
    if (target.kind == PickleKind::array || target.kind == PickleKind::dtype)
      target = {.kind = PickleKind::opaque};
    return;
  }
  fail(target.kind == PickleKind::array ? "an array without shape, type and content"
                                        : "attributes of something that has none");
}

/// numpy's scalar(dtype, bytes).
uint32_t Unpickler::scalar(const PickleValue& arguments) {
  const PickleValue& dtype = argument(arguments, 0, PickleKind::dtype);
  const std::string_view stored = argument(arguments, 1, PickleKind::bytes).text, name = dtype.text;
  std::string bytes(stored.substr(0, std::min<size_t>(stored.size(), 9)));  // 9: too many, for the message
  if (dtype.integer != 0) std::reverse(bytes.begin(), bytes.end());
  const auto is = [&](std::string_view code) {
    return name == code && stored.size() == static_cast<size_t>(code[1] - '0');
  };
  const auto integer = [this](int64_t value) { return add({.kind = PickleKind::integer, .integer = value}); };
  const auto real = [this](double value) { return add({.kind = PickleKind::real, .real = value}); };
  if (is("i1")) return integer(integer_of<int8_t>(bytes));
  if (is("i2")) return integer(integer_of<int16_t>(bytes));
  if (is("i4")) return integer(integer_of<int32_t>(bytes));
  if (is("i8")) return integer(integer_of<int64_t>(bytes));
  if (is("u1")) return integer(integer_of<uint8_t>(bytes));
  if (is("u2")) return integer(integer_of<uint16_t>(bytes));
  if (is("u4")) return integer(integer_of<uint32_t>(bytes));
  if (is("u8") && integer_of<int64_t>(bytes) >= 0) return integer(integer_of<int64_t>(bytes));
  if (is("f2")) return real(half_to_float(load<uint16_t>(as_bytes(bytes), 0)));
  if (is("f4")) return real(real_of<float>(bytes));
  if (is("f8")) return real(real_of<double>(bytes));
  if (is("b1")) return add({.kind = PickleKind::boolean, .integer = bytes[0] != 0});
  if (takes_data_classes()) {
    if (name.starts_with('U')) return wide_text(stored, dtype.integer != 0);
    return add({.kind = PickleKind::opaque, .text = "a numpy scalar"});  // dates, complex numbers ...
  }
  fail(fmt::format("a numpy scalar of type '{}' in {} bytes", shown(name), stored.size()));
}

/// A numpy.str_.
uint32_t Unpickler::wide_text(std::string_view stored, bool big_endian) {
  count_copied(stored.size());
  auto text = text_of_utf32(stored, big_endian);
  if (!text) return add({.kind = PickleKind::opaque, .text = "a numpy scalar"});
  return keep_text(PickleKind::text, std::move(*text));
}

/// One text may be named again and again; what is written out must not outgrow the file.
void Unpickler::count_copied(size_t n_bytes) {
  n_copied_ += n_bytes;
  if (n_copied_ > bytes_.size()) fail("more bytes than the file holds");
}

uint32_t Unpickler::keep_text(PickleKind kind, std::string text) {
  pickle_.texts_.push_back(std::move(text));
  return add({.kind = kind, .text = pickle_.texts_.back()});
}

/// Python's way to write bytes in protocol 2: _codecs.encode(text, "latin1").
uint32_t Unpickler::encode(const PickleValue& arguments) {
  const std::string_view text = argument(arguments, 0, PickleKind::text).text;
  if (argument(arguments, 1, PickleKind::text).text != "latin1")
    fail("bytes in another encoding than latin1");
  count_copied(text.size());
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    // Valid UTF-8 (checked): characters up to U+00FF are one byte, or C2 or C3 and another.
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte > 0xC3) {
      if (takes_data_classes()) return add({.kind = PickleKind::opaque});
      fail("a character that latin1 lacks");
    }
    bytes += byte < 0x80 ? text[i] : static_cast<char>((byte << 6 & 0xC0) | (text[++i] & 0x3F));
  }
  return keep_text(PickleKind::bytes, std::move(bytes));
}

}  // namespace zerocell
