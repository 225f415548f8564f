#include "zerocell/data/hdf5_type.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "zerocell/data/raw_file.h"

namespace zerocell::hdf5 {
namespace {

bool is_ieee(hid_t type, size_t size) {
  size_t sign = 0, exponent = 0, exponent_bits = 0, mantissa = 0, mantissa_bits = 0;
  if (H5Tget_fields(type, &sign, &exponent, &exponent_bits, &mantissa, &mantissa_bits) < 0) return false;
  const size_t wanted = size == 2 ? 5 : size == 4 ? 8 : size == 8 ? 11 : 0;
  if (wanted == 0 || mantissa != 0 || exponent_bits != wanted || sign != size * 8 - 1) return false;
  return exponent == mantissa_bits && mantissa_bits + exponent_bits + 1 == size * 8 &&
         H5Tget_ebias(type) == (size_t{1} << (wanted - 1)) - 1 && H5Tget_norm(type) == H5T_NORM_IMPLIED;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

/// An enumeration of FALSE = 0 and TRUE = 1 over a byte, possibly with NA.
void describe_enumeration(hid_t type, ElementType& out) {
  const int n = H5Tget_nmembers(type);
  if (out.size != 1 || n < 2 || n > 3) return;
  bool has_false = false, has_true = false;
  for (int i = 0; i < n; ++i) {
    int8_t value = 0;
    char* name = H5Tget_member_name(type, static_cast<unsigned>(i));
    if (name == nullptr || H5Tget_member_value(type, static_cast<unsigned>(i), &value) < 0) {
      if (name != nullptr) H5free_memory(name);
      return;
    }
    const std::string text = lower(name);
    H5free_memory(name);
    if (text == "false" && value == 0)
      has_false = true;
    else if (text == "true" && value == 1)
      has_true = true;
    else if (text == "na")
      out.na = static_cast<uint8_t>(value);
    else
      return;
  }
  if (!has_false || !has_true) return;
  out.kind = TypeKind::boolean;
  out.standard = true;
}

std::string trimmed(const char* begin, size_t size, H5T_str_t padding) {
  size_t length = 0;
  while (length < size && begin[length] != '\0') ++length;
  if (padding == H5T_STR_SPACEPAD) {
    while (length > 0 && begin[length - 1] == ' ') --length;
  }
  return {begin, length};
}

/// Compounds of numbers, texts and arrays of numbers; strings of variable length are longer on disk.
size_t compound_disk_size(hid_t type) {
  size_t size = H5Tget_size(type);
  const int n = H5Tget_nmembers(type);
  for (int i = 0; i < n; ++i) {
    const Handle member(H5Tget_member_type(type, static_cast<unsigned>(i)), H5Tclose);
    if (H5Tis_variable_str(member.id()) > 0) {
      size += kStringReferenceBytes - sizeof(char*);
    } else if (H5Tdetect_class(member.id(), H5T_VLEN) != 0 || H5Tget_class(member.id()) == H5T_COMPOUND ||
               (H5Tget_class(member.id()) == H5T_ARRAY && H5Tdetect_class(member.id(), H5T_STRING) != 0)) {
      return 0;
    }
  }
  return size;
}

}  // namespace

ElementType describe_type(hid_t type) {
  ElementType out;
  out.size = H5Tget_size(type);
  out.disk_size = out.size;
  switch (H5Tget_class(type)) {
    case H5T_INTEGER: {
      const H5T_order_t order = H5Tget_order(type);
      out.kind = TypeKind::integer;
      out.is_signed = H5Tget_sign(type) == H5T_SGN_2;
      out.big_endian = order == H5T_ORDER_BE;
      out.standard = (order == H5T_ORDER_LE || order == H5T_ORDER_BE) && H5Tget_offset(type) == 0 &&
                     H5Tget_precision(type) == out.size * 8 &&
                     (out.size == 1 || out.size == 2 || out.size == 4 || out.size == 8);
      break;
    }
    case H5T_FLOAT: {
      const H5T_order_t order = H5Tget_order(type);
      out.kind = TypeKind::floating;
      out.is_signed = true;
      out.big_endian = order == H5T_ORDER_BE;
      out.standard = (order == H5T_ORDER_LE || order == H5T_ORDER_BE) && is_ieee(type, out.size);
      break;
    }
    case H5T_BITFIELD:
      if (out.size == 1) out.kind = TypeKind::boolean, out.standard = true;
      break;
    case H5T_ENUM:
      describe_enumeration(type, out);
      break;
    case H5T_STRING:
      out.kind = TypeKind::string;
      out.variable = H5Tis_variable_str(type) > 0;
      if (out.variable) out.disk_size = kStringReferenceBytes;
      break;
    case H5T_COMPOUND:
      out.kind = TypeKind::compound;
      out.disk_size = compound_disk_size(type);
      break;
    default:
      break;
  }
  return out;
}

std::string ElementType::name() const {
  switch (kind) {
    case TypeKind::integer:
      return fmt::format("{}int{}", is_signed ? "" : "u", size * 8);
    case TypeKind::floating:
      return fmt::format("float{}", size * 8);
    case TypeKind::boolean:
      return "bool";
    case TypeKind::string:
      return "string";
    case TypeKind::compound:
      return "compound";
    case TypeKind::other:
      break;
  }
  return "other";
}

Handle single_member(const std::string& field, hid_t member) {
  Handle type(H5Tcreate(H5T_COMPOUND, H5Tget_size(member)), H5Tclose);
  H5Tinsert(type.id(), field.c_str(), 0, member);
  return type;
}

std::vector<std::string> read_strings_with(const std::function<herr_t(hid_t, void*)>& read,
                                           const StringSource& source, size_t n, const Location& where) {
  const bool variable = check(H5Tis_variable_str(source.type), where, "text") > 0;
  Handle member(H5Tcopy(H5T_C_S1), H5Tclose);
  const size_t size = variable ? sizeof(char*) : H5Tget_size(source.type);
  if (variable) {
    H5Tset_size(member.id(), H5T_VARIABLE);
    H5Tset_cset(member.id(), H5Tget_cset(source.type));
  } else {
    member = Handle(check(H5Tcopy(source.type), where, "text"), H5Tclose);
  }
  const Handle compound = source.field.empty() ? Handle() : single_member(source.field, member.id());
  const hid_t type = source.field.empty() ? member.id() : compound.id();
  std::vector<std::string> out;
  out.reserve(n);
  if (variable) {
    std::vector<char*> pointers(n, nullptr);
    const herr_t status = read(type, pointers.data());
    if (status >= 0) {
      for (const char* pointer : pointers) out.emplace_back(pointer == nullptr ? "" : pointer);
      H5Dvlen_reclaim(type, source.space, H5P_DEFAULT, pointers.data());
    }
    check(status, where, "text");
    return out;
  }
  std::vector<char> bytes(n * size);
  check(read(type, bytes.data()), where, "text");
  const H5T_str_t padding = H5Tget_strpad(source.type);
  for (size_t i = 0; i < n; ++i) out.push_back(trimmed(bytes.data() + i * size, size, padding));
  return out;
}

template <>
hid_t native_type<int8_t>() {
  Lock lock;
  return H5T_NATIVE_INT8;
}
template <>
hid_t native_type<int16_t>() {
  Lock lock;
  return H5T_NATIVE_INT16;
}
template <>
hid_t native_type<int32_t>() {
  Lock lock;
  return H5T_NATIVE_INT32;
}
template <>
hid_t native_type<int64_t>() {
  Lock lock;
  return H5T_NATIVE_INT64;
}
template <>
hid_t native_type<uint8_t>() {
  Lock lock;
  return H5T_NATIVE_UINT8;
}
template <>
hid_t native_type<uint16_t>() {
  Lock lock;
  return H5T_NATIVE_UINT16;
}
template <>
hid_t native_type<uint32_t>() {
  Lock lock;
  return H5T_NATIVE_UINT32;
}
template <>
hid_t native_type<uint64_t>() {
  Lock lock;
  return H5T_NATIVE_UINT64;
}
template <>
hid_t native_type<float>() {
  Lock lock;
  return H5T_NATIVE_FLOAT;
}
template <>
hid_t native_type<double>() {
  Lock lock;
  return H5T_NATIVE_DOUBLE;
}

template <>
hid_t native_type<bool>() {
  Lock lock;
  // Made once and kept: HDF5 releases it when the program ends.
  static const hid_t type = [] {
    const hid_t made = H5Tenum_create(H5T_NATIVE_INT8);
    const int8_t no = 0, yes = 1;
    H5Tenum_insert(made, "FALSE", &no);
    H5Tenum_insert(made, "TRUE", &yes);
    return made;
  }();
  return type;
}

}  // namespace zerocell::hdf5
