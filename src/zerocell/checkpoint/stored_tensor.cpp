#include "zerocell/checkpoint/stored_tensor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/core/error.h"
#include "zerocell/core/utf8.h"

namespace zerocell {
namespace {

constexpr size_t kMaxDimensions = 64;
constexpr size_t kMaxName = 512;  // one text of a pickle may be named by many tensors: bounds the copies

/// Offset of the last element, or nothing where it cannot be counted. Every dimension is at least 1.
std::optional<size_t> last_element(const TensorPlace& place) {
  size_t last = place.offset;
  for (size_t i = 0; i < place.shape.size(); ++i) {
    const auto step = multiply(place.shape[i] - 1, place.strides[i]);
    if (!step || __builtin_add_overflow(last, *step, &last)) return std::nullopt;
  }
  return last;
}

float from_bfloat(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

/// Writes the elements in row-major order, each made by `convert` from the number in the file.
template <class T, class Convert>
void gather(const StoredTensor& tensor, Convert convert, std::vector<float>& out) {
  out.reserve(tensor.n_elements());
  const size_t n_dimensions = tensor.shape.size();
  const size_t row = n_dimensions == 0 ? 1 : tensor.shape.back();
  const size_t step = n_dimensions == 0 ? 0 : tensor.strides.back();
  std::vector<size_t> index(n_dimensions, 0);
  while (out.size() < tensor.n_elements()) {
    size_t element = 0;
    for (size_t d = 0; d + 1 < n_dimensions; ++d) element += index[d] * tensor.strides[d];
    for (size_t i = 0; i < row; ++i)
      out.push_back(convert(load<T>(tensor.storage, (element + i * step) * sizeof(T))));
    for (size_t d = n_dimensions < 2 ? 0 : n_dimensions - 1; d > 0; --d) {
      if (++index[d - 1] < tensor.shape[d - 1]) break;
      index[d - 1] = 0;
    }
  }
}

}  // namespace

float half_to_float(uint16_t bits) {
  const uint32_t sign = (bits & 0x8000u) << 16, fraction = bits & 0x3FFu;
  const uint32_t exponent = (bits >> 10) & 0x1Fu;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1.0p-24f;
    return sign ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

std::optional<size_t> multiply(size_t a, size_t b) {
  size_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

std::optional<size_t> count_elements(std::span<const size_t> shape) {
  if (std::find(shape.begin(), shape.end(), size_t{0}) != shape.end()) return 0;
  std::optional<size_t> n = 1;
  for (size_t i = 0; i < shape.size() && n; ++i) n = multiply(*n, shape[i]);
  return n;
}

std::vector<size_t> row_major_strides(std::span<const size_t> shape) {
  std::vector<size_t> strides(shape.size());
  size_t step = 1;
  for (size_t i = shape.size(); i > 0; --i) {
    strides[i - 1] = step;
    step *= std::max<size_t>(1, shape[i - 1]);
  }
  return strides;
}

std::string shown(std::string_view name) {
  // The cut before: laying out a text is slow where it is millions of characters long.
  return truncate_middle(printable(name.substr(0, 1000)), 80);
}

std::string shape_text(std::span<const size_t> shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, " x "));
}

StoredTensor place_tensor(TensorPlace place, std::span<const std::byte> storage, const std::string& path) {
  const auto refuse = [&](const std::string& expected, const std::string& found) {
    throw Error::data({.read = fmt::format("{}, tensor '{}'", path, shown(place.name)),
                       .expected = expected,
                       .found = found,
                       .advice = "The file is damaged or was made to mislead"});
  };
  if (place.name.size() > kMaxName)
    refuse(fmt::format("names of at most {} bytes", kMaxName), std::to_string(place.name.size()));
  if (place.shape.size() != place.strides.size() || place.shape.size() > kMaxDimensions)
    refuse(fmt::format("at most {} dimensions with one stride each", kMaxDimensions),
           fmt::format("{} dimensions and {} strides", place.shape.size(), place.strides.size()));
  const size_t width = size_of(place.dtype), n_stored = storage.size() / width;
  const auto n_elements = count_elements(place.shape);
  if (n_elements != 0) {
    const auto last = last_element(place);
    if (!n_elements || *n_elements > n_stored || !last || *last >= n_stored)
      refuse(fmt::format("elements within the {} that are stored", n_stored),
             fmt::format("shape {}, strides {}, offset {}", shape_text(place.shape),
                         shape_text(place.strides), place.offset));
    storage = storage.subspan(place.offset * width, (*last - place.offset + 1) * width);
  } else {
    storage = {};
  }
  return {.name = std::move(place.name),
          .dtype = place.dtype,
          .shape = std::move(place.shape),
          .strides = std::move(place.strides),
          .storage = storage};
}

bool is_contiguous(const StoredTensor& tensor) {
  size_t step = 1;
  for (size_t i = tensor.shape.size(); i > 0; --i) {
    if (tensor.shape[i - 1] != 1 && tensor.strides[i - 1] != step) return false;
    step *= tensor.shape[i - 1];
  }
  return true;
}

FloatTensor to_floats(const StoredTensor& tensor, std::shared_ptr<const void> owner,
                      const std::string& path) {
  const auto address = reinterpret_cast<uintptr_t>(tensor.storage.data());
  FloatTensor result{.shape = tensor.shape, .values = {}, .owner = std::move(owner)};
  if (tensor.dtype == DType::f32 && is_contiguous(tensor) && address % alignof(float) == 0) {
    result.values = {reinterpret_cast<const float*>(tensor.storage.data()), tensor.n_elements()};
    return result;
  }
  auto copy = std::make_shared<std::vector<float>>();
  switch (tensor.dtype) {
    case DType::f64:
      gather<double>(
          tensor, [](double value) { return static_cast<float>(value); }, *copy);
      break;
    case DType::f32:
      gather<float>(
          tensor, [](float value) { return value; }, *copy);
      break;
    case DType::f16:
      gather<uint16_t>(tensor, half_to_float, *copy);
      break;
    case DType::bf16:
      gather<uint16_t>(tensor, from_bfloat, *copy);
      break;
    default:
      throw Error::data({.read = fmt::format("{}, tensor '{}'", path, shown(tensor.name)),
                         .expected = "floating-point numbers (f32, f16, bf16, f64)",
                         .found = std::string(to_string(tensor.dtype)),
                         .advice = ""});
  }
  result.values = *copy;
  result.owner = std::move(copy);
  return result;
}

void sort_tensors(std::vector<StoredTensor>& tensors, const std::string& path) {
  std::sort(tensors.begin(), tensors.end(),
            [](const StoredTensor& a, const StoredTensor& b) { return a.name < b.name; });
  const auto twice =
      std::adjacent_find(tensors.begin(), tensors.end(),
                         [](const StoredTensor& a, const StoredTensor& b) { return a.name == b.name; });
  if (twice == tensors.end()) return;
  throw Error::data({.read = path,
                     .expected = "every tensor once",
                     .found = fmt::format("'{}' twice", shown(twice->name)),
                     .advice = "It is not clear which one is meant; fetch the weights again"});
}

}  // namespace zerocell
