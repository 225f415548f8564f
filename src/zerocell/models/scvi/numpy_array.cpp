#include "zerocell/models/scvi/numpy_array.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/checkpoint/utf32.h"
#include "zerocell/core/error.h"
#include "zerocell/core/utf8.h"

namespace zerocell {
namespace {

/// The array's state: (version, shape, dtype, is in Fortran's order, content).
struct ArrayParts {
  size_t size = 0;
  std::string_view type;  ///< "O8", "U12", "i8"
  bool big_endian = false;
  const PickleValue* content = nullptr;
};

class TextReader {
 public:
  TextReader(const Pickle& pickle, const std::string& what, size_t most_bytes)
      : pickle_(pickle), what_(what), most_bytes_(most_bytes) {}

  std::vector<std::string> read(const PickleValue& value) {
    if (value.kind == PickleKind::list || value.kind == PickleKind::tuple) return items(value);
    const ArrayParts parts = open(value);
    if (parts.type.starts_with('O')) return objects(parts);
    if (parts.type.starts_with('U')) return wide_texts(parts);
    if (parts.type.starts_with('S')) return narrow_texts(parts);
    if (parts.type.starts_with('i') || parts.type.starts_with('u')) return whole_numbers(parts);
    if (parts.type.starts_with('f')) return numbers(parts);
    if (parts.type == "b1") return truths(parts);
    fail(fmt::format("values of type '{}'", shown(parts.type)));
  }

 private:
  [[noreturn]] void fail(const std::string& found) const {
    throw Error::data({what_, "a list of names", found, "The file is damaged or of another kind"});
  }

  ArrayParts open(const PickleValue& value) const {
    if (value.kind != PickleKind::array || value.items.empty()) fail(describe_value(value));
    const PickleValue& state = pickle_.item(value, 0);
    const PickleValue &shape = pickle_.item(state, 1), &type = pickle_.item(state, 2);
    if (shape.kind != PickleKind::tuple || shape.items.size() != 1) fail("an array of several dimensions");
    const PickleValue& size = pickle_.item(shape, 0);
    if (size.kind != PickleKind::integer || size.integer < 0 || type.kind != PickleKind::dtype)
      fail("an array without size or type");
    return {static_cast<size_t>(size.integer), type.text, type.integer != 0, &pickle_.item(state, 4)};
  }

  void add(std::vector<std::string>& names, std::string name) {
    // A text may be named again and again by a pickle: what is copied has a bound.
    n_bytes_ += name.size() + 1;
    if (n_bytes_ > most_bytes_) fail("far more text than the file has bytes");
    names.push_back(std::move(name));
  }

  std::vector<std::string> objects(const ArrayParts& parts) {
    if (parts.content->kind != PickleKind::list || parts.content->items.size() != parts.size)
      fail(fmt::format("an array that does not hold the {} names it says", parts.size));
    return items(*parts.content);
  }

  std::vector<std::string> items(const PickleValue& list) {
    std::vector<std::string> names;
    for (const uint32_t number : list.items) {
      const PickleValue& value = pickle_.value(number);
      const auto kind = value.kind;
      if (kind != PickleKind::text && kind != PickleKind::integer && kind != PickleKind::boolean &&
          kind != PickleKind::real)
        fail(fmt::format("{} at place {}", describe_value(value), names.size()));
      add(names, kind == PickleKind::text ? std::string(value.text) : describe_value(value));
    }
    return names;
  }

  /// The content where it has `width` bytes an element.
  Bytes bytes(const ArrayParts& parts, size_t width) const {
    const auto n_bytes = multiply(parts.size, width);
    if (parts.content->kind != PickleKind::bytes || !n_bytes || parts.content->text.size() != *n_bytes)
      fail(fmt::format("an array that does not hold the {} values it says", parts.size));
    return as_bytes(parts.content->text);
  }

  size_t width_of(const ArrayParts& parts, size_t most) const {
    size_t width = 0;
    const auto* const end = parts.type.data() + parts.type.size();
    const auto [last, status] = std::from_chars(parts.type.data() + 1, end, width);
    if (status != std::errc() || last != end || width > most)
      fail(fmt::format("values of type '{}'", shown(parts.type)));
    return width;
  }

