#include "zerocell/data/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <string_view>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr uint64_t kMaxHeaderBytes = 1 << 16;

[[noreturn]] void fail(const ByteSource& source, const std::string& expected, const std::string& found,
                       const std::string& advice = "") {
  throw Error::data({.read = source.name, .expected = expected, .found = found, .advice = advice});
}

/// Reads the Python dictionary of a header: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
class HeaderParser {
 public:
  HeaderParser(const ByteSource& source, std::string_view text) : source_(source), text_(text) {}

  void parse(NpyHeader& header) {
    take('{');
    int seen_descr = 0, seen_order = 0, seen_shape = 0;
    while (!next_is('}')) {
      const std::string key = quoted();
      take(':');
      if (key == "descr" && ++seen_descr)
        parse_descr(header);
      else if (key == "fortran_order" && ++seen_order)
        header.fortran_order = boolean();
      else if (key == "shape" && ++seen_shape)
        parse_shape(header);
      else
        bad(fmt::format("the unknown key '{}'", key));
      if (!next_is('}')) take(',');
    }
    take('}');
    skip_space();
    if (!text_.empty()) bad("text after the header");
    if (seen_descr != 1 || seen_order != 1 || seen_shape != 1)
      bad("a header without exactly one descr, fortran_order and shape");
  }

 private:
  [[noreturn]] void bad(const std::string& found) { fail(source_, "the header of a .npy file", found); }
  void skip_space() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n' || text_[0] == '\t' || text_[0] == '\r'))
      text_.remove_prefix(1);
  }
  bool next_is(char c) {
    skip_space();
    return !text_.empty() && text_[0] == c;
  }
  void take(char c) {
    if (!next_is(c)) bad(fmt::format("no '{}' where one belongs", c));
    text_.remove_prefix(1);
  }
  bool take_word(std::string_view word) {
    skip_space();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  std::string quoted() {
    skip_space();
    const char quote = text_.empty() ? '\0' : text_[0];
    if (quote != '\'' && quote != '"') bad("no quoted text where it belongs");
    const size_t end = text_.find(quote, 1);
    if (end == std::string_view::npos) bad("a quotation without end");
    std::string value(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return value;
  }
  bool boolean() {
    if (take_word("True")) return true;
    if (take_word("False")) return false;
    bad("a fortran_order that is neither True nor False");
  }
  void parse_descr(NpyHeader& header) {
    if (next_is('['))
      fail(source_, "a plain array of numbers", "a structured array",
           "Save its columns side by side: "
           "numpy.lib.recfunctions.structured_to_unstructured(x)");
    const std::string descr = quoted();
    const auto unsupported = [&] {
      const bool complex = descr.size() > 1 && descr[1] == 'c';
      fail(source_, "an array of floats, integers or booleans",
           fmt::format("the data type '{}'{}", descr, complex ? " (complex numbers)" : ""),
           complex ? "Save real numbers, as numpy.hstack([x.real, x.imag])"
                   : "Save it with x.astype('float64')");
    };
    if (descr.size() < 3) unsupported();
    const char order = descr[0];
    header.kind = descr[1];
    header.item_size = 0;
    const auto [end, status] =
        std::from_chars(descr.data() + 2, descr.data() + descr.size(), header.item_size);
    if (status != std::errc() || end != descr.data() + descr.size()) unsupported();
    if (std::string_view("<>=|").find(order) == std::string_view::npos) unsupported();
    const size_t n = header.item_size;
    const bool known = (header.kind == 'f' && (n == 2 || n == 4 || n == 8)) ||
                       (header.kind == 'b' && n == 1) ||
                       ((header.kind == 'i' || header.kind == 'u') && (n == 1 || n == 2 || n == 4 || n == 8));
    if (!known) unsupported();
    constexpr bool kNativeBig = std::endian::native == std::endian::big;
    header.big_endian = order == '>' || (order == '=' && kNativeBig);
  }
  void parse_shape(NpyHeader& header) {
    take('(');
    header.shape.clear();
    while (!next_is(')')) {
      uint64_t extent = 0;
      skip_space();
      const auto [end, status] = std::from_chars(text_.data(), text_.data() + text_.size(), extent);
      if (status != std::errc()) bad("a shape that is not a tuple of whole numbers");
      text_.remove_prefix(static_cast<size_t>(end - text_.data()));
      if (!text_.empty() && text_[0] == 'L') text_.remove_prefix(1);  // Python 2 wrote 10L
      header.shape.push_back(extent);
      if (header.shape.size() > 32) bad("more than 32 axes");
      if (!next_is(')')) take(',');
    }
    take(')');
  }

  const ByteSource& source_;
  std::string_view text_;
};

float half_to_float(uint16_t h) {
  const uint32_t sign = static_cast<uint32_t>(h & 0x8000u) << 16;
  const uint32_t exponent = (h >> 10) & 31u, fraction = h & 1023u;
  if (exponent == 0) {  // zero and subnormal: fraction * 2^-24, exact in float
    const float magnitude = static_cast<float>(fraction) * 0x1.0p-24f;
    return sign ? -magnitude : magnitude;
  }
  const uint32_t bits = exponent == 31 ? sign | 0x7f800000u | (fraction << 13)
                                       : sign | ((exponent + 112) << 23) | (fraction << 13);
  return std::bit_cast<float>(bits);
}

/// The value at p, whatever its alignment and byte order.
template <class T>
T load(const char* p, bool swap) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, p, sizeof(T));
  if (swap) std::reverse(bytes, bytes + sizeof(T));
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

