#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "zerocell/data/hdf5.h"
#include "zerocell/data/hdf5_type.h"

namespace zerocell::hdf5 {
namespace {

constexpr int kLzf = 32000, kBlosc = 32001, kZstd = 32015;
/// Deflate and lzf cannot expand more than about 1032 : 1; zstd and blosc can, on constant data.
constexpr uint64_t kMaxExpansion = 1100, kMaxExpansionModern = 100'000;
/// Chunks never written stand for fill values and take no room on disk; this much of them is believed.
constexpr uint64_t kBelievedBytes = uint64_t{64} << 20;

std::string filter_name(int id, const char* registered) {
  switch (id) {
    case H5Z_FILTER_DEFLATE:
      return "gzip";
    case H5Z_FILTER_SHUFFLE:
      return "shuffle";
    case H5Z_FILTER_FLETCHER32:
      return "fletcher32";
    case H5Z_FILTER_SZIP:
      return "szip";
    case H5Z_FILTER_NBIT:
      return "nbit";
    case H5Z_FILTER_SCALEOFFSET:
      return "scaleoffset";
    case kLzf:
      return "lzf";
    case kBlosc:
      return "blosc";
    case kZstd:
      return "zstd";
    default:
      return registered[0] == '\0' ? fmt::format("filter {}", id) : fmt::format("{} ({})", registered, id);
  }
}

std::vector<Filter> read_filters(hid_t creation, const Location& where) {
  const int n = check(H5Pget_nfilters(creation), where, "a filter pipeline");
  std::vector<Filter> filters;
  for (int i = 0; i < n; ++i) {
    Filter filter;
    filter.parameters.resize(64);
    size_t n_parameters = filter.parameters.size();
    unsigned flags = 0, config = 0;
    char name[64] = {};
    filter.id = check(H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &n_parameters,
                                     filter.parameters.data(), sizeof name - 1, name, &config),
                      where, "a filter pipeline");
    filter.parameters.resize(std::min<size_t>(n_parameters, 64));
    filter.optional = (flags & H5Z_FLAG_OPTIONAL) != 0;
    filter.name = filter_name(filter.id, name);
    filters.push_back(std::move(filter));
  }
  return filters;
}

uint64_t product(std::span<const uint64_t> factors, const Location& where) {
  uint64_t result = 1;
  for (const uint64_t factor : factors) {
    if (__builtin_mul_overflow(result, factor, &result)) {
      throw where.error("a shape that fits into memory", fmt::format("{}", fmt::join(factors, " x ")),
                        "the file is damaged");
    }
  }
  return result;
}

}  // namespace

Dataset::Dataset(Handle handle, Location location) : Object(std::move(handle), std::move(location)) {
  Lock lock;
  refresh();
}

void Dataset::refresh() {
  const Handle type(check(H5Dget_type(id()), location_, "a dataset type"), H5Tclose);
  type_ = describe_type(type.id());
  const Handle space(check(H5Dget_space(id()), location_, "a dataset shape"), H5Sclose);
  const H5S_class_t kind = H5Sget_simple_extent_type(space.id());
  if (kind == H5S_SIMPLE) {
    const int rank = check(H5Sget_simple_extent_ndims(space.id()), location_, "a dataset shape");
    std::vector<hsize_t> dims(static_cast<size_t>(rank));
    check(H5Sget_simple_extent_dims(space.id(), dims.data(), nullptr), location_, "a dataset shape");
    shape_.assign(dims.begin(), dims.end());
  } else if (kind == H5S_NULL) {
    shape_ = {0};
  } else {
    shape_.clear();
  }
  n_elements_ = product(shape_, location_);
  const Handle creation(check(H5Dget_create_plist(id()), location_, "a dataset layout"), H5Pclose);
  chunk_shape_.clear();
  filters_.clear();
  if (H5Pget_layout(creation.id()) == H5D_CHUNKED) {
    std::vector<hsize_t> dims(std::max<size_t>(shape_.size(), 1));
    const int rank =
        check(H5Pget_chunk(creation.id(), static_cast<int>(dims.size()), dims.data()), location_, "chunks");
    if (static_cast<size_t>(rank) != shape_.size() || std::count(dims.begin(), dims.end(), hsize_t{0}) != 0) {
      throw location_.error("chunks of the dataset's rank", fmt::format("rank {}", rank),
                            "the file is damaged");
    }
    chunk_shape_.assign(dims.begin(), dims.end());
    filters_ = read_filters(creation.id(), location_);
  }
  const Handle file(H5Iget_file_id(id()), H5Fclose);
  hsize_t size = 0;
  check(H5Fget_filesize(file.id(), &size), location_, "an open file");
  file_size_ = size;
}

