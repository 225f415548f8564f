#include "zerocell/checkpoint/unpickler.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "zerocell/core/error.h"
#include "zerocell/core/utf8.h"

namespace zerocell {
namespace {

constexpr size_t kMaxBytes = size_t{1} << 28;
constexpr size_t kMaxValues = size_t{1} << 22;
constexpr uint32_t kNothing = ~uint32_t{0};  // an unused place of the memo

}  // namespace

void Unpickler::fail(const std::string& found) const {
  throw Error::data({.read = path_,
                     .expected = "a Python pickle of plain values and tensors",
                     .found = fmt::format("{} at byte {}", found, at_),
                     .advice = "The file is damaged, cut off or of another kind"});
}

Pickle Unpickler::run() {
  if (bytes_.size() > kMaxBytes) bytes_ = bytes_.first(kMaxBytes);
  if (bytes_.empty() || take_number<uint8_t>() != 0x80) fail("another first byte");
  const auto protocol = take_number<uint8_t>();
  if (protocol < 2 || protocol > 5) fail(fmt::format("protocol {} (2 to 5 are read)", protocol));
  while (step(take_number<uint8_t>())) {
  }
  pickle_.root_ = pop();
  if (!stack_.empty() || !marks_.empty()) fail("values left over");
  pickle_.n_bytes_ = at_;
  return std::move(pickle_);
}

Bytes Unpickler::take(size_t n) {
  if (n > bytes_.size() - at_) fail(bytes_.size() == kMaxBytes ? "a pickle beyond 256 MB" : "the end");
  at_ += n;
  return bytes_.subspan(at_ - n, n);
}

std::string_view Unpickler::take_line() {
  const auto rest = as_text(bytes_.subspan(at_));
  const auto length = rest.find('\n');
  if (length == std::string_view::npos) fail("a name without end");
  at_ += length + 1;
  return rest.substr(0, length);
}

uint32_t Unpickler::add(PickleValue value) {
  if (pickle_.values_.size() == kMaxValues) fail(fmt::format("more than {} values", kMaxValues));
  pickle_.values_.push_back(std::move(value));
  return static_cast<uint32_t>(pickle_.values_.size() - 1);
}

void Unpickler::make_opaque(std::string_view class_name) {
  make({.kind = PickleKind::opaque, .text = class_name});
}

void Unpickler::make_text(std::string_view text) {
  if (valid_utf8(text) != text) {
    if (takes_data_classes()) return make_opaque();  // half a surrogate pair, which Python's texts may hold
    fail("text that is not UTF-8");
  }
  make({.kind = PickleKind::text, .text = text});
}

uint32_t Unpickler::top() const {
  if (stack_.size() == (marks_.empty() ? 0 : marks_.back())) fail("an operation without its value");
  return stack_.back();
}

uint32_t Unpickler::pop() {
  const uint32_t number = top();
  stack_.pop_back();
  return number;
}

std::vector<uint32_t> Unpickler::pop_n(size_t n) {
  const size_t base = marks_.empty() ? 0 : marks_.back();
  if (stack_.size() - base < n) fail("an operation without its values");
  std::vector<uint32_t> items(stack_.end() - static_cast<ptrdiff_t>(n), stack_.end());
  stack_.resize(stack_.size() - n);
  return items;
}

std::vector<uint32_t> Unpickler::pop_to_mark() {
  if (marks_.empty()) fail("an operation without its mark");
  auto items = pop_n(stack_.size() - marks_.back());
  marks_.pop_back();
  return items;
}

/// Adds entries to the container on top of the stack; opaque objects keep none.
void Unpickler::extend(PickleKind kind, const std::vector<uint32_t>& items) {
  if (kind == PickleKind::dict && items.size() % 2 != 0) fail("a key without value");
  PickleValue& value = pickle_.values_[top()];
  if (value.kind == PickleKind::opaque) return;
  if (value.kind != kind) fail("an entry of something that has none");
  value.items.insert(value.items.end(), items.begin(), items.end());
}

void Unpickler::remember(size_t slot) {
  // Picklers number the memo from 0 on, with at least one byte each.
  if (slot >= bytes_.size()) fail("a memo beyond its size");
  if (slot >= memo_.size()) memo_.resize(slot + 1, kNothing);
  memo_[slot] = top();
}

void Unpickler::recall(size_t slot) {
  if (slot >= memo_.size() || memo_[slot] == kNothing) fail("a memo that was never written");
  push(memo_[slot]);
}

bool Unpickler::step(uint8_t opcode) {
  switch (opcode) {
    case '.':  // STOP
      return false;
    case 0x95:  // FRAME: a hint about buffering
      take(8);
      return true;
    case '(':  // MARK
      marks_.push_back(stack_.size());
      return true;
    case '0':  // POP
      if (!marks_.empty() && stack_.size() == marks_.back()) {
        marks_.pop_back();
      } else {
        pop();
      }
      return true;
    case '1':  // POP_MARK
      pop_to_mark();
      return true;
    case '2':  // DUP
      push(top());
      return true;
    case 'q':  // BINPUT
      remember(take_number<uint8_t>());
      return true;
    case 'r':  // LONG_BINPUT
      remember(take_number<uint32_t>());
      return true;
    case 0x94:  // MEMOIZE
      remember(memo_.size());
      return true;
    case 'h':  // BINGET
      recall(take_number<uint8_t>());
      return true;
    case 'j':  // LONG_BINGET
      recall(take_number<uint32_t>());
      return true;
    default:
      if (step_number(opcode) || step_text(opcode) || step_container(opcode) || step_object(opcode) ||
          (takes_data_classes() && step_data_object(opcode)))
        return true;
      --at_;
      fail(fmt::format("the operation 0x{:02x}, which plain values do not need,", opcode));
  }
}

bool Unpickler::step_number(uint8_t opcode) {
  const auto integer = [this](int64_t value) { make({.kind = PickleKind::integer, .integer = value}); };
  switch (opcode) {
    case 'N':
      make({});
      return true;
    case 0x88:  // NEWTRUE
    case 0x89:  // NEWFALSE
      make({.kind = PickleKind::boolean, .integer = opcode == 0x88});
      return true;
    case 'J':
      integer(take_number<int32_t>());
      return true;
    case 'K':
      integer(take_number<uint8_t>());
      return true;
    case 'M':
      integer(take_number<uint16_t>());
      return true;
    case 0x8a:  // LONG1
      long_integer(take_number<uint8_t>());
      return true;
    case 0x8b:  // LONG4
      long_integer(take_number<uint32_t>());
      return true;
    case 'G': {  // BINFLOAT, big-endian
      const auto bits = __builtin_bswap64(take_number<uint64_t>());
      make({.kind = PickleKind::real, .real = std::bit_cast<double>(bits)});
      return true;
    }
    default:
      return false;
  }
}

/// Two's complement, little-endian, of as many bytes as needed.
void Unpickler::long_integer(uint64_t length) {
  const Bytes digits = take(length);
  if (length > 8) {
    if (takes_data_classes()) return make_opaque("int");  // of a UUID, the state of a random generator
    fail("an integer beyond 64 bits");
  }
  uint64_t value = length > 0 && (static_cast<uint8_t>(digits.back()) & 0x80) != 0 ? ~uint64_t{0} : 0;
  for (size_t i = length; i > 0; --i) value = (value << 8) | static_cast<uint8_t>(digits[i - 1]);
  make({.kind = PickleKind::integer, .integer = static_cast<int64_t>(value)});
}

bool Unpickler::step_text(uint8_t opcode) {
  const auto bytes = [this](std::string_view value) { make({.kind = PickleKind::bytes, .text = value}); };
  switch (opcode) {
    case 0x8c:  // SHORT_BINUNICODE
      make_text(take_counted(take_number<uint8_t>()));
      return true;
    case 'X':  // BINUNICODE
      make_text(take_counted(take_number<uint32_t>()));
      return true;
    case 0x8d:  // BINUNICODE8
      make_text(take_counted(take_number<uint64_t>()));
      return true;
    case 'C':  // SHORT_BINBYTES
      bytes(take_counted(take_number<uint8_t>()));
      return true;
    case 'B':  // BINBYTES
      bytes(take_counted(take_number<uint32_t>()));
      return true;
    case 0x8e:  // BINBYTES8
      bytes(take_counted(take_number<uint64_t>()));
      return true;
    default:
      return false;
  }
}

bool Unpickler::step_container(uint8_t opcode) {
  const auto tuple = [this](std::vector<uint32_t> items) {
    make({.kind = PickleKind::tuple, .items = std::move(items)});
  };
  switch (opcode) {
    case ')':
      tuple({});
      return true;
    case 0x85:
    case 0x86:
    case 0x87:
      tuple(pop_n(opcode - 0x84u));
      return true;
    case 't':
      tuple(pop_to_mark());
      return true;
    case ']':
      make({.kind = PickleKind::list});
      return true;
    case '}':
      make({.kind = PickleKind::dict});
      return true;
    case 'a':  // APPEND
      extend(PickleKind::list, pop_n(1));
      return true;
    case 'e':  // APPENDS
      extend(PickleKind::list, pop_to_mark());
      return true;
    case 's':  // SETITEM
      extend(PickleKind::dict, pop_n(2));
      return true;
    case 'u':  // SETITEMS
      extend(PickleKind::dict, pop_to_mark());
      return true;
    default:
      return false;
  }
}

}  // namespace zerocell
