#include "h5ad_builder.h"

#include <algorithm>
#include <array>

#include "zerocell/data/hdf5.h"

namespace zerocell::fuzz {
namespace {

using hdf5::Handle;

constexpr size_t kFloat32 = 0, kInt8 = 3, kInt32 = 5, kInt64 = 6, kBool = 14;

Handle group(hid_t parent, const std::string& name) {
  return {H5Gcreate2(parent, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose};
}

Handle space_of(const std::vector<hsize_t>& shape) {
  if (shape.empty()) return {H5Screate(H5S_SCALAR), H5Sclose};
  return {H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose};
}

Handle text_type(size_t length) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), length == 0 ? H5T_VARIABLE : length);
  return type;
}

Handle open(hid_t parent, const std::string& name) {
  return {H5Oopen(parent, name.c_str(), H5P_DEFAULT), H5Oclose};
}

uint64_t count(const std::vector<hsize_t>& shape) {
  uint64_t n = 1;
  for (const hsize_t size : shape) n *= size;
  return n;
}

}  // namespace

void H5adBuilder::attribute(hid_t object, const std::string& name, const std::string& text) {
  const bool variable = choices_.below(2) == 0;
  const Handle type = text_type(variable ? 0 : std::max<size_t>(text.size(), 1));
  const Handle space = space_of({});
  const Handle made(H5Acreate2(object, name.c_str(), type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT),
                    H5Aclose);
  const char* pointer = text.c_str();
  H5Awrite(made.id(), type.id(), variable ? static_cast<const void*>(&pointer) : pointer);
}

void H5adBuilder::attribute(hid_t object, const std::string& name, const std::vector<std::string>& texts) {
  const Handle type = text_type(0);
  const Handle space = space_of({texts.size()});
  const Handle made(H5Acreate2(object, name.c_str(), type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT),
                    H5Aclose);
  std::vector<const char*> pointers;
  for (const auto& text : texts) pointers.push_back(text.c_str());
  if (!texts.empty()) H5Awrite(made.id(), type.id(), pointers.data());
}

