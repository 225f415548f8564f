#include "zerocell/data/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
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
      fail(source_, "a plain array of numbers", "a structured array", "Save a plain float32 array");
    const std::string descr = quoted();
    const auto unsupported = [&] {
      fail(source_, "an array of floats, integers or booleans", fmt::format("the data type '{}'", descr),
           "Save it with array.astype('float32')");
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

/// The value at p, whatever its alignment and byte order, as float32.
template <class T, class Convert>
float load(const char* p, bool swap, Convert convert) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, p, sizeof(T));
  if (swap) std::reverse(bytes, bytes + sizeof(T));
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return convert(value);
}

template <class T, class Convert>
void convert_strided(const char* in, bool swap, size_t n, float* out, size_t stride, Convert convert) {
  for (size_t i = 0; i < n; ++i) out[i * stride] = load<T>(in + i * sizeof(T), swap, convert);
}

/// n consecutive items at `in` to out[0], out[stride], ...
void convert_items(const NpyHeader& header, const char* in, size_t n, float* out, size_t stride) {
  const bool swap = header.big_endian != (std::endian::native == std::endian::big);
  const auto cast = [](auto value) { return static_cast<float>(value); };
  // A double beyond float32 would be undefined as a cast; it becomes infinite and is refused with the rest.
  const auto narrow = [](double value) {
    constexpr double kMax = 3.4028235677973366e38;  // halfway between the largest float and 2^128
    return std::abs(value) < kMax || std::isnan(value) ? static_cast<float>(value)
                                                       : std::copysign(INFINITY, value);
  };
  const auto truth = [](uint8_t value) { return value ? 1.0f : 0.0f; };
  switch (header.kind) {
    case 'f':
      if (header.item_size == 2) return convert_strided<uint16_t>(in, swap, n, out, stride, half_to_float);
      if (header.item_size == 4) return convert_strided<float>(in, swap, n, out, stride, cast);
      return convert_strided<double>(in, swap, n, out, stride, narrow);
    case 'i':
      if (header.item_size == 1) return convert_strided<int8_t>(in, swap, n, out, stride, cast);
      if (header.item_size == 2) return convert_strided<int16_t>(in, swap, n, out, stride, cast);
      if (header.item_size == 4) return convert_strided<int32_t>(in, swap, n, out, stride, cast);
      return convert_strided<int64_t>(in, swap, n, out, stride, cast);
    case 'u':
      if (header.item_size == 1) return convert_strided<uint8_t>(in, swap, n, out, stride, cast);
      if (header.item_size == 2) return convert_strided<uint16_t>(in, swap, n, out, stride, cast);
      if (header.item_size == 4) return convert_strided<uint32_t>(in, swap, n, out, stride, cast);
      return convert_strided<uint64_t>(in, swap, n, out, stride, cast);
    default:
      return convert_strided<uint8_t>(in, swap, n, out, stride, truth);
  }
}

std::string shape_text(const std::vector<uint64_t>& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

void check_finite(const ByteSource& source, const DenseMatrix<float>& matrix) {
  for (size_t i = 0; i < matrix.n_rows(); ++i)
    for (size_t j = 0; j < matrix.n_cols(); ++j)
      if (!std::isfinite(matrix(i, j)))
        fail(source, "finite numbers within the range of float32",
             fmt::format("{} in row {}, column {} (counted from 0)",
                         std::isnan(matrix(i, j)) ? "NaN" : "an infinite or too large number", i, j));
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

DenseMatrix<float> read_npy(const ByteSource& source, size_t expected_rows) {
  const NpyHeader header = read_npy_header(source);
  const auto& shape = header.shape;
  if (shape.empty() || shape.size() > 2 || std::find(shape.begin(), shape.end(), 0) != shape.end())
    fail(source, "a matrix of cells x dimensions", fmt::format("an array of shape {}", shape_text(shape)));
  const size_t n = shape[0], d = shape.size() == 2 ? shape[1] : 1;
  if (expected_rows != 0 && n != expected_rows)
    fail(source, fmt::format("{} rows, one per cell", expected_rows), fmt::format("{} rows", n),
         d == expected_rows ? "The matrix seems to be transposed" : "");

  DenseMatrix<float> matrix(n, d);
  const bool by_column = header.fortran_order && d > 1;
  // A tile of rows is read column by column, so that both reads and writes stay close together.
  const size_t tile = by_column ? 8192 : std::max<size_t>(1, (size_t{1} << 20) / d);
  std::vector<char> buffer(std::min(tile, n) * (by_column ? 1 : d) * header.item_size);
  for (size_t first = 0; first < n; first += tile) {
    const size_t rows = std::min(tile, n - first);
    const auto load_run = [&](uint64_t item, size_t count, float* out, size_t stride) {
      const std::span<char> bytes(buffer.data(), count * header.item_size);
      source.read(header.data_offset + item * header.item_size, bytes);
      convert_items(header, bytes.data(), count, out, stride);
    };
    float* out = matrix.data() + first * d;
    if (!by_column) load_run(first * d, rows * d, out, 1);
    for (size_t column = 0; by_column && column < d; ++column)
      load_run(column * n + first, rows, out + column, d);
  }
  check_finite(source, matrix);
  return matrix;
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