/// n consecutive items at `in` to out[0], out[stride], ...
template <class Out>
void convert_items(const NpyHeader& header, const char* in, size_t n, Out* out, size_t stride) {
  const bool swap = header.big_endian != (std::endian::native == std::endian::big);
  const auto convert = [&](auto stored, auto to_value) {
    using T = decltype(stored);
    for (size_t i = 0; i < n; ++i)
      out[i * stride] = static_cast<Out>(to_value(load<T>(in + i * sizeof(T), swap)));
  };
  const auto same = [](auto value) { return value; };
  const auto whole = [&](auto of_8, auto of_16, auto of_32, auto of_64) {
    if (header.item_size == 1) return convert(of_8, same);
    if (header.item_size == 2) return convert(of_16, same);
    if (header.item_size == 4) return convert(of_32, same);
    convert(of_64, same);
  };
  switch (header.kind) {
    case 'f':
      if (header.item_size == 2) return convert(uint16_t{}, half_to_float);
      if (header.item_size == 4) return convert(float{}, same);
      return convert(double{}, same);
    case 'i':
      return whole(int8_t{}, int16_t{}, int32_t{}, int64_t{});
    case 'u':
      return whole(uint8_t{}, uint16_t{}, uint32_t{}, uint64_t{});
    default:
      return convert(uint8_t{}, [](uint8_t value) { return value ? 1 : 0; });
  }
}

std::string shape_text(const std::vector<uint64_t>& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

template <class T>
DenseMatrix<T> read_rows(const ByteSource& source, const NpyHeader& header, size_t n, size_t d) {
  DenseMatrix<T> matrix(n, d);
  const bool by_column = header.fortran_order && d > 1;
  // A tile of rows is read column by column, so that both reads and writes stay close together.
  const size_t tile = by_column ? 8192 : std::max<size_t>(1, (size_t{1} << 20) / d);
  std::vector<char> buffer(std::min(tile, n) * (by_column ? 1 : d) * header.item_size);
  for (size_t first = 0; first < n; first += tile) {
    const size_t rows = std::min(tile, n - first);
    const auto load_run = [&](uint64_t item, size_t count, T* out, size_t stride) {
      const std::span<char> bytes(buffer.data(), count * header.item_size);
      source.read(header.data_offset + item * header.item_size, bytes);
      convert_items(header, bytes.data(), count, out, stride);
    };
    T* out = matrix.data() + first * d;
    if (!by_column) load_run(first * d, rows * d, out, 1);
    for (size_t column = 0; by_column && column < d; ++column)
      load_run(column * n + first, rows, out + column, d);
  }
  return matrix;
}

}  // namespace

