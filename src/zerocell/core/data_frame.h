#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace zerocell {

/// What the names of categories are the text of.
enum class CategoryType { text, number, boolean };

/// Values from a fixed set of names, as pandas.Categorical: a code per row, -1 where missing.
struct Categorical {
  std::vector<std::string> categories;
  std::vector<int32_t> codes;
  bool ordered = false;
  CategoryType type = CategoryType::text;

  size_t n_categories() const { return categories.size(); }
  /// Rows per category (missing rows are counted nowhere).
  std::vector<size_t> counts() const;
  /// The same without categories that no row has; order of the others kept.
  Categorical without_unused() const;
  /// Rows with code -1.
  size_t n_missing() const;
};

/// One column of obs or var. uint8_t holds booleans.
using ColumnValues = std::variant<std::vector<std::string>, std::vector<int64_t>, std::vector<double>,
                                  std::vector<uint8_t>, Categorical>;

struct Column {
  std::string name;
  ColumnValues values;
  std::vector<uint8_t> missing;         ///< 1 where a nullable value is missing; empty: none is
  bool is_float32 = false;              ///< numbers that are float32 in the file
  std::vector<std::string> notes = {};  ///< what was taken for missing though it is not written so, in words

  size_t size() const;
  /// Groups of equal values. Strings and numbers become sorted categories; missing, NaN and empty-by-mask
  /// rows get code -1. Unused categories are dropped. Strings "nan", "NaN" and "" are ordinary values.
  Categorical as_categorical() const;
};

/// obs or var: an index of names and columns of equal length, in file order.
struct DataFrame {
  std::string index_name = "_index";
  std::vector<std::string> index;
  std::vector<Column> columns;

  size_t n_rows() const { return index.size(); }
  const Column* find(std::string_view name) const;
  /// The rows listed, in the order listed.
  DataFrame take(const std::vector<uint32_t>& rows) const;
};

}  // namespace zerocell
