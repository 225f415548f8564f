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

/// Categories from codes and their names. Error for codes outside -1 .. n - 1 and for a name that occurs
/// twice.
Categorical make_categorical(const std::vector<int64_t>& codes, std::vector<std::string> categories,
                             bool ordered, const hdf5::Location& where);

/// The values as text, as Python's str() shows them; missing ones are "nan".
std::vector<std::string> to_strings(const Column& column);

/// Names of categories, or of an index, in a dataset of strings or numbers (float32 in its own digits).
std::vector<std::string> read_names(const hdf5::Dataset& dataset, const std::string& field = {});

}  // namespace zerocell