NpyHeader read_npy_header(const ByteSource& source) {
  const std::string what = "a .npy file";
  if (source.size < 10) fail(source, what, fmt::format("{} bytes", source.size));
  char start[12] = {};
  source.read(0, std::span<char>(start, 10));
  if (std::string_view(start, kMagic.size()) != kMagic) fail(source, what, "another kind of file");
  const int version = static_cast<unsigned char>(start[6]);
  if (version < 1 || version > 3)
    fail(source, "version 1 to 3 of the .npy format", fmt::format("version {}", version));
  const uint64_t length_bytes = version == 1 ? 2 : 4, header_start = 8 + length_bytes;
  if (source.size < header_start) fail(source, what, "a file cut off in its header");
  source.read(0, std::span<char>(start, header_start));
  uint64_t length = 0;
  for (uint64_t i = 0; i < length_bytes; ++i)
    length |= static_cast<uint64_t>(static_cast<unsigned char>(start[8 + i])) << (8 * i);
  if (length > kMaxHeaderBytes) fail(source, what, fmt::format("a header of {} bytes", length));
  if (length > source.size - header_start) fail(source, what, "a file cut off in its header");
  std::string text(length, '\0');
  source.read(header_start, text);

  NpyHeader header;
  header.data_offset = header_start + length;
  HeaderParser(source, text).parse(header);
  const uint64_t available = (source.size - header.data_offset) / header.item_size;
  const bool empty = std::find(header.shape.begin(), header.shape.end(), 0) != header.shape.end();
  uint64_t n_items = empty ? 0 : 1;
  for (const uint64_t extent : header.shape) {
    if (empty) break;
    if (extent > available / n_items)
      fail(source, fmt::format("an array of shape {}", shape_text(header.shape)), "a file too short for it",
           "The file is cut off; copy or save it again");
    n_items *= extent;
  }
  if (n_items * header.item_size != source.size - header.data_offset)
    fail(source, fmt::format("an array of shape {}", shape_text(header.shape)),
         fmt::format("{} bytes too many", source.size - header.data_offset - n_items * header.item_size),
         "Save one array in the file");
  return header;
}

TableValues read_npy(const ByteSource& source, const NpyHeader& header) {
  const auto& shape = header.shape;
  if (shape.empty() || shape.size() > 2 || std::find(shape.begin(), shape.end(), 0) != shape.end())
    fail(source, "a matrix of cells x dimensions", fmt::format("an array of shape {}", shape_text(shape)));
  const size_t n = shape[0], d = shape.size() == 2 ? shape[1] : 1;
  const bool exact_in_float32 = header.item_size < 4 || (header.kind == 'f' && header.item_size == 4);
  if (exact_in_float32) return read_rows<float>(source, header, n, d);
  return read_rows<double>(source, header, n, d);
}

void write_npy(const std::string& path, const DenseMatrix<float>& matrix) {
  std::string header = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}",
                                   matrix.n_rows(), matrix.n_cols());
  const size_t start = kMagic.size() + 4;  // version and length
  header.append(64 - (start + header.size() + 1) % 64, ' ');
  header += '\n';
  AtomicFile file(path);
  std::string head(kMagic);
  head += {'\x01', '\x00', static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8)};
  file.write(head + header);
  const size_t n_values = matrix.n_rows() * matrix.n_cols();
  if constexpr (std::endian::native == std::endian::little) {
    file.write({reinterpret_cast<const char*>(matrix.data()), n_values * sizeof(float)});
  } else {
    std::string bytes;
    for (size_t i = 0; i < n_values; ++i) {
      const auto bits = std::bit_cast<uint32_t>(matrix.data()[i]);
      for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(bits >> shift);
    }
    file.write(bytes);
  }
  file.commit();
}

}  // namespace zerocell
