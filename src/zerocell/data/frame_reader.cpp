#include "zerocell/data/frame_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "zerocell/core/word_list.h"
#include "zerocell/data/column_reader.h"

namespace zerocell {
namespace {

using hdf5::Dataset;
using hdf5::ElementType;
using hdf5::Group;
using hdf5::TypeKind;

constexpr size_t kMaxNamesInMessage = 60;
constexpr const char* kCategoriesGroup = "__categories";

/// AnnData 0.7 and later.
class GroupFrame final : public FrameReader {
 public:
  explicit GroupFrame(Group group) : FrameReader(group.location()), group_(std::move(group)) {
    index_ = group_.text_attribute("_index").value_or("");
    for (const char* usual : {"_index", "index"}) {
      if (index_.empty() && group_.contains(usual)) index_ = usual;
    }
    if (index_.empty() || !group_.contains(index_)) {
      throw location_.error("an index of names", "none", "write the file again with a current AnnData");
    }
    n_rows_ = column_length(group_, index_);
  }

  std::string index_name() const override { return index_; }
  std::vector<std::string> index() const override { return to_strings(read_column_of(index_)); }

 protected:
  std::vector<std::string> listed_columns() const override {
    if (auto order = group_.texts_attribute("column-order")) return *order;
    std::vector<std::string> names = group_.names();
    std::erase_if(names, [&](const std::string& name) { return name == index_ || name == kCategoriesGroup; });
    return names;
  }

  std::string obstacle(const std::string& name) const override { return column_obstacle(group_, name); }
  Column read_column(const std::string& name) const override { return read_column_of(name); }

 private:
  Column read_column_of(const std::string& name) const {
    return zerocell::read_column(group_, name, n_rows_);
  }

  Group group_;
  std::string index_;
};

/// AnnData until 0.6.
class CompoundFrame final : public FrameReader {
 public:
  CompoundFrame(const Group& root, Dataset dataset)
      : FrameReader(dataset.location()), dataset_(std::move(dataset)) {
    if (dataset_.shape().size() != 1) {
      throw location_.error("a table", fmt::format("{} dimensions", dataset_.shape().size()),
                            "the file is damaged");
    }
    n_rows_ = dataset_.n_elements();
    fields_ = dataset_.fields();
    for (const char* usual : {"_index", "index"}) {
      if (find(usual) != nullptr) index_ = usual;
    }
    if (root.is_group("uns")) uns_ = std::make_unique<Group>(root.group("uns"));
  }

  std::string index_name() const override { return index_.empty() ? "_index" : index_; }

  std::vector<std::string> index() const override {
    if (!index_.empty()) return read_names(dataset_, index_);
    std::vector<std::string> numbers;
    for (size_t row = 0; row < n_rows_; ++row) numbers.push_back(std::to_string(row));
    return numbers;
  }

 protected:
  std::vector<std::string> listed_columns() const override {
    std::vector<std::string> names;
    for (const hdf5::Field& field : fields_) {
      if (field.name != index_) names.push_back(field.name);
    }
    return names;
  }

  std::string obstacle(const std::string& name) const override {
    const hdf5::Field* field = find(name);
    if (field == nullptr) return "nothing of that name";
    if (!field->dims.empty()) return "an array in each row";
    if (field->type.kind == TypeKind::string || (field->type.is_number() && field->type.standard)) return {};
    return fmt::format("elements of type {}", field->type.name());
  }

  Column read_column(const std::string& name) const override {
    Column column;
    column.name = name;
    const std::string categories = name + "_categories";
    const ElementType& type = find(name)->type;
    if (type.kind == TypeKind::integer && uns_ && uns_->is_dataset(categories)) {
      column.values =
          make_categorical(dataset_.read<int64_t>(name), type, read_category_names(uns_->dataset(categories)),
                           location_.child(name), column.notes);
    } else {
      column.values = read_values(dataset_, name);
      column.is_float32 = type.kind == TypeKind::floating && type.size <= 4;
    }
    return column;
  }

 private:
  const hdf5::Field* find(const std::string& name) const {
    const auto at =
        std::find_if(fields_.begin(), fields_.end(), [&](const auto& field) { return field.name == name; });
    return at == fields_.end() ? nullptr : &*at;
  }

  Dataset dataset_;
  std::vector<hdf5::Field> fields_;
  std::unique_ptr<Group> uns_;
  std::string index_;
};

}  // namespace

std::unique_ptr<FrameReader> FrameReader::open(const Group& root, const std::string& entry) {
  if (root.is_group(entry)) return std::make_unique<GroupFrame>(root.group(entry));
  Dataset dataset = root.dataset(entry);
  if (dataset.type().kind != TypeKind::compound) {
    throw dataset.location().error("a data frame (a group, or a compound dataset)",
                                   fmt::format("a dataset of type {}", dataset.type().name()),
                                   "the file is no AnnData file");
  }
  return std::make_unique<CompoundFrame>(root, std::move(dataset));
}

std::vector<std::string> FrameReader::column_names() const {
  std::vector<std::string> names = listed_columns();
  std::erase_if(names, [&](const std::string& name) { return !obstacle(name).empty(); });
  return names;
}

Column FrameReader::column(const std::string& name) const {
  const std::vector<std::string> listed = listed_columns();
  if (std::find(listed.begin(), listed.end(), name) == listed.end()) {
    std::vector<std::string> shown = column_names();
    const size_t n = shown.size();
    if (n > kMaxNamesInMessage) {
      shown.resize(kMaxNamesInMessage);
      shown.push_back(fmt::format("and {} more", n - kMaxNamesInMessage));
    }
    throw location_.error(fmt::format("a column '{}'", name),
                          n == 0 ? "no columns" : fmt::format("columns {}", fmt::join(shown, ", ")),
                          "check the spelling" + did_you_mean(name, column_names()));
  }
  if (const std::string reason = obstacle(name); !reason.empty()) {
    throw location_.child(name).error("a column of numbers, booleans, text or categories", reason,
                                      "choose another column");
  }
  return read_column(name);
}

DataFrame FrameReader::read() const {
  DataFrame frame;
  frame.index_name = index_name();
  frame.index = index();
  for (const std::string& name : column_names()) frame.columns.push_back(read_column(name));
  return frame;
}

std::vector<std::string> FrameReader::notes() const {
  std::vector<std::string> lines;
  for (const std::string& name : listed_columns()) {
    const std::string reason = obstacle(name);
    if (!reason.empty())
      lines.push_back(fmt::format("{}/{} was passed over: {}", location_.entry, name, reason));
  }
  return lines;
}

}  // namespace zerocell