std::vector<Field> Dataset::fields() const {
  Lock lock;
  std::vector<Field> fields;
  const Handle type(check(H5Dget_type(id()), location_, "a dataset type"), H5Tclose);
  if (H5Tget_class(type.id()) != H5T_COMPOUND) return fields;
  const int n = check(H5Tget_nmembers(type.id()), location_, "a compound type");
  size_t grown = 0;  // by members that take more room on disk than in memory
  for (unsigned i = 0; i < static_cast<unsigned>(n); ++i) {
    char* name = H5Tget_member_name(type.id(), i);
    if (name == nullptr) location_.fail("a compound type");
    Field field;
    field.name = name;
    H5free_memory(name);
    Handle member(check(H5Tget_member_type(type.id(), i), location_, "a compound type"), H5Tclose);
    if (H5Tget_class(member.id()) == H5T_ARRAY) {
      const int rank = check(H5Tget_array_ndims(member.id()), location_, "an array type");
      std::vector<hsize_t> dims(static_cast<size_t>(rank));
      check(H5Tget_array_dims2(member.id(), dims.data()), location_, "an array type");
      field.dims.assign(dims.begin(), dims.end());
      member = Handle(check(H5Tget_super(member.id()), location_, "an array type"), H5Tclose);
    }
    field.type = describe_type(member.id());
    field.disk_offset = H5Tget_member_offset(type.id(), i) + grown;
    if (field.type.variable) grown += field.type.disk_size - field.type.size;
    fields.push_back(std::move(field));
  }
  return fields;
}

uint64_t Dataset::bytes_on_disk() const {
  Lock lock;
  return std::min<uint64_t>(H5Dget_storage_size(id()), file_size_);
}

void Dataset::check_plausible(uint64_t bytes) const {
  Lock lock;
  uint64_t expansion = filters_.empty() ? 1 : kMaxExpansion;
  for (const Filter& filter : filters_) {
    if (filter.id != H5Z_FILTER_DEFLATE && filter.id != H5Z_FILTER_SHUFFLE &&
        filter.id != H5Z_FILTER_FLETCHER32 && filter.id != kLzf) {
      expansion = kMaxExpansionModern;
    }
  }
  if (!known_on_disk_) known_on_disk_ = bytes_on_disk();
  const uint64_t on_disk = *known_on_disk_;
  if (bytes <= kBelievedBytes || (bytes - kBelievedBytes) / expansion <= on_disk) return;
  throw location_.error(fmt::format("at most what {} bytes on disk can hold", on_disk),
                        fmt::format("a shape of {} ({} bytes)", fmt::join(shape_, " x "), bytes),
                        "the file is damaged; copy or create it again");
}

size_t Dataset::checked_count(size_t element_size, const std::string& field) const {
  Lock lock;
  uint64_t count = n_elements_;
  if (!field.empty()) {
    const std::vector<Field> members = fields();
    const auto found =
        std::find_if(members.begin(), members.end(), [&](const Field& f) { return f.name == field; });
    if (found == members.end())
      throw location_.error(fmt::format("a member '{}'", field), "none of that name");
    std::vector<uint64_t> factors = found->dims;
    factors.push_back(n_elements_);
    count = product(factors, location_);
  }
  const uint64_t sizes[] = {n_elements_, std::max<uint64_t>({type_.size, type_.disk_size, 1})};
  const uint64_t decoded[] = {count, element_size};
  product(decoded, location_);
  check_plausible(std::max(product(sizes, location_), chunk_bytes()));
  return static_cast<size_t>(count);
}

