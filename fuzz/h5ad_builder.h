#pragma once
#include <hdf5.h>

#include <string>
#include <vector>

#include "choices.h"

namespace zerocell::fuzz {

/// Writes .h5ad files that HDF5 finds sound, and that say what the choices say: encodings, types, layouts,
/// lengths and values, right ones and others. Without choices the file is right.
class H5adBuilder {
 public:
  explicit H5adBuilder(Choices& choices) : choices_(choices) {}
  void build(const std::string& path);

 private:
  using Sizes = std::vector<hsize_t>;

  void frame(hid_t parent, const std::string& name, size_t n);
  void compound_frame(hid_t parent, const std::string& name, size_t n);
  void column(hid_t frame, const std::string& name, size_t n);
  void categorical(hid_t frame, const std::string& name, size_t n);
  void referenced_categorical(hid_t frame, const std::string& name, size_t n);
  void nullable(hid_t frame, const std::string& name, size_t n);
  void matrix(hid_t parent, const std::string& name, size_t n_rows, size_t n_cols);
  void sparse(hid_t parent, const std::string& name, size_t n_rows, size_t n_cols, bool by_row);
  void obsm(hid_t root, size_t n_cells);

  void attribute(hid_t object, const std::string& name, const std::string& text);
  void attribute(hid_t object, const std::string& name, const std::vector<std::string>& texts);
  void attribute(hid_t object, const std::string& name, const std::vector<int64_t>& numbers);
  void encoding(hid_t object, const std::string& name);
  void strings(hid_t parent, const std::string& name, const std::vector<std::string>& texts);
  /// A dataset of some type that can hold the numbers, or of one that cannot.
  void numbers(hid_t parent, const std::string& name, std::vector<double> values, Sizes shape,
               size_t usual_type);
  void link(hid_t parent, const std::string& name);
  hid_t layout(const Sizes& shape);
  hid_t type(size_t which);
  std::vector<std::string> names(const std::string& prefix, size_t n);

  Choices& choices_;
};

}  // namespace zerocell::fuzz
