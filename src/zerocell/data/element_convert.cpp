#include "zerocell/data/element_convert.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

namespace zerocell {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the byte orders below assume a little-endian machine");

struct Half {
  uint16_t bits;
};

float to_float(Half half) {
  const uint32_t sign = static_cast<uint32_t>(half.bits & 0x8000u) << 16;
  uint32_t exponent = (half.bits >> 10) & 0x1fu, mantissa = half.bits & 0x3ffu;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | mantissa << 13);
  if (exponent == 0) {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
}

template <class T, bool kSwap>
T load(const uint8_t* in) {
  uint8_t bytes[sizeof(T)];
  std::memcpy(bytes, in, sizeof(T));
  if constexpr (kSwap) std::reverse(bytes, bytes + sizeof(T));
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

template <class T, bool kSwap>
bool index_loop(const uint8_t* in, size_t n, uint64_t limit, uint32_t* out) {
  bool good = true;
  for (size_t i = 0; i < n; ++i) {
    // Negative values become huge ones and fail the same comparison.
    const uint64_t value = static_cast<uint64_t>(static_cast<int64_t>(load<T, kSwap>(in + i * sizeof(T))));
    good &= value < limit;
    out[i] = static_cast<uint32_t>(value);
  }
  return good;
}

/// Calls body with a value of the C++ type of the elements.
template <class Body>
auto with_type(const hdf5::ElementType& type, const Body& body) {
  using hdf5::TypeKind;
  if (!type.standard) throw Error::internal("conversion of elements of type " + type.name());
  if (type.kind == TypeKind::floating) {
    return type.size == 2 ? body(Half{}) : type.size == 4 ? body(float{}) : body(double{});
  }
  if (type.kind == TypeKind::boolean) return body(uint8_t{});
  switch (type.size) {
    case 1:
      return type.is_signed ? body(int8_t{}) : body(uint8_t{});
    case 2:
      return type.is_signed ? body(int16_t{}) : body(uint16_t{});
    case 4:
      return type.is_signed ? body(int32_t{}) : body(uint32_t{});
    default:
      return type.is_signed ? body(int64_t{}) : body(uint64_t{});
  }
}

template <class Out>
void convert_to(const hdf5::ElementType& type, const uint8_t* in, size_t n, Out* out) {
  with_type(type, [&](auto tag) {
    using T = decltype(tag);
    const auto value = [](T stored) {
      if constexpr (std::is_same_v<T, Half>)
        return static_cast<Out>(to_float(stored));
      else
        return static_cast<Out>(stored);
    };
    if (type.big_endian) {
      for (size_t i = 0; i < n; ++i) out[i] = value(load<T, true>(in + i * sizeof(T)));
    } else {
      for (size_t i = 0; i < n; ++i) out[i] = value(load<T, false>(in + i * sizeof(T)));
    }
  });
}

}  // namespace

void convert_to_float(const hdf5::ElementType& type, const uint8_t* in, size_t n, float* out) {
  if (type.kind == hdf5::TypeKind::floating && type.size == 4 && type.standard && !type.big_endian) {
    if (n > 0) std::memcpy(out, in, n * sizeof(float));
    return;
  }
  convert_to(type, in, n, out);
}

void convert_to_double(const hdf5::ElementType& type, const uint8_t* in, size_t n, double* out) {
  convert_to(type, in, n, out);
}

bool exceeds_float32(const hdf5::ElementType& type) {
  return (type.kind == hdf5::TypeKind::floating && type.size == 8) ||
         (type.kind == hdf5::TypeKind::integer && type.size >= 4);
}

bool convert_to_index(const hdf5::ElementType& type, const uint8_t* in, size_t n, uint64_t limit,
                      uint32_t* out) {
  if (type.kind != hdf5::TypeKind::integer) throw Error::internal("indices of type " + type.name());
  return with_type(type, [&](auto tag) {
    using T = decltype(tag);
    if constexpr (std::is_integral_v<T>) {
      return type.big_endian ? index_loop<T, true>(in, n, limit, out)
                             : index_loop<T, false>(in, n, limit, out);
    } else {
      return false;
    }
  });
}

}  // namespace zerocell
