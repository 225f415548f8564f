#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "zerocell/core/data_frame.h"
#include "zerocell/data/hdf5.h"

namespace zerocell {

/// obs, var or another data frame of an AnnData file, in any of the forms that AnnData has written:
///
/// 1. until 0.6: one compound dataset; categories in uns/COLUMN_categories;
/// 2. 0.7: a group of arrays; categories in __categories/COLUMN, referred to by an attribute;
/// 3. since 0.8: a group of arrays and of groups for categoricals and nullable values.
///
/// Opening reads names only.
class FrameReader {
 public:
  virtual ~FrameReader() = default;
  static std::unique_ptr<FrameReader> open(const hdf5::Group& root, const std::string& entry);

  size_t n_rows() const { return n_rows_; }
  virtual std::string index_name() const = 0;
  virtual std::vector<std::string> index() const = 0;
  /// Columns that can be read, in the file's order.
  std::vector<std::string> column_names() const;
  /// One column; Error lists the columns that exist.
  Column column(const std::string& name) const;
  DataFrame read() const;
  /// A line for each column that cannot be read, with the reason.
  std::vector<std::string> notes() const;

 protected:
  explicit FrameReader(hdf5::Location location) : location_(std::move(location)) {}
  virtual std::vector<std::string> listed_columns() const = 0;
  /// Why a listed column cannot be read; empty when it can. Reads types only.
  virtual std::string obstacle(const std::string& name) const = 0;
  virtual Column read_column(const std::string& name) const = 0;

  hdf5::Location location_;
  size_t n_rows_ = 0;
};

}  // namespace zerocell
