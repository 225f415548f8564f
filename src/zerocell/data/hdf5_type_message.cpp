// Datatype messages, the most common cause of crashes in the library: names and values of enumerations and
// members are copied without a look at where the message ends.
#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "zerocell/data/hdf5_messages.h"

namespace zerocell::hdf5 {
namespace {

/// Deeper nesting occurs in no program's files, and the library recurses.
constexpr int kMaxDepth = 16;
constexpr size_t kMaxRank = 32;
/// Of HDF5 2.0; the library refuses those that it does not know.
constexpr unsigned kNewestVersion = 5;
/// The widest numbers that machines have, long double among them.
constexpr uint64_t kMaxNumberBytes = 16;

struct TypeHeader {
  unsigned version = 0, type_class = 0;
  uint64_t flags = 0, size = 0;
};

StoredType check_type(Fields& fields, int depth);

void check_bits(Fields& fields, uint64_t size) {
  const uint64_t offset = fields.number(2), precision = fields.number(2);
  if (precision == 0 || offset + precision > 8 * size)
    fields.fail(fmt::format("a number of {} bits from bit {} in {} bytes", precision, offset, size));
}

void check_floating_point(Fields& fields, const TypeHeader& header) {
  const uint64_t offset = fields.number(2), precision = fields.number(2);
  const uint64_t exponent_at = fields.number(1), exponent_bits = fields.number(1);
  const uint64_t mantissa_at = fields.number(1), mantissa_bits = fields.number(1);
  const uint64_t sign_at = header.flags >> 8 & 0xff;
  fields.skip(4);  // the exponent's bias
  if (precision == 0 || offset + precision > 8 * header.size || sign_at >= precision || exponent_bits == 0 ||
      exponent_bits > 32 || mantissa_bits == 0 || exponent_at + exponent_bits > precision ||
      mantissa_at + mantissa_bits > precision)
    fields.fail("a floating point type whose parts do not fit into it");
}

void check_compound(Fields& fields, const TypeHeader& header, int depth) {
  const uint64_t n_members = header.flags & 0xffff;
  if (n_members == 0) fields.fail("a compound type without members");
  const size_t offset_bytes =
      header.version < 3 ? 4 : (static_cast<size_t>(std::bit_width(header.size)) + 7) / 8;
  for (uint64_t i = 0; i < n_members; ++i) {
    if (fields.text(header.version < 3).empty()) fields.fail("a member without a name");
    const uint64_t offset = fields.number(offset_bytes);
    uint64_t n_elements = 1;
    if (header.version == 1) {
      const uint64_t rank = fields.number(1);
      if (rank > 4) fields.fail(fmt::format("a member of {} dimensions", rank));
      fields.skip(11);
      for (uint64_t axis = 0; axis < 4; ++axis) {
        const uint64_t extent = fields.number(4);
        if (axis >= rank) continue;
        if (extent == 0 || __builtin_mul_overflow(n_elements, extent, &n_elements))
          fields.fail("a member with a dimension that cannot be");
      }
    }
    const StoredType member = check_type(fields, depth + 1);
    uint64_t bytes = 0;
    if (__builtin_mul_overflow(n_elements, member.size, &bytes) || bytes > header.size ||
        offset > header.size - bytes)
      fields.fail("a member that does not fit into its compound type");
  }
}

void check_enumeration(Fields& fields, const TypeHeader& header, int depth) {
  const StoredType base = check_type(fields, depth + 1);
  if (base.type_class != kFixedPoint || base.size != header.size)
    fields.fail("an enumeration whose values are no whole numbers of its size");
  const uint64_t n_members = header.flags & 0xffff;
  for (uint64_t i = 0; i < n_members; ++i) fields.text(header.version < 3);
  fields.skip(n_members * base.size);
}

void check_array(Fields& fields, const TypeHeader& header, int depth) {
  if (header.version < 2) fields.fail("an array type of version 1");
  const uint64_t rank = fields.number(1);
  if (rank == 0 || rank > kMaxRank) fields.fail(fmt::format("an array type of {} dimensions", rank));
  if (header.version == 2) fields.skip(3);
  uint64_t bytes = 1;
  for (uint64_t axis = 0; axis < rank; ++axis) {
    const uint64_t extent = fields.number(4);
    if (extent == 0 || __builtin_mul_overflow(bytes, extent, &bytes))
      fields.fail("an array type with a dimension that cannot be");
  }
  if (header.version == 2) fields.skip(4 * rank);
  const StoredType base = check_type(fields, depth + 1);
  if (__builtin_mul_overflow(bytes, base.size, &bytes) || bytes != header.size)
    fields.fail("an array type of another size than its elements have together");
}

void check_variable_length(Fields& fields, const TypeHeader& header, int depth) {
  if ((header.flags & 0xf) > 1) fields.fail("a type of variable length that is neither list nor text");
  if (header.size != 16) fields.fail(fmt::format("references of {} bytes to variable lengths", header.size));
  check_type(fields, depth + 1);
}

/// What stands behind the eight bytes that all types begin with.
void check_properties(Fields& fields, const TypeHeader& header, int depth) {
  const bool is_number = header.type_class == kFixedPoint || header.type_class == kFloatingPoint ||
                         header.type_class == kBitField || header.type_class == kTime;
  if (is_number && header.size > kMaxNumberBytes)
    fields.fail(fmt::format("a number of {} bytes", header.size));
  switch (header.type_class) {
    case kFixedPoint:
    case kBitField:
      return check_bits(fields, header.size);
    case kFloatingPoint:
      return check_floating_point(fields, header);
    case kTime:
      return fields.skip(2);
    case kString:
      return;
    case kOpaque:
      return fields.skip(header.flags & 0xff);
    case kCompound:
      return check_compound(fields, header, depth);
    case kReference:
      if (header.size != 8 && header.size != 12) fields.fail("a reference of another size than 8 or 12");
      return;
    case kEnumeration:
      return check_enumeration(fields, header, depth);
    case kVariableLength:
      return check_variable_length(fields, header, depth);
    case kArray:
      return check_array(fields, header, depth);
    default:
      fields.fail(fmt::format("a type of class {}, which HDF5 does not know", header.type_class));
  }
}

StoredType check_type(Fields& fields, int depth) {
  if (depth > kMaxDepth) fields.fail("types nested too deeply");
  TypeHeader header;
  const uint64_t first = fields.number(1);
  header.version = static_cast<unsigned>(first >> 4);
  header.type_class = static_cast<unsigned>(first & 0xf);
  header.flags = fields.number(3);
  header.size = fields.number(4);
  if (header.version < 1 || header.version > kNewestVersion)
    fields.fail(fmt::format("a type of version {}", header.version));
  if (header.size == 0) fields.fail("a type of 0 bytes");
  check_properties(fields, header, depth);
  return {header.type_class, header.size};
}

}  // namespace

StoredType check_datatype(Fields& fields) {
  return check_type(fields, 0);
}

}  // namespace zerocell::hdf5