void Dataset::read_into(hid_t memory_type, const std::string& field, void* out) const {
  Lock lock;
  if (n_elements_ == 0) return;
  check_rare_filters();
  if (field.empty()) {
    check(H5Dread(id(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out), location_,
          fmt::format("values of type {} that decode", type_.name()));
    return;
  }
  const std::vector<Field> members = fields();
  const auto found =
      std::find_if(members.begin(), members.end(), [&](const Field& f) { return f.name == field; });
  const std::vector<hsize_t> dims(found->dims.begin(), found->dims.end());
  const Handle array(dims.empty()
                         ? H5Tcopy(memory_type)
                         : H5Tarray_create2(memory_type, static_cast<unsigned>(dims.size()), dims.data()),
                     H5Tclose);
  const Handle compound = single_member(field, array.id());
  check(H5Dread(id(), compound.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, out), location_.child(field),
        fmt::format("values of type {} that decode", found->type.name()));
}

std::vector<std::string> Dataset::read_strings(const std::string& field) const {
  Lock lock;
  const size_t n = checked_count(sizeof(std::string), field);
  if (n == 0) return {};
  const Location where = field.empty() ? location_ : location_.child(field);
  Handle type(check(H5Dget_type(id()), location_, "a dataset type"), H5Tclose);
  if (!field.empty()) {
    const int member =
        check(H5Tget_member_index(type.id(), field.c_str()), where, "a member of a compound type");
    type = Handle(check(H5Tget_member_type(type.id(), static_cast<unsigned>(member)), where, "a member type"),
                  H5Tclose);
  }
  if (H5Tget_class(type.id()) != H5T_STRING) throw where.error("text", describe_type(type.id()).name());
  if (H5Tis_variable_str(type.id()) > 0 && type_.disk_size > 0) {
    StringPlace place{type_.disk_size, 0};
    for (const Field& member : fields()) {
      if (member.name == field) place.offset = member.disk_offset;
    }
    if (auto texts = read_heap_strings(*this, place)) return *texts;
  }
  const Handle space(check(H5Dget_space(id()), location_, "a dataset shape"), H5Sclose);
  const auto read = [&](hid_t memory, void* out) {
    return H5Dread(id(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, out);
  };
  return read_strings_with(read, {type.id(), space.id(), field}, n, where);
}

std::vector<uint8_t> Dataset::read_booleans(const std::string& field) const {
  Lock lock;
  std::vector<uint8_t> values(checked_count(1, field));
  Handle type(check(H5Dget_type(id()), location_, "a dataset type"), H5Tclose);
  if (!field.empty()) {
    const int member =
        check(H5Tget_member_index(type.id(), field.c_str()), location_, "a member of a compound type");
    type = Handle(
        check(H5Tget_member_type(type.id(), static_cast<unsigned>(member)), location_, "a member type"),
        H5Tclose);
  }
  if (H5Tget_size(type.id()) != 1) throw location_.error("booleans", describe_type(type.id()).name());
  read_into(type.id(), field, values.data());
  return values;
}

/// The library decodes whole chunks, which may be larger than the dataset.
uint64_t Dataset::chunk_bytes() const {
  if (chunk_shape_.empty() || n_elements_ == 0) return 0;
  std::vector<uint64_t> factors = chunk_shape_;
  factors.push_back(std::max(type_.size, type_.disk_size));
  return product(factors, location_);
}

uint64_t Dataset::row_elements() const {
  return shape_.empty() ? 1 : product(std::span(shape_).subspan(1), location_);
}

void Dataset::check_rows(uint64_t first, uint64_t count, size_t element_size) const {
  Lock lock;
  const uint64_t n_rows = shape_.empty() ? 1 : shape_[0];
  if (first > n_rows || count > n_rows - first) {
    throw location_.error(fmt::format("rows {} to {}", first, first + count), fmt::format("{} rows", n_rows));
  }
  const uint64_t sizes[] = {count, row_elements(), std::max<uint64_t>(element_size, type_.size)};
  check_plausible(std::max(product(sizes, location_), chunk_bytes()));
}

void Dataset::read_rows_into(hid_t memory_type, uint64_t first, uint64_t count, void* out) const {
  Lock lock;
  if (count == 0 || n_elements_ == 0) return;
  check_rare_filters();
  const Handle file_space(check(H5Dget_space(id()), location_, "a dataset shape"), H5Sclose);
  std::vector<hsize_t> start(shape_.size(), 0), extent(shape_.begin(), shape_.end());
  start[0] = first;
  extent[0] = count;
  check(H5Sselect_hyperslab(file_space.id(), H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr),
        location_, "rows");
  const Handle memory_space(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr),
                            H5Sclose);
  check(H5Dread(id(), memory_type, memory_space.id(), file_space.id(), H5P_DEFAULT, out), location_,
        fmt::format("values of type {} that decode", type_.name()));
}

std::vector<uint8_t> Dataset::read_raw_rows(uint64_t first, uint64_t count) const {
  Lock lock;
  if (shape_.empty()) throw location_.error("an array", "a single value");
  check_rows(first, count, type_.size);
  const Handle type(check(H5Dget_type(id()), location_, "a dataset type"), H5Tclose);
  std::vector<uint8_t> bytes(count * row_elements() * type_.size);
  read_rows_into(type.id(), first, count, bytes.data());
  return bytes;
}

std::optional<RawChunk> Dataset::read_raw_chunk(std::span<const uint64_t> offset) const {
  Lock lock;
  const std::vector<hsize_t> start(offset.begin(), offset.end());
  RawChunk chunk;
  unsigned mask = 0;
  haddr_t address = HADDR_UNDEF;
  hsize_t size = 0;
  check(H5Dget_chunk_info_by_coord(id(), start.data(), &mask, &address, &size), location_, "a chunk index");
  if (address == HADDR_UNDEF || size == 0) return std::nullopt;
  if (size > file_size_ || address > file_size_ - size) {
    throw location_.error("a chunk inside the file", fmt::format("{} bytes at {}", size, address),
                          "the file is damaged or truncated; copy or create it again");
  }
  chunk.bytes.resize(size);
  check(H5Dread_chunk(id(), H5P_DEFAULT, start.data(), &chunk.filter_mask, chunk.bytes.data()), location_,
        "a chunk that can be read");
  return chunk;
}

std::vector<uint8_t> Dataset::fill_value() const {
  Lock lock;
  std::vector<uint8_t> value(std::max(type_.disk_size, type_.size), 0);
  if (!type_.is_number()) return value;
  const Handle creation(check(H5Dget_create_plist(id()), location_, "a dataset layout"), H5Pclose);
  const Handle type(check(H5Dget_type(id()), location_, "a dataset type"), H5Tclose);
  H5D_fill_value_t status = H5D_FILL_VALUE_UNDEFINED;
  if (H5Pfill_value_defined(creation.id(), &status) >= 0 && status != H5D_FILL_VALUE_UNDEFINED) {
    check(H5Pget_fill_value(creation.id(), type.id(), value.data()), location_, "a fill value");
  }
  return value;
}

}  // namespace zerocell::hdf5