void H5adBuilder::attribute(hid_t object, const std::string& name, const std::vector<int64_t>& numbers) {
  const Handle space = space_of({numbers.size()});
  const hid_t stored = choices_.odd() ? H5T_IEEE_F64LE : H5T_STD_I64LE;
  const Handle made(H5Acreate2(object, name.c_str(), stored, space.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (!numbers.empty()) H5Awrite(made.id(), H5T_NATIVE_INT64, numbers.data());
}

void H5adBuilder::encoding(hid_t object, const std::string& name) {
  constexpr std::array kOthers = {"dataframe",        "csr_matrix",       "csc_matrix",   "array",
                                  "categorical",      "nullable-integer", "dict",         "null",
                                  "nullable-boolean", "string-array",     "awkward-array"};
  if (choices_.odd()) return;
  attribute(object, "encoding-type", choices_.odd() ? kOthers[choices_.below(kOthers.size())] : name);
}

hid_t H5adBuilder::type(size_t which) {
  switch (which % 24) {
    case 1:
      return H5Tcopy(H5T_IEEE_F64LE);
    case 2:
      return H5Tcopy(H5T_IEEE_F64BE);
    case kInt8:
      return H5Tcopy(H5T_STD_I8LE);
    case 4:
      return H5Tcopy(H5T_STD_I16BE);
    case kInt32:
      return H5Tcopy(H5T_STD_I32LE);
    case kInt64:
      return H5Tcopy(H5T_STD_I64LE);
    case 7:
      return H5Tcopy(H5T_STD_I64BE);
    case 8:
      return H5Tcopy(H5T_STD_U8LE);
    case 9:
      return H5Tcopy(H5T_STD_U16LE);
    case 10:
      return H5Tcopy(H5T_STD_U32BE);
    case 11:
      return H5Tcopy(H5T_STD_U64LE);
    case 12:
      return H5Tcopy(H5T_STD_B8LE);
    case 13:
      return H5Tcopy(H5T_NATIVE_LDOUBLE);
    case kBool:
    case 15: {
      const hid_t made = H5Tenum_create(H5T_STD_I8LE);
      const int8_t values[] = {0, 1, 2};
      H5Tenum_insert(made, "FALSE", &values[0]);
      H5Tenum_insert(made, which % 24 == kBool ? "TRUE" : "maybe", &values[1]);
      if (choices_.odd()) H5Tenum_insert(made, "NA", &values[2]);
      return made;
    }
    case 16: {
      const hid_t made = H5Tcopy(H5T_IEEE_F32LE);  // float16
      H5Tset_fields(made, 15, 10, 5, 0, 10);
      H5Tset_size(made, 2);
      H5Tset_ebias(made, 15);
      return made;
    }
    case 17: {
      const hid_t made = H5Tcopy(H5T_STD_I32LE);
      H5Tset_precision(made, 20);
      return made;
    }
    case 18: {
      const hid_t made = H5Tcreate(H5T_COMPOUND, 12);
      H5Tinsert(made, "a", 0, H5T_STD_I32LE);
      H5Tinsert(made, "b", 4, H5T_IEEE_F64LE);
      return made;
    }
    case 19: {
      const hsize_t dims[] = {2};
      return H5Tarray_create2(H5T_STD_I16LE, 1, dims);
    }
    case 20:
      return H5Tcopy(H5T_STD_REF_OBJ);
    case 21:
      return H5Tcreate(H5T_OPAQUE, 3);
    case 22:
      return H5Tvlen_create(H5T_STD_I32LE);
    case 23: {
      const hid_t made = H5Tcopy(H5T_C_S1);
      H5Tset_size(made, 3);
      return made;
    }
    default:
      return H5Tcopy(H5T_IEEE_F32LE);
  }
}

hid_t H5adBuilder::layout(const Sizes& shape) {
  const hid_t made = H5Pcreate(H5P_DATASET_CREATE);
  const bool large = count(shape) > 4096;  // never written: only a chunked dataset takes no room then
  if (shape.empty() || count(shape) == 0) return made;
  const size_t kind = large ? 1 : choices_.below(4);
  if (kind == 2) H5Pset_layout(made, H5D_COMPACT);
  if (kind == 0 || kind == 2) return made;
  Sizes chunk;
  for (const hsize_t size : shape) chunk.push_back(std::min<hsize_t>(size, 1 + choices_.below(8)));
  H5Pset_chunk(made, static_cast<int>(chunk.size()), chunk.data());
  if (choices_.below(2) == 1) H5Pset_shuffle(made);
  if (choices_.below(2) == 1) H5Pset_deflate(made, 1);
  if (choices_.odd()) H5Pset_fletcher32(made);
  if (choices_.odd()) {  // filters whose code HDF5 lacks: lzf, blosc, zstd, and one that nobody has
    constexpr std::array<H5Z_filter_t, 4> kFilters = {32000, 32001, 32015, 31999};
    const std::array<unsigned, 7> parameters = {2, 2, 4, 32, 5, 1, static_cast<unsigned>(choices_.below(6))};
    H5Pset_filter(made, kFilters[choices_.below(kFilters.size())], H5Z_FLAG_OPTIONAL, choices_.below(8),
                  parameters.data());
  }
  return made;
}

void H5adBuilder::numbers(hid_t parent, const std::string& name, std::vector<double> values, Sizes shape,
                          size_t usual_type) {
  if (choices_.odd()) shape.push_back(choices_.below(3));
  for (hsize_t& size : shape) size = choices_.length(size);
  for (double& value : values)
    if (choices_.odd()) value = static_cast<double>(choices_.number(static_cast<int64_t>(value)));
  const Handle stored(type(choices_.odd() ? choices_.byte() : usual_type), H5Tclose);
  const Handle space = space_of(shape);
  const Handle properties(layout(shape), H5Pclose);
  const Handle made(
      H5Dcreate2(parent, name.c_str(), stored.id(), space.id(), H5P_DEFAULT, properties.id(), H5P_DEFAULT),
      H5Dclose);
  if (count(shape) <= 4096 && count(shape) > 0) {
    const H5T_class_t kind = H5Tget_class(stored.id());
    if (kind == H5T_INTEGER || kind == H5T_FLOAT) {
      values.resize(count(shape));
      H5Dwrite(made.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    } else if (kind != H5T_VLEN && kind != H5T_REFERENCE) {
      std::vector<uint8_t> raw(count(shape) * H5Tget_size(stored.id()));
      for (size_t i = 0; i < raw.size(); ++i) raw[i] = i < values.size() && values[i] != 0 ? 1 : 0;
      H5Dwrite(made.id(), stored.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data());
    }
  }
  // A chunk of any content; with very many chunks HDF5 would write an index of gigabytes.
  if (choices_.odd() && H5Pget_layout(properties.id()) == H5D_CHUNKED && count(shape) <= 1 << 22) {
    std::vector<uint8_t> raw(choices_.below(40));
    for (uint8_t& byte : raw) byte = choices_.byte();
    const Sizes origin(shape.size(), 0);
    H5Dwrite_chunk(made.id(), H5P_DEFAULT, static_cast<uint32_t>(choices_.below(4)), origin.data(),
                   raw.size(), raw.data());
  }
}

void H5adBuilder::strings(hid_t parent, const std::string& name, const std::vector<std::string>& texts) {
  const bool variable = choices_.below(3) != 2;
  size_t longest = 1;
  for (const auto& text : texts) longest = std::max(longest, text.size());
  const Handle stored = text_type(variable ? 0 : longest);
  if (choices_.below(2) == 1) H5Tset_cset(stored.id(), H5T_CSET_UTF8);
  Sizes shape{choices_.length(texts.size())};
  if (choices_.odd()) shape.push_back(1);
  const Handle space = space_of(shape);
  const Handle properties(layout(shape), H5Pclose);
  const Handle made(
      H5Dcreate2(parent, name.c_str(), stored.id(), space.id(), H5P_DEFAULT, properties.id(), H5P_DEFAULT),
      H5Dclose);
  encoding(made.id(), "string-array");
  if (count(shape) > 4096 || count(shape) == 0) return;
  std::vector<const char*> pointers;
  std::string fixed;
  for (uint64_t i = 0; i < count(shape); ++i) {
    const std::string& text = texts.empty() ? name : texts[i % texts.size()];
    pointers.push_back(text.c_str());
    std::string padded = text;
    padded.resize(longest);
    fixed += padded;
  }
  H5Dwrite(made.id(), stored.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT,
           variable ? static_cast<const void*>(pointers.data()) : fixed.data());
}

std::vector<std::string> H5adBuilder::names(const std::string& prefix, size_t n) {
  std::vector<std::string> out;
  for (size_t i = 0; i < n; ++i) out.push_back(choices_.text(prefix + std::to_string(i)));
  return out;
}

void H5adBuilder::link(hid_t parent, const std::string& name) {
  constexpr std::array kTargets = {"/", "/obs", ".", "nowhere", "/X", "/obs/c0", "/obsm"};
  const char* target = kTargets[choices_.below(kTargets.size())];
  const size_t kind = choices_.below(3);
  if (kind == 0) H5Lcreate_soft(target, parent, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
  if (kind == 1) H5Lcreate_hard(parent, target, parent, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
  if (kind == 2) H5Lcreate_external("cells.h5ad", target, parent, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
}

void H5adBuilder::categorical(hid_t frame, const std::string& name, size_t n) {
  const Handle made = group(frame, name);
  encoding(made.id(), "categorical");
  const size_t n_categories = 1 + choices_.below(4);
  std::vector<double> codes;
  for (size_t i = 0; i < n; ++i) codes.push_back(static_cast<double>(i % n_categories));
  numbers(made.id(), "codes", codes, {n}, kInt8);
  if (choices_.odd())
    column(made.id(), "categories", n_categories);
  else
    strings(made.id(), "categories", names("k", n_categories));
  if (choices_.below(2) == 1) attribute(made.id(), "ordered", std::vector<int64_t>{choices_.number(1)});
}

void H5adBuilder::referenced_categorical(hid_t frame, const std::string& name, size_t n) {
  numbers(frame, name, std::vector<double>(n, 0), {n}, kInt8);
  const size_t n_categories = 1 + choices_.below(3);
  H5Gclose(H5Gcreate2(frame, "__categories", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  const std::string categories = "__categories/" + (choices_.below(3) == 2 ? "other" : name);
  strings(frame, categories, names("k", n_categories));
  const Handle codes = open(frame, name);
  const size_t kind = choices_.below(4);
  if (kind == 2) return attribute(codes.id(), "categories", names("k", n_categories));
  if (kind == 3) return attribute(codes.id(), "categories", std::vector<int64_t>{choices_.number(3)});
  hobj_ref_t reference{};
  H5Rcreate(&reference, frame, kind == 1 ? "." : categories.c_str(), H5R_OBJECT, -1);
  if (choices_.odd()) reference += choices_.byte();
  const Handle space = space_of({});
  const Handle made(
      H5Acreate2(codes.id(), "categories", H5T_STD_REF_OBJ, space.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  H5Awrite(made.id(), H5T_STD_REF_OBJ, &reference);
}

void H5adBuilder::nullable(hid_t frame, const std::string& name, size_t n) {
  constexpr std::array kKinds = {"nullable-integer", "nullable-boolean", "nullable-string-array"};
  const size_t kind = choices_.below(3);
  const Handle made = group(frame, name);
  encoding(made.id(), kKinds[kind]);
  if (kind == 2)
    strings(made.id(), "values", names("t", n));
  else
    numbers(made.id(), "values", std::vector<double>(n, 1), {n}, kind == 0 ? kInt64 : kBool);
  if (!choices_.odd()) numbers(made.id(), "mask", std::vector<double>(n, 0), {n}, kBool);
}

void H5adBuilder::column(hid_t frame, const std::string& name, size_t n) {
  switch (choices_.below(8)) {
    case 0:
      return categorical(frame, name, n);
    case 1:
      return referenced_categorical(frame, name, n);
    case 2:
      return nullable(frame, name, n);
    case 3:
      return strings(frame, name, names("t", n));
    case 4:
      return link(frame, name);
    case 5:
      return matrix(frame, name, n, 1);
    default:
      return numbers(frame, name, std::vector<double>(n, 2), {n}, choices_.byte());
  }
}

void H5adBuilder::compound_frame(hid_t parent, const std::string& name, size_t n) {
  const size_t n_columns = 1 + choices_.below(3);
  const Handle text = text_type(choices_.below(3) == 2 ? 0 : 4);
  const size_t text_size = H5Tget_size(text.id());
  const Handle stored(H5Tcreate(H5T_COMPOUND, text_size + 32 * n_columns), H5Tclose);
  H5Tinsert(stored.id(), "index", 0, text.id());
  for (size_t i = 0; i < n_columns; ++i) {
    const Handle member(type(choices_.byte()), H5Tclose);
    H5Tinsert(stored.id(), choices_.text("c" + std::to_string(i)).c_str(), text_size + 32 * i, member.id());
  }
  const Sizes shape{choices_.length(n)};
  const Handle space = space_of(shape);
  const Handle properties(layout(shape), H5Pclose);
  const Handle made(
      H5Dcreate2(parent, name.c_str(), stored.id(), space.id(), H5P_DEFAULT, properties.id(), H5P_DEFAULT),
      H5Dclose);
  if (H5Tdetect_class(stored.id(), H5T_VLEN) > 0 || H5Tis_variable_str(text.id()) > 0 || shape[0] > 4096)
    return;
  std::vector<uint8_t> raw(shape[0] * H5Tget_size(stored.id()));
  for (uint8_t& byte : raw) byte = choices_.byte();
  H5Dwrite(made.id(), stored.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data());
}

void H5adBuilder::frame(hid_t parent, const std::string& name, size_t n) {
  if (choices_.odd()) return link(parent, name);
  if (choices_.odd()) return compound_frame(parent, name, n);
  const Handle made = group(parent, name);
  encoding(made.id(), "dataframe");
  const std::string index = choices_.text("_index");
  attribute(made.id(), "_index", index);
  if (choices_.odd())
    column(made.id(), index, n);
  else
    strings(made.id(), index, names(name, n));
  std::vector<std::string> columns;
  for (size_t i = choices_.below(4); i > 0; --i) {
    columns.push_back(choices_.text("c" + std::to_string(i - 1)));
    column(made.id(), columns.back(), n);
  }
  if (choices_.odd()) columns.push_back(choices_.text("none"));
  if (!choices_.odd()) attribute(made.id(), "column-order", columns);
}

void H5adBuilder::sparse(hid_t parent, const std::string& name, size_t n_rows, size_t n_cols, bool by_row) {
  const Handle made = group(parent, name);
  if (choices_.odd())
    attribute(made.id(), "h5sparse_format", std::string(by_row ? "csr" : "csc"));
  else
    encoding(made.id(), by_row ? "csr_matrix" : "csc_matrix");
  std::vector<int64_t> shape{choices_.number(static_cast<int64_t>(n_rows)),
                             choices_.number(static_cast<int64_t>(n_cols))};
  if (choices_.odd()) shape.push_back(1);
  attribute(made.id(), choices_.odd() ? "h5sparse_shape" : "shape", shape);
  std::vector<double> indptr{0}, indices, values;
  for (size_t major = 0; major < (by_row ? n_rows : n_cols); ++major) {
    const size_t n = std::min(choices_.below(3), by_row ? n_cols : n_rows);
    for (size_t i = 0; i < n; ++i) {
      indices.push_back(static_cast<double>(choices_.odd() ? 0 : i));
      values.push_back(static_cast<double>(1 + i));
    }
    indptr.push_back(static_cast<double>(indices.size()));
  }
  const hsize_t n_pointers = indptr.size(), n_stored = indices.size();
  numbers(made.id(), "indptr", indptr, {n_pointers}, kInt64);
  numbers(made.id(), "indices", indices, {n_stored}, kInt32);
  numbers(made.id(), "data", values, {n_stored}, kFloat32);
}

void H5adBuilder::matrix(hid_t parent, const std::string& name, size_t n_rows, size_t n_cols) {
  const size_t kind = choices_.below(8);
  if (kind < 3) return sparse(parent, name, n_rows, n_cols, true);
  if (kind < 5) return sparse(parent, name, n_rows, n_cols, false);
  if (kind == 5) return link(parent, name);
  numbers(parent, name, std::vector<double>(n_rows * n_cols, 1), {n_rows, n_cols}, choices_.byte());
  const Handle made = open(parent, name);
  encoding(made.id(), "array");
}

void H5adBuilder::obsm(hid_t root, size_t n_cells) {
  const Handle made = group(root, "obsm");
  encoding(made.id(), "dict");
  for (size_t i = 0; i < 2; ++i) {
    const std::string name = choices_.text("X_" + std::to_string(i));
    if (choices_.below(3) == 2)
      frame(made.id(), name, n_cells);
    else
      matrix(made.id(), name, n_cells, 1 + choices_.below(3));
  }
}

void H5adBuilder::build(const std::string& path) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  // HDF5 keeps what it frees: half of the time would go into fresh pages otherwise.
  constexpr int kAll = 64 << 20, kOne = 16 << 20;
  H5set_free_list_limits(kAll, kOne, kAll, kOne, kAll, kOne);
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  if (choices_.below(2) == 1) H5Pset_libver_bounds(access.id(), H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  const Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), H5Fclose);
  const size_t n_cells = choices_.below(8) == 7 ? 0 : 4, n_genes = 3;
  frame(file.id(), "obs", n_cells);
  frame(file.id(), "var", n_genes);
  matrix(file.id(), "X", n_cells, n_genes);
  if (choices_.below(2) == 1) obsm(file.id(), n_cells);
  if (choices_.below(4) == 3) {
    const Handle layers = group(file.id(), "layers");
    matrix(layers.id(), "counts", n_cells, n_genes);
    matrix(layers.id(), choices_.text("other"), n_cells, n_genes);
  }
  if (choices_.below(4) == 3) {
    const Handle raw = group(file.id(), "raw");
    frame(raw.id(), "var", n_genes + 1);
    matrix(raw.id(), "X", n_cells, n_genes + 1);
  }
}

}  // namespace zerocell::fuzz