  /// UTF-32, filled up with zeros.
  std::vector<std::string> wide_texts(const ArrayParts& parts) {
    const size_t width = text_width(parts);
    const auto all = as_text(bytes(parts, 4 * width));
    std::vector<std::string> names;
    for (size_t i = 0; i < parts.size; ++i) {
      auto name = text_of_utf32(all.substr(4 * width * i, 4 * width), parts.big_endian);
      if (!name) fail("a name with a character that does not exist");
      add(names, std::move(*name));
    }
    return names;
  }

  /// Bytes, filled up with zeros.
  std::vector<std::string> narrow_texts(const ArrayParts& parts) {
    const size_t width = text_width(parts);
    const auto all = as_text(bytes(parts, width));
    std::vector<std::string> names;
    for (size_t i = 0; i < parts.size; ++i) {
      std::string name(all.substr(width * i, width));
      name.erase(name.find_last_not_of('\0') + 1);
      if (valid_utf8(name) != name) fail("a name that is not UTF-8");
      add(names, std::move(name));
    }
    return names;
  }

  size_t text_width(const ArrayParts& parts) const {
    constexpr size_t kMostCharacters = 1 << 16;
    const size_t width = width_of(parts, kMostCharacters);
    // Empty texts cost a file nothing, so that their number has no other bound.
    if (width == 0 && parts.size > 0) fail("names without any character");
    return width;
  }

  std::vector<std::string> truths(const ArrayParts& parts) {
    const Bytes all = bytes(parts, 1);
    std::vector<std::string> names;
    for (size_t i = 0; i < parts.size; ++i) add(names, all[i] != std::byte{0} ? "True" : "False");
    return names;
  }

  /// As a column of numbers in a data set is named.
  std::vector<std::string> numbers(const ArrayParts& parts) {
    const size_t width = width_of(parts, 8);
    if (width != 2 && width != 4 && width != 8) fail("numbers of another width");
    const Bytes all = bytes(parts, width);
    std::vector<std::string> names;
    for (size_t i = 0; i < parts.size; ++i) {
      std::array<std::byte, 8> value{};
      std::ranges::copy(all.subspan(i * width, width), value.begin());
      if (parts.big_endian) std::reverse(value.begin(), value.begin() + static_cast<ptrdiff_t>(width));
      const double x = width == 8   ? load<double>(value, 0)
                       : width == 4 ? static_cast<double>(load<float>(value, 0))
                                    : static_cast<double>(half_to_float(load<uint16_t>(value, 0)));
      add(names, fmt::format("{}", x));
    }
    return names;
  }

  std::vector<std::string> whole_numbers(const ArrayParts& parts) {
    const size_t width = width_of(parts, 8);
    if (width != 1 && width != 2 && width != 4 && width != 8) fail("whole numbers of another width");
    const Bytes all = bytes(parts, width);
    const bool is_signed = parts.type.front() == 'i';
    std::vector<std::string> names;
    for (size_t i = 0; i < parts.size; ++i) {
      uint64_t value = 0;
      for (size_t k = 0; k < width; ++k) {
        const size_t place = parts.big_endian ? k : width - 1 - k;  // from the highest byte on
        value = value << 8 | static_cast<uint8_t>(all[i * width + place]);
      }
      const int unused = static_cast<int>(64 - 8 * width);
      add(names, is_signed ? std::to_string(static_cast<int64_t>(value << unused) >> unused)
                           : std::to_string(value));
    }
    return names;
  }

  const Pickle& pickle_;
  const std::string& what_;
  size_t most_bytes_, n_bytes_ = 0;
};

}  // namespace

std::vector<std::string> numpy_texts(const Pickle& pickle, const PickleValue& value, const std::string& what,
                                     size_t most_bytes) {
  return TextReader(pickle, what, most_bytes).read(value);
}

std::string describe_value(const PickleValue& value) {
  switch (value.kind) {
    case PickleKind::none:
      return "None";
    case PickleKind::boolean:
      return value.integer != 0 ? "True" : "False";
    case PickleKind::integer:
      return std::to_string(value.integer);
    case PickleKind::real:
      return fmt::format("{}", value.real);
    case PickleKind::text:
      return shown(value.text);
    case PickleKind::tuple:
    case PickleKind::list:
    case PickleKind::dict:
      return value.items.empty() ? "an empty list or dictionary" : "a list or dictionary";
    case PickleKind::array:
      return "an array";
    case PickleKind::global:
    case PickleKind::opaque:
      return value.text.empty() ? "an object" : fmt::format("an object ({})", shown(value.text));
    default:
      return "an object";
  }
}

}  // namespace zerocell
