#include "zerocell/data/hdf5_output.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <vector>

namespace zerocell::hdf5 {

struct OutputFile::State {
  struct Write {
    haddr_t offset;
    std::vector<uint8_t> bytes;
  };

  explicit State(AtomicFile& used_target) : target(used_target) {}

  void note(int error_number) {
    if (error == 0) error = error_number;
  }

  AtomicFile& target;
  int error = 0;             ///< of the first failure
  std::vector<Write> later;  ///< what HDF5 wrote of its own structures after it
};

namespace {

struct DriverInfo {
  OutputFile::State* state;
};

/// What HDF5 holds of an open file; it needs a standard layout with H5FD_t first.
struct DriverFile {
  H5FD_t base;
  OutputFile::State* state;
  haddr_t end_of_allocation, end_of_file;
};

DriverFile& as_file(H5FD_t* file) {
  return *reinterpret_cast<DriverFile*>(file);
}
const DriverFile& as_file(const H5FD_t* file) {
  return *reinterpret_cast<const DriverFile*>(file);
}

H5FD_t* open_driver(const char*, unsigned, hid_t access, haddr_t) {
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access));
  if (!info) return nullptr;
  // HDF5 fills in H5FD_t itself, and expects zeros.
  auto* file = static_cast<DriverFile*>(std::calloc(1, sizeof(DriverFile)));
  if (!file) return nullptr;
  file->state = info->state;
  return &file->base;
}

herr_t close_driver(H5FD_t* file) {
  std::free(&as_file(file));
  return 0;
}

int compare_files(const H5FD_t* a, const H5FD_t* b) {
  const auto *x = as_file(a).state, *y = as_file(b).state;
  return x == y ? 0 : std::less<>()(x, y) ? -1 : 1;
}

/// As the driver for plain files: these decide how HDF5 lays a file out.
herr_t query_features(const H5FD_t*, unsigned long* flags) {
  if (!flags) return 0;
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA;
#ifdef H5FD_FEAT_DEFAULT_VFD_COMPATIBLE
  *flags |= H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
#endif
  return 0;
}

haddr_t get_end_of_allocation(const H5FD_t* file, H5FD_mem_t) {
  return as_file(file).end_of_allocation;
}
herr_t set_end_of_allocation(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  as_file(file).end_of_allocation = address;
  return 0;
}
haddr_t get_end_of_file(const H5FD_t* file, H5FD_mem_t) {
  return as_file(file).end_of_file;
}

herr_t read_driver(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, size_t size, void* buffer) {
  const auto& state = *as_file(file).state;
  auto* out = static_cast<uint8_t*>(buffer);
  if (state.target.read_at(address, out, size) != 0) return -1;
  for (const auto& write : state.later) {
    const haddr_t begin = std::max(address, write.offset);
    const haddr_t end = std::min<haddr_t>(address + size, write.offset + write.bytes.size());
    if (begin < end) std::memcpy(out + (begin - address), &write.bytes[begin - write.offset], end - begin);
  }
  return 0;
}

herr_t write_driver(H5FD_t* file, H5FD_mem_t type, hid_t, haddr_t address, size_t size, const void* buffer) {
  auto& driver = as_file(file);
  auto& state = *driver.state;
  driver.end_of_file = std::max<haddr_t>(driver.end_of_file, address + size);
  if (state.error == 0) state.note(state.target.write_at(address, buffer, size));
  // HDF5 never looks into the values that it stores.
  if (state.error == 0 || type == H5FD_MEM_DRAW) return 0;
  try {
    const auto* bytes = static_cast<const uint8_t*>(buffer);
    state.later.push_back({address, {bytes, bytes + size}});
  } catch (const std::bad_alloc&) {
    return -1;
  }
  return 0;
}

herr_t truncate_driver(H5FD_t* file, hid_t, hbool_t) {
  auto& driver = as_file(file);
  if (driver.end_of_allocation == driver.end_of_file) return 0;
  if (driver.state->error == 0) driver.state->note(driver.state->target.resize(driver.end_of_allocation));
  driver.end_of_file = driver.end_of_allocation;
  return 0;
}

H5FD_class_t driver_class() {
  H5FD_class_t driver{};
#ifdef H5FD_CLASS_VERSION
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(H5_VFD_RESERVED + 1);
#endif
  driver.name = "zerocell_output";
  driver.maxaddr = (haddr_t{1} << 62) - 1;
  driver.fc_degree = H5F_CLOSE_WEAK;
  driver.fapl_size = sizeof(DriverInfo);
  driver.open = open_driver;
  driver.close = close_driver;
  driver.cmp = compare_files;
  driver.query = query_features;
  driver.get_eoa = get_end_of_allocation;
  driver.set_eoa = set_end_of_allocation;
  driver.get_eof = get_end_of_file;
  driver.read = read_driver;
  driver.write = write_driver;
  driver.truncate = truncate_driver;
  constexpr H5FD_mem_t kFreeLists[H5FD_MEM_NTYPES] = H5FD_FLMAP_DICHOTOMY;
  std::ranges::copy(kFreeLists, driver.fl_map);
  return driver;
}

/// The driver's identifier, which lives as long as the library.
hid_t driver_id() {
  static const H5FD_class_t driver = driver_class();
  static const hid_t id = H5FDregister(&driver);
  return id;
}

}  // namespace

OutputFile::OutputFile(AtomicFile& target) : state_(std::make_unique<State>(target)) {
  Lock lock;
  const Location where{std::make_shared<const std::string>(target.path()), {}};
  const Handle access(hdf5::check(H5Pcreate(H5P_FILE_ACCESS), where, "a file to create"), H5Pclose);
  hdf5::check(H5Pset_libver_bounds(access.id(), H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST), where,
              "a file to create");
  const DriverInfo info{state_.get()};
  hdf5::check(H5Pset_driver(access.id(), driver_id(), &info), where, "a file to create");
  const hid_t id = H5Fcreate(target.path().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id());
  file_.emplace(File::of(Handle(hdf5::check(id, where, "a file to create"), H5Fclose), where));
  check();
}

OutputFile::~OutputFile() {
  Lock lock;
  file_.reset();
}

void OutputFile::check() const {
  if (state_->error != 0) throw_write_error(state_->target.path(), state_->error);
}

void OutputFile::close() {
  Lock lock;
  file_->close();
  file_.reset();
  check();
}

}  // namespace zerocell::hdf5
