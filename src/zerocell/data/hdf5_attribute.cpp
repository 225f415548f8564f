#include <fmt/format.h>

#include "zerocell/data/hdf5.h"
#include "zerocell/data/hdf5_type.h"

namespace zerocell::hdf5 {
namespace {

/// Attributes hold names and short lists; more than this is damage.
constexpr uint64_t kMaxAttributeElements = uint64_t{1} << 24;

struct OpenAttribute {
  Location where;
  Handle attribute, type, space;
  size_t n_elements = 0;
};

std::optional<OpenAttribute> open_attribute(const Object& object, const std::string& name) {
  if (!object.has_attribute(name)) return std::nullopt;
  OpenAttribute out;
  out.where = object.location().child("@" + name);
  out.attribute =
      Handle(check(H5Aopen(object.id(), name.c_str(), H5P_DEFAULT), out.where, "an attribute"), H5Aclose);
  out.type = Handle(check(H5Aget_type(out.attribute.id()), out.where, "an attribute type"), H5Tclose);
  out.space = Handle(check(H5Aget_space(out.attribute.id()), out.where, "an attribute shape"), H5Sclose);
  const auto n = check(H5Sget_simple_extent_npoints(out.space.id()), out.where, "an attribute shape");
  if (static_cast<uint64_t>(n) > kMaxAttributeElements) {
    throw out.where.error("a short attribute", fmt::format("{} elements", n), "the file is damaged");
  }
  out.n_elements = static_cast<size_t>(n);
  return out;
}

Handle string_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

}  // namespace

bool Object::has_attribute(const std::string& name) const {
  Lock lock;
  return H5Aexists(id(), name.c_str()) > 0;
}

bool Object::attribute_is_text(const std::string& name) const {
  Lock lock;
  const auto opened = open_attribute(*this, name);
  return opened && H5Tget_class(opened->type.id()) == H5T_STRING;
}

std::optional<std::vector<std::string>> Object::texts_attribute(const std::string& name) const {
  Lock lock;
  const auto opened = open_attribute(*this, name);
  if (!opened) return std::nullopt;
  if (opened->n_elements == 0) return std::vector<std::string>();
  if (H5Tget_class(opened->type.id()) != H5T_STRING) {
    throw opened->where.error("text", describe_type(opened->type.id()).name());
  }
  if (H5Tis_variable_str(opened->type.id()) > 0) {
    if (auto texts = read_heap_attribute(*this, name, opened->n_elements)) return texts;
  }
  const auto read = [&](hid_t type, void* out) { return H5Aread(opened->attribute.id(), type, out); };
  return read_strings_with(read, {opened->type.id(), opened->space.id(), {}}, opened->n_elements,
                           opened->where);
}

std::optional<std::string> Object::text_attribute(const std::string& name) const {
  Lock lock;
  const auto opened = open_attribute(*this, name);
  if (!opened || opened->n_elements != 1 || H5Tget_class(opened->type.id()) != H5T_STRING)
    return std::nullopt;
  return texts_attribute(name)->front();
}

std::optional<std::vector<int64_t>> Object::integers_attribute(const std::string& name) const {
  Lock lock;
  const auto opened = open_attribute(*this, name);
  if (!opened) return std::nullopt;
  std::vector<int64_t> values(opened->n_elements);
  if (!describe_type(opened->type.id()).is_number()) {
    throw opened->where.error("whole numbers", describe_type(opened->type.id()).name());
  }
  if (values.empty()) return values;
  check(H5Aread(opened->attribute.id(), H5T_NATIVE_INT64, values.data()), opened->where, "whole numbers");
  return values;
}

void Object::write_attribute_data(const std::string& name, hid_t type, std::span<const uint64_t> shape,
                                  bool scalar, const void* data) {
  const Location where = location_.child("@" + name);
  const std::vector<hsize_t> dims(shape.begin(), shape.end());
  const Handle space(
      scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
      H5Sclose);
  if (H5Aexists(id(), name.c_str()) > 0)
    check(H5Adelete(id(), name.c_str()), where, "an attribute to replace");
  const Handle attribute(check(H5Acreate2(id(), name.c_str(), type, space.id(), H5P_DEFAULT, H5P_DEFAULT),
                               where, "an attribute to create"),
                         H5Aclose);
  if (scalar || H5Sget_simple_extent_npoints(space.id()) > 0) {
    check(H5Awrite(attribute.id(), type, data), where, "an attribute to write");
  }
}

void Object::write_attribute(const std::string& name, std::string_view text) {
  Lock lock;
  const std::string copy(text);
  const char* pointer = copy.c_str();
  write_attribute_data(name, string_type().id(), {}, true, &pointer);
}

void Object::write_attribute(const std::string& name, bool value) {
  Lock lock;
  write_attribute_data(name, native_type<bool>(), {}, true, &value);
}

void Object::write_attribute(const std::string& name, int64_t value) {
  Lock lock;
  write_attribute_data(name, H5T_NATIVE_INT64, {}, true, &value);
}

void Object::write_attribute(const std::string& name, double value) {
  Lock lock;
  write_attribute_data(name, H5T_NATIVE_DOUBLE, {}, true, &value);
}

void Object::write_attribute(const std::string& name, const std::vector<std::string>& texts) {
  Lock lock;
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  const uint64_t n = texts.size();
  write_attribute_data(name, string_type().id(), {&n, 1}, false, pointers.data());
}

void Object::write_attribute(const std::string& name, const std::vector<int64_t>& values) {
  Lock lock;
  const uint64_t n = values.size();
  write_attribute_data(name, H5T_NATIVE_INT64, {&n, 1}, false, values.data());
}

}  // namespace zerocell::hdf5
