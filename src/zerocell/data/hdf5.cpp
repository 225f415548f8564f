#include "zerocell/data/hdf5.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "zerocell/core/regular_file.h"
#include "zerocell/data/hdf5_filters.h"
#include "zerocell/data/hdf5_links.h"
#include "zerocell/data/hdf5_type.h"
#include "zerocell/data/raw_file.h"
#include "zerocell/data/structure_check.h"

namespace zerocell::hdf5 {
namespace {

std::recursive_mutex& library_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

/// Keeps the description of the innermost failure.
herr_t innermost(unsigned, const H5E_error2_t* entry, void* out) {
  auto* text = static_cast<std::string*>(out);
  if (text->empty() && entry->desc != nullptr) *text = entry->desc;
  return 0;
}

herr_t collect_name(hid_t, const char* name, const H5L_info_t*, void* out) {
  static_cast<std::vector<std::string>*>(out)->emplace_back(name);
  return 0;
}

Handle file_access() {
  Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_libver_bounds(access.id(), H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
  return access;
}

}  // namespace

Lock::Lock() : guard_(library_mutex()) {
  // Every file is closed where it was opened. HDF5's own tidying at the end of the program crashes where it
  // meets a file that could not be closed. The first call into the library must be this one.
  [[maybe_unused]] static const herr_t no_exit_handler = H5dont_atexit();
  // Per thread in some builds of HDF5, hence every time; costs nothing.
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

std::string Location::describe() const {
  return entry.empty() ? *file : fmt::format("{}, entry {}", *file, entry);
}

Location Location::child(std::string_view name) const {
  return {file, entry.empty() ? std::string(name) : fmt::format("{}/{}", entry, name), raw, structures};
}

Error Location::error(std::string expected, std::string found, std::string advice) const {
  return Error::data({describe(), std::move(expected), std::move(found), std::move(advice)});
}

void Location::fail(std::string_view action) const {
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, &reason);
  const bool newer = reason.find("bad version number") != std::string::npos;
  throw error(
      std::string(action), fmt::format("HDF5 fails: {}", reason.empty() ? "no reason given" : reason),
      newer ? "the file may be of a newer HDF5 than zerocell's; write it again with libver=('earliest', "
              "'v110') in h5py, or with h5repack --low=0 --high=2"
            : "the file may be truncated or damaged; copy or create it again");
}

Handle& Handle::operator=(Handle&& other) noexcept {
  if (this != &other) {
    reset();
    id_ = std::exchange(other.id_, -1);
    close_ = other.close_;
  }
  return *this;
}

void Handle::reset() noexcept {
  if (id_ < 0) return;
  Lock lock;
  close_(id_);
  id_ = -1;
}

std::vector<std::string> Group::names() const {
  Lock lock;
  if (location_.structures) return location_.structures->names(object_address(*this), location_);
  std::vector<std::string> names;
  check(H5Literate(id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names), location_,
        "a group whose members can be listed");
  std::sort(names.begin(), names.end());
  return names;
}

bool Group::contains(const std::string& name) const {
  Lock lock;
  return can_follow(id(), name, location_.child(name));
}

namespace {

/// Opens whatever stands there; no handle when nothing does or it cannot be opened.
Handle open_object(hid_t parent, const std::string& name) {
  return Handle(H5Oopen(parent, name.c_str(), H5P_DEFAULT), H5Oclose);
}

bool is_of_type(hid_t parent, const std::string& name, H5I_type_t type) {
  Lock lock;
  const Handle object = open_object(parent, name);
  return object.id() >= 0 && H5Iget_type(object.id()) == type;
}

Handle open_as(const Group& parent, const std::string& name, H5I_type_t type, const Location& where) {
  const std::string wanted = type == H5I_GROUP ? "a group" : "a dataset";
  if (!parent.contains(name)) throw where.error(wanted, "nothing there");
  Handle object = open_object(parent.id(), name);
  if (object.id() < 0) where.fail(wanted);
  if (H5Iget_type(object.id()) != type) {
    throw where.error(wanted, type == H5I_GROUP ? "a dataset or type" : "a group or type",
                      "the file does not follow the format; write it again with a current program");
  }
  return object;
}

}  // namespace

bool Group::is_group(const std::string& name) const {
  return contains(name) && is_of_type(id(), name, H5I_GROUP);
}

bool Group::is_dataset(const std::string& name) const {
  return contains(name) && is_of_type(id(), name, H5I_DATASET);
}

Group Group::group(const std::string& name) const {
  Lock lock;
  Location where = location_.child(name);
  Handle handle = open_as(*this, name, H5I_GROUP, where);
  return Group(std::move(handle), std::move(where));
}

Dataset Group::dataset(const std::string& name) const {
  Lock lock;
  Location where = location_.child(name);
  Handle handle = open_as(*this, name, H5I_DATASET, where);
  return Dataset(std::move(handle), std::move(where));
}

Dataset Group::dereference(const Object& from, const std::string& attribute) const {
  Lock lock;
  const Location where = from.location().child("@" + attribute);
  const Handle opened(check(H5Aopen(from.id(), attribute.c_str(), H5P_DEFAULT), where, "an attribute"),
                      H5Aclose);
  const Handle type(check(H5Aget_type(opened.id()), where, "an attribute"), H5Tclose);
  const Handle space(check(H5Aget_space(opened.id()), where, "an attribute"), H5Sclose);
  if (H5Tequal(type.id(), H5T_STD_REF_OBJ) <= 0 || H5Sget_simple_extent_npoints(space.id()) != 1) {
    throw where.error("one object reference", "an attribute of another type");
  }
  hobj_ref_t reference{};
  check(H5Aread(opened.id(), H5T_STD_REF_OBJ, &reference), where, "an object reference");
  if (where.structures) where.structures->object(reference, where);
  Handle object(
      check(H5Rdereference2(from.id(), H5P_DEFAULT, H5R_OBJECT, &reference), where, "an object reference"),
      H5Oclose);
  if (H5Iget_type(object.id()) != H5I_DATASET)
    throw where.error("a reference to a dataset", "another object");
  return Dataset(std::move(object), where);
}

Group Group::create_group(const std::string& name) {
  Lock lock;
  Location where = location_.child(name);
  const hid_t created = H5Gcreate2(id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  return Group(Handle(check(created, where, "a group to create"), H5Oclose), where);
}

File File::open(const std::string& path) {
  Lock lock;
  auto shared = std::make_shared<const std::string>(path);
  const Location where{shared, {}};
  std::error_code code;
  if (!std::filesystem::exists(path, code)) {
    throw where.error("a file", "nothing there", "check the path");
  }
  RegularFile::open(path);
  const auto raw = RawFile::open(path);
  if (!raw || H5Fis_hdf5(path.c_str()) <= 0) {
    throw where.error("an HDF5 file (.h5ad or .h5)", "a file of another format, empty or truncated",
                      "check that it was copied or downloaded completely");
  }
  const auto structures = std::make_shared<StructureCheck>(*raw, where);
  structures->object(structures->superblock().root_address, where);
  register_filters();
  const Handle access = file_access();
  H5Pset_file_locking(access.id(), false, true);
  const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id());
  Handle file(check(id, where, "an HDF5 file that opens"), H5Fclose);
  return File(std::move(file), {shared, {}, raw, structures});
}

File File::create(const std::string& path) {
  Lock lock;
  auto shared = std::make_shared<const std::string>(path);
  const Handle access = file_access();
  const hid_t id = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id());
  if (id < 0) {
    throw Location{shared, {}}.error("a file that can be created", "the system refuses",
                                     "check that the folder exists and is writable");
  }
  return File(Handle(id, H5Fclose), {shared, {}});
}

Group File::root() const {
  Lock lock;
  return Group(Handle(check(H5Oopen(handle_.id(), "/", H5P_DEFAULT), where_, "a root group"), H5Oclose),
               where_);
}

uint64_t File::size() const {
  Lock lock;
  hsize_t size = 0;
  check(H5Fget_filesize(handle_.id(), &size), where_, "an open file");
  return size;
}

void File::close() {
  Lock lock;
  if (H5Fflush(handle_.id(), H5F_SCOPE_GLOBAL) < 0) {
    throw where_.error("room to write", "the file system refuses", "check that the disk is not full");
  }
  handle_ = Handle();
}

}  // namespace zerocell::hdf5
