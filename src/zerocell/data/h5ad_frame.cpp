#include "zerocell/data/h5ad_frame.h"

#include <cmath>
#include <limits>
#include <set>
#include <variant>

#include "zerocell/core/error.h"
#include "zerocell/data/h5ad_writer.h"

namespace zerocell {
namespace {

template <class T>
void write_numbers(hdf5::Group& group, const std::string& name, const std::vector<T>& values) {
  const uint64_t n = values.size();
  auto dataset = group.write_array<T>(name, values, {&n, 1});
  set_encoding(dataset, "array", "0.2.0");
}

void write_booleans(hdf5::Group& group, const std::string& name, const std::vector<uint8_t>& values) {
  auto dataset = group.write_booleans(name, values);
  set_encoding(dataset, "array", "0.2.0");
}

/// HDF5 ends strings at a zero byte; what stands behind it would be lost in silence.
void write_strings(hdf5::Group& group, const std::string& name, const std::vector<std::string>& values) {
  for (const auto& value : values)
    if (value.find('\0') != std::string::npos)
      throw group.location().child(name).error("strings without zero bytes", "a zero byte in a string");
  auto dataset = group.write_strings(name, values);
  set_encoding(dataset, "string-array", "0.2.0");
}

void write_categorical(hdf5::Group& parent, const std::string& name, const Categorical& column) {
  hdf5::Group group = parent.create_group(name);
  set_encoding(group, "categorical", "0.2.0");
  group.write_attribute("ordered", column.ordered);
  write_strings(group, "categories", column.categories);
  // pandas takes the smallest type that holds all codes.
  if (column.n_categories() <= 127)
    write_numbers(group, "codes", std::vector<int8_t>(column.codes.begin(), column.codes.end()));
  else if (column.n_categories() <= 32767)
    write_numbers(group, "codes", std::vector<int16_t>(column.codes.begin(), column.codes.end()));
  else
    write_numbers(group, "codes", column.codes);
}

/// Creates the group of a nullable column with its mask; the caller adds "values".
hdf5::Group create_nullable(hdf5::Group& parent, const Column& column, const std::string& name,
                            const std::string& type) {
  hdf5::Group group = parent.create_group(name);
  set_encoding(group, type, "0.1.0");
  write_booleans(group, "mask", column.missing);
  return group;
}

struct ColumnWriter {
  hdf5::Group& group;
  const Column& column;
  const std::string& name;
  bool has_missing() const { return !column.missing.empty(); }

  void operator()(const std::vector<std::string>& values) const {
    if (has_missing())
      write_categorical(group, name, column.as_categorical());
    else
      write_strings(group, name, values);
  }
  void operator()(const std::vector<int64_t>& values) const {
    if (!has_missing()) return write_numbers(group, name, values);
    hdf5::Group nullable = create_nullable(group, column, name, "nullable-integer");
    write_numbers(nullable, "values", values);
  }
  void operator()(const std::vector<uint8_t>& values) const {
    if (!has_missing()) return write_booleans(group, name, values);
    hdf5::Group nullable = create_nullable(group, column, name, "nullable-boolean");
    write_booleans(nullable, "values", values);
  }
  void operator()(std::vector<double> values) const {
    for (size_t i = 0; i < column.missing.size(); ++i)
      if (column.missing[i]) values[i] = std::numeric_limits<double>::quiet_NaN();
    write_numbers(group, name, values);
  }
  void operator()(const Categorical& values) const { write_categorical(group, name, values); }
};

std::string unused_name(const std::string& wanted, const std::set<std::string>& taken) {
  std::string name = h5ad_key(wanted);
  while (taken.count(name) > 0) name += '_';
  return name;
}

}  // namespace

void set_encoding(hdf5::Object& object, const std::string& type, const std::string& version) {
  object.write_attribute("encoding-type", type);
  object.write_attribute("encoding-version", version);
}

void write_frame(hdf5::Group parent, const std::string& name, const DataFrame& frame) {
  hdf5::Group group = parent.create_group(name);
  set_encoding(group, "dataframe", "0.2.0");
  // "_index" is how AnnData spells an index without name; a column must not have that name.
  std::set<std::string> taken{"_index"};
  std::vector<std::string> names;
  for (const auto& column : frame.columns) {
    if (column.size() != frame.n_rows())
      throw Error::internal("column " + column.name + " has another length");
    names.push_back(unused_name(column.name, taken));
    taken.insert(names.back());
  }
  const std::string wanted = h5ad_key(frame.index_name);
  const std::string index = taken.count(wanted) > 0 ? "_index" : wanted;
  group.write_attribute("_index", index);
  group.write_attribute("column-order", names);
  write_strings(group, index, frame.index);
  for (size_t i = 0; i < names.size(); ++i)
    std::visit(ColumnWriter{group, frame.columns[i], names[i]}, frame.columns[i].values);
}

}  // namespace zerocell
