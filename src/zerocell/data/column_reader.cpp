#include "zerocell/data/column_reader.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include <fmt/format.h>

namespace zerocell {
namespace {

using hdf5::Dataset;
using hdf5::ElementType;
using hdf5::Group;
using hdf5::TypeKind;

constexpr const char* kCategorical = "categorical";

std::string encoding_of(const hdf5::Object& object) {
  return object.text_attribute("encoding-type").value_or("");
}

bool is_nullable(const std::string& encoding) {
  return encoding.starts_with("nullable-");
}

/// What a group is: "categorical", "nullable", or nothing known.
std::string group_form(const Group& group) {
  const std::string encoding = encoding_of(group);
  if (encoding == kCategorical ||
      (encoding.empty() && group.contains("codes") && group.contains("categories")))
    return kCategorical;
  if (is_nullable(encoding) && group.contains("values")) return "nullable";
  return {};
}

ElementType element_type(const Dataset& dataset, const std::string& field) {
  if (field.empty()) return dataset.type();
  for (const hdf5::Field& member : dataset.fields()) {
    if (member.name == field) return member.type;
  }
  throw dataset.location().error(fmt::format("a member '{}'", field), "none of that name");
}

std::string dataset_obstacle(const Dataset& dataset) {
  if (dataset.shape().size() != 1) return fmt::format("an array of {} dimensions", dataset.shape().size());
  const ElementType& type = dataset.type();
  if (type.kind == TypeKind::string || (type.is_number() && type.standard)) return {};
  return fmt::format("elements of type {}", type.name());
}

/// Python's shortest form: "1.0", "1e+16", "nan".
template <class T>
std::string python_text(T value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

CategoryType category_type(TypeKind kind) {
  if (kind == TypeKind::boolean) return CategoryType::boolean;
  return kind == TypeKind::string ? CategoryType::text : CategoryType::number;
}

bool is_true(const std::optional<std::vector<int64_t>>& flag) {
  return flag && !flag->empty() && flag->front() != 0;
}

Column read_categorical(const Group& group) {
  const Dataset codes = group.dataset("codes");
  CategoryNames categories;
  if (group.is_group("categories")) {
    // A link may make a column its own list of categories.
    if (group_form(group.group("categories")) == kCategorical)
      throw group.location().error("a list of categories", "categories of categories",
                                   "the file is damaged; write it again");
    const Column values = read_column(group, "categories", column_length(group, "categories"));
    categories = {to_strings(values), values.as_categorical().type};
  } else {
    categories = read_category_names(group.dataset("categories"));
  }
  Column column;
  auto made = make_categorical(codes.read<int64_t>(), codes.type(), std::move(categories), group.location(),
                               column.notes);
  made.ordered = is_true(group.integers_attribute("ordered"));
  column.values = std::move(made);
  return column;
}

Column read_nullable(const Group& group) {
  Column column;
  const Dataset values = group.dataset("values");
  column.values = read_values(values);
  column.is_float32 = values.type().kind == TypeKind::floating && values.type().size <= 4;
  if (group.contains("mask")) {
    column.missing = group.dataset("mask").read_booleans();
    if (column.missing.size() != column.size()) {
      throw group.location().error("a mask as long as the values",
                                   fmt::format("{} and {}", column.missing.size(), column.size()),
                                   "the file is damaged");
    }
    for (uint8_t& missing : column.missing) missing = missing != 0;
    if (std::count(column.missing.begin(), column.missing.end(), 1) == 0) column.missing.clear();
  }
  return column;
}

/// AnnData 0.7: integer codes whose categories stand in __categories, behind an object reference or in the
/// attribute itself.
Column read_referenced_categorical(const Group& frame, const std::string& name, const Dataset& codes) {
  const std::string usual = "__categories/" + name;
  CategoryNames names;
  bool ordered = false;
  const auto take = [&](const Dataset& categories) {
    ordered = is_true(categories.integers_attribute("ordered"));
    names = read_category_names(categories);
  };
  if (frame.is_dataset(usual)) {
    take(frame.dataset(usual));
  } else if (codes.attribute_is_text("categories")) {
    names.names = codes.texts_attribute("categories").value();
  } else {
    take(frame.dereference(codes, "categories"));
  }
  Column column;
  auto made =
      make_categorical(codes.read<int64_t>(), codes.type(), std::move(names), codes.location(), column.notes);
  made.ordered = ordered;
  column.values = std::move(made);
  return column;
}

/// -1 as a type without a sign holds it, and R's missing integer; nothing else stands for "missing".
std::optional<int64_t> missing_code(const ElementType& type) {
  if (type.kind != TypeKind::integer) return std::nullopt;
  if (type.is_signed)
    return type.size == 8 ? std::numeric_limits<int64_t>::min() : -(int64_t{1} << (8 * type.size - 1));
  // HDF5 clamps what an int64 cannot hold.
  return type.size == 8 ? std::numeric_limits<int64_t>::max() : (int64_t{1} << (8 * type.size)) - 1;
}

}  // namespace

std::string column_obstacle(const Group& frame, const std::string& name) {
  if (frame.is_dataset(name)) return dataset_obstacle(frame.dataset(name));
  if (!frame.is_group(name)) return "nothing of that name";
  const Group group = frame.group(name);
  const std::string form = group_form(group);
  if (form.empty()) return fmt::format("encoding '{}'", encoding_of(group));
  return form == kCategorical ? std::string() : dataset_obstacle(group.dataset("values"));
}

size_t column_length(const Group& frame, const std::string& name) {
  const auto length = [](const Dataset& dataset) {
    if (dataset.shape().size() == 1) return static_cast<size_t>(dataset.n_elements());
    throw dataset.location().error("an array of one dimension",
                                   fmt::format("{} dimensions", dataset.shape().size()),
                                   "the file is damaged");
  };
  if (!frame.is_group(name)) return length(frame.dataset(name));
  const Group group = frame.group(name);
  return length(group.dataset(group_form(group) == kCategorical ? "codes" : "values"));
}

Column read_column(const Group& frame, const std::string& name, size_t n_rows) {
  if (column_length(frame, name) != n_rows) {
    throw frame.location().child(name).error(fmt::format("{} rows", n_rows),
                                             fmt::format("{}", column_length(frame, name)),
                                             "the file is damaged; write it again");
  }
  Column column;
  if (frame.is_group(name)) {
    const Group group = frame.group(name);
    if (group_form(group) == kCategorical) {
      column = read_categorical(group);
    } else {
      column = read_nullable(group);
    }
  } else {
    const Dataset dataset = frame.dataset(name);
    if (dataset.type().kind == TypeKind::integer && dataset.has_attribute("categories")) {
      column = read_referenced_categorical(frame, name, dataset);
    } else {
      column.values = read_values(dataset);
      column.is_float32 = dataset.type().kind == TypeKind::floating && dataset.type().size <= 4;
      if (dataset.type().na) {
        for (uint8_t& value : std::get<std::vector<uint8_t>>(column.values)) {
          column.missing.push_back(value == *dataset.type().na);
          if (column.missing.back()) value = 0;
        }
      }
    }
  }
  column.name = name;
  return column;
}

ColumnValues read_values(const Dataset& dataset, const std::string& field) {
  const ElementType type = element_type(dataset, field);
  switch (type.kind) {
    case TypeKind::string:
      return dataset.read_strings(field);
    case TypeKind::boolean:
      return dataset.read_booleans(field);
    case TypeKind::floating:
      return dataset.read<double>(field);
    case TypeKind::integer:
      break;
    default:
      throw dataset.location().error("numbers, booleans or text",
                                     fmt::format("elements of type {}", type.name()));
  }
  if (type.size < 8 || type.is_signed) return dataset.read<int64_t>(field);
  const std::vector<uint64_t> wide = dataset.read<uint64_t>(field);
  const bool fits =
      std::all_of(wide.begin(), wide.end(), [](uint64_t v) { return v <= uint64_t{INT64_MAX}; });
  if (fits) return std::vector<int64_t>(wide.begin(), wide.end());
  return std::vector<double>(wide.begin(), wide.end());
}

Categorical make_categorical(std::vector<int64_t> codes, const ElementType& code_type,
                             CategoryNames categories, const hdf5::Location& where,
                             std::vector<std::string>& notes) {
  Categorical out;
  const auto n =
      static_cast<int64_t>(std::min<size_t>(categories.names.size(), std::numeric_limits<int32_t>::max()));
  std::unordered_set<std::string> seen;
  for (const std::string& name : categories.names) {
    if (!seen.insert(name).second)
      throw where.error("categories that differ", fmt::format("'{}' twice", name), "rename one");
  }
  const auto stand_in = missing_code(code_type);
  const bool wide_r = code_type.is_signed && code_type.size == 8;
  size_t n_stand_ins = 0;
  int64_t example = 0;
  out.codes.reserve(codes.size());
  for (size_t row = 0; row < codes.size(); ++row) {
    int64_t& code = codes[row];
    const bool outside = code < -1 || code >= n;
    if (outside && (code == stand_in || (wide_r && code == INT32_MIN))) {
      ++n_stand_ins;
      example = code;
      code = -1;
    } else if (outside) {
      throw where.error(fmt::format("codes from -1 to {}", n - 1), fmt::format("{} in row {}", code, row),
                        "the file is damaged; write it again");
    }
    out.codes.push_back(static_cast<int32_t>(code));
  }
  if (n_stand_ins > 0)
    notes.push_back(
        fmt::format("{}: the code of {} cells is {}, which programs write for a missing value: "
                    "these cells are taken to have none",
                    where.entry, n_stand_ins, example));
  out.categories = std::move(categories.names);
  out.type = categories.type;
  return out;
}

CategoryNames read_category_names(const Dataset& dataset) {
  return {read_names(dataset), category_type(dataset.type().kind)};
}

std::vector<std::string> to_strings(const Column& column) {
  std::vector<std::string> out;
  out.reserve(column.size());
  struct Visitor {
    std::vector<std::string>& out;
    void operator()(const std::vector<std::string>& values) const { out = values; }
    void operator()(const std::vector<int64_t>& values) const {
      for (const int64_t value : values) out.push_back(fmt::format("{}", value));
    }
    void operator()(const std::vector<double>& values) const {
      for (const double value : values) out.push_back(python_text(value));
    }
    void operator()(const std::vector<uint8_t>& values) const {
      for (const uint8_t value : values) out.emplace_back(value != 0 ? "True" : "False");
    }
    void operator()(const Categorical& values) const {
      for (const int32_t code : values.codes)
        out.push_back(code < 0 ? "nan" : values.categories[static_cast<size_t>(code)]);
    }
  };
  std::visit(Visitor{out}, column.values);
  for (size_t row = 0; row < column.missing.size(); ++row) {
    if (column.missing[row] != 0) out[row] = "nan";
  }
  return out;
}

std::vector<std::string> read_names(const Dataset& dataset, const std::string& field) {
  const ElementType type = element_type(dataset, field);
  if (type.kind != TypeKind::floating || type.size > 4)
    return to_strings({{}, read_values(dataset, field), {}});
  std::vector<std::string> names;
  for (const float value : dataset.read<float>(field)) names.push_back(python_text(value));
  return names;
}

}  // namespace zerocell
