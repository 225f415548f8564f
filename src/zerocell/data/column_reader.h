#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "zerocell/core/data_frame.h"
#include "zerocell/data/hdf5.h"

/// Columns of data frames: arrays, categoricals and nullable values as they stand in HDF5.
namespace zerocell {

/// Why the entry cannot be read as a column; empty when it can. Reads types only.
std::string column_obstacle(const hdf5::Group& frame, const std::string& name);

/// Rows of the entry.
size_t column_length(const hdf5::Group& frame, const std::string& name);

/// The entry as a column of n_rows values. Error for damage: other lengths, codes without category.
Column read_column(const hdf5::Group& frame, const std::string& name, size_t n_rows);

/// Numbers, booleans or strings of a dataset, or of its member `field`.
ColumnValues read_values(const hdf5::Dataset& dataset, const std::string& field = {});

/// Names of categories, with what they were before they became text.
struct CategoryNames {
  std::vector<std::string> names;
  CategoryType type = CategoryType::text;
};

/// Categories from codes, stored as code_type, and their names. A code that stands for -1 in another type
/// (255 of uint8, R's -2147483648) is missing, and `notes` tells how many there are. Error for other codes
/// outside -1 .. n - 1 and for a name that occurs twice.
Categorical make_categorical(std::vector<int64_t> codes, const hdf5::ElementType& code_type,
                             CategoryNames categories, const hdf5::Location& where,
                             std::vector<std::string>& notes);

/// The numbers of categories or of an index as text, with their type.
CategoryNames read_category_names(const hdf5::Dataset& dataset);

/// The values as text, as Python's str() shows them; missing ones are "nan".
std::vector<std::string> to_strings(const Column& column);

/// Names of categories, or of an index, in a dataset of strings or numbers (float32 in its own digits).
std::vector<std::string> read_names(const hdf5::Dataset& dataset, const std::string& field = {});

}  // namespace zerocell
