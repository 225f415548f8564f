#include <algorithm>

#include <fmt/format.h>

#include "zerocell/data/hdf5.h"
#include "zerocell/data/hdf5_type.h"

// What writes: the data sets of files that zerocell makes. hdf5_dataset.cpp reads.
namespace zerocell::hdf5 {
namespace {

constexpr uint64_t kDefaultChunkElements = uint64_t{1} << 16;

std::vector<hsize_t> choose_chunk(std::span<const uint64_t> shape, const CreateOptions& options) {
  if (!options.chunk.empty()) return {options.chunk.begin(), options.chunk.end()};
  // Whole rows as far as they fit, several of them where they are short.
  std::vector<hsize_t> chunk(shape.begin(), shape.end());
  uint64_t room = kDefaultChunkElements;
  for (size_t axis = chunk.size(); axis-- > 0;) {
    const bool grows = axis == 0 && !options.max_shape.empty();
    chunk[axis] = std::clamp<uint64_t>(grows ? room : std::max<uint64_t>(chunk[axis], 1), 1,
                                       std::max<uint64_t>(room, 1));
    room /= chunk[axis];
  }
  return chunk;
}

}  // namespace

void Dataset::write_rows_from(hid_t memory_type, uint64_t first, uint64_t count, const void* data,
                              size_t n_values) {
  Lock lock;
  if (n_values != count * row_elements()) {
    throw Error::internal(fmt::format("{}: {} values for {} rows", location_.describe(), n_values, count));
  }
  if (n_values == 0) return;
  known_on_disk_.reset();
  if (shape_.empty()) {
    check(H5Dwrite(id(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), location_, "a value to write");
    return;
  }
  const Handle file_space(check(H5Dget_space(id()), location_, "a dataset shape"), H5Sclose);
  std::vector<hsize_t> start(shape_.size(), 0), extent(shape_.begin(), shape_.end());
  start[0] = first;
  extent[0] = count;
  check(H5Sselect_hyperslab(file_space.id(), H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr),
        location_, "rows to write");
  const Handle memory_space(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr),
                            H5Sclose);
  check(H5Dwrite(id(), memory_type, memory_space.id(), file_space.id(), H5P_DEFAULT, data), location_,
        "rows to write");
  if (count == shape_[0]) flush();
}

void Dataset::append_from(hid_t memory_type, const void* data, size_t n_values) {
  Lock lock;
  const uint64_t first = shape_.at(0), width = row_elements();
  resize_rows(first + n_values / width);
  write_rows_from(memory_type, first, n_values / width, data, n_values);
}

void Dataset::write_strings(const std::vector<std::string>& values) {
  Lock lock;
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  const Handle type(check(H5Dget_type(id()), location_, "a dataset type"), H5Tclose);
  write_rows_from(type.id(), 0, shape_.empty() ? 1 : shape_[0], pointers.data(), pointers.size());
}

void Dataset::append_strings(const std::vector<std::string>& values) {
  Lock lock;
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  const Handle type(check(H5Dget_type(id()), location_, "a dataset type"), H5Tclose);
  append_from(type.id(), pointers.data(), pointers.size());
}

void Dataset::write_raw_chunk(std::span<const uint64_t> offset, std::span<const uint8_t> bytes) {
  Lock lock;
  known_on_disk_.reset();
  const std::vector<hsize_t> start(offset.begin(), offset.end());
  check(H5Dwrite_chunk(id(), H5P_DEFAULT, 0, start.data(), bytes.size(), bytes.data()), location_,
        "a chunk to write");
}

void Dataset::resize_rows(uint64_t n_rows) {
  Lock lock;
  std::vector<hsize_t> dims(shape_.begin(), shape_.end());
  dims.at(0) = n_rows;
  check(H5Dset_extent(id(), dims.data()), location_, "a dataset that can grow");
  shape_[0] = n_rows;
  n_elements_ = n_rows * row_elements();
}

void Dataset::flush() {
  Lock lock;
  if (H5Dflush(id()) < 0) {
    throw location_.error("room to write", "the file system refuses", "check that the disk is not full");
  }
}

Dataset Group::create_dataset_of(hid_t type, const std::string& name, std::span<const uint64_t> shape,
                                 const CreateOptions& options) {
  Lock lock;
  Location where = location_.child(name);
  const std::vector<hsize_t> dims(shape.begin(), shape.end());
  const std::vector<hsize_t> limits(options.max_shape.begin(), options.max_shape.end());
  const Handle space(shape.empty() ? H5Screate(H5S_SCALAR)
                                   : H5Screate_simple(static_cast<int>(dims.size()), dims.data(),
                                                      limits.empty() ? nullptr : limits.data()),
                     H5Sclose);
  check(space.id(), where, "a shape");
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  // The same content makes the same file at any time of the day.
  check(H5Pset_obj_track_times(creation.id(), false), where, "no times of change");
  H5Pset_fill_time(creation.id(), H5D_FILL_TIME_IFSET);
  const bool empty = limits.empty() && std::count(dims.begin(), dims.end(), hsize_t{0}) > 0;
  if (!shape.empty() && !empty && (options.gzip_level > 0 || !options.chunk.empty() || !limits.empty())) {
    const std::vector<hsize_t> chunk = choose_chunk(shape, options);
    check(H5Pset_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data()), where, "chunks");
    if (options.gzip_level > 0) {
      if (options.shuffle) H5Pset_shuffle(creation.id());
      check(H5Pset_deflate(creation.id(), static_cast<unsigned>(options.gzip_level)), where, "gzip");
    }
  }
  const hid_t created =
      H5Dcreate2(id(), name.c_str(), type, space.id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT);
  return Dataset(Handle(check(created, where, "a dataset to create"), H5Oclose), where);
}

Dataset Group::create_strings(const std::string& name, uint64_t n, const CreateOptions& options) {
  Lock lock;
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return create_dataset_of(type.id(), name, {&n, 1}, options);
}

Dataset Group::write_strings(const std::string& name, const std::vector<std::string>& values,
                             const CreateOptions& options) {
  Dataset created = create_strings(name, values.size(), options);
  created.write_strings(values);
  return created;
}

Dataset Group::write_booleans(const std::string& name, std::span<const uint8_t> values,
                              const CreateOptions& options) {
  static_assert(sizeof(bool) == 1);
  const uint64_t n = values.size();
  Dataset created = create_dataset_of(native_type<bool>(), name, {&n, 1}, options);
  created.write(std::span<const bool>(reinterpret_cast<const bool*>(values.data()), values.size()));
  return created;
}

Dataset Group::write_scalar(const std::string& name, std::string_view text) {
  Lock lock;
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  Dataset created = create_dataset_of(type.id(), name, {},
                                      {.chunk = {}, .gzip_level = 0, .shuffle = false, .max_shape = {}});
  created.write_strings({std::string(text)});
  return created;
}

}  // namespace zerocell::hdf5
