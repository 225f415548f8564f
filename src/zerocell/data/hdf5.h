#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hdf5.h>

#include "zerocell/core/error.h"

/// Thin RAII layer over the HDF5 C library.
///
/// HDF5 as distributions package it is not thread-safe: every call into it, closing included, happens under
/// one process-wide lock, which the classes here take themselves. Every failure becomes one zerocell::Error
/// that names the file, the entry and HDF5's own reason; HDF5 prints nothing. Sizes in a file are never
/// believed: a read that would need more memory than the bytes on disk can stand for is refused before it
/// allocates, and the structures of an object are looked at (StructureCheck) before HDF5 opens it.
namespace zerocell::hdf5 {

class RawFile;
class StructureCheck;

/// Holds the process-wide HDF5 lock; may be taken again by the same thread.
class Lock {
 public:
  Lock();

 private:
  std::unique_lock<std::recursive_mutex> guard_;
};

/// Where something stands, for messages: the path of the file and the entry inside ("obs/cell_type").
struct Location {
  std::shared_ptr<const std::string> file;
  std::string entry;
  std::shared_ptr<const RawFile> raw = nullptr;          ///< of files opened for reading
  std::shared_ptr<StructureCheck> structures = nullptr;  ///< of files opened for reading

  std::string describe() const;  ///< "FILE, entry ENTRY"
  Location child(std::string_view name) const;
  /// Error about this place; `expected`, `found` and `advice` as in ErrorParts.
  Error error(std::string expected, std::string found, std::string advice = {}) const;
  /// Error made of HDF5's own error stack.
  [[noreturn]] void fail(std::string_view action) const;
};

/// Returns `result`, or throws the Error of HDF5's error stack when it is negative.
template <class Result>
Result check(Result result, const Location& where, std::string_view action) {
  if (result < 0) where.fail(action);
  return result;
}

/// Owner of one HDF5 identifier.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept;
  ~Handle() { reset(); }
  hid_t id() const { return id_; }

 private:
  void reset() noexcept;
  hid_t id_ = -1;
  Close close_ = nullptr;
};

enum class TypeKind { integer, floating, boolean, string, compound, other };

/// Type of one element as it stands in the file. Booleans are enumerations of FALSE and TRUE over a byte
/// (as h5py writes) or bit fields.
struct ElementType {
  TypeKind kind = TypeKind::other;
  size_t size = 0;            ///< bytes of one element, in memory
  size_t disk_size = 0;       ///< bytes of one element on disk; 0: not known
  bool is_signed = false;     ///< integers
  bool big_endian = false;    ///< numbers
  bool variable = false;      ///< strings of variable length
  bool standard = false;      ///< plain 1, 2, 4, 8 byte integer, IEEE float of 2, 4, 8 bytes, or byte boolean
  std::optional<int64_t> na;  ///< booleans: the value that a third member "NA" stands for

  bool is_number() const {
    return kind == TypeKind::integer || kind == TypeKind::floating || kind == TypeKind::boolean;
  }
  std::string name() const;  ///< numpy's name: "int64", "float32", "bool", "string", "compound", "other"
};

/// One member of a compound type; `dims` is empty unless the member is an array.
struct Field {
  std::string name;
  ElementType type;
  std::vector<uint64_t> dims;
  size_t disk_offset = 0;  ///< of the member in an element on disk
};

/// One stage of a dataset's filter pipeline, in the order applied on writing.
struct Filter {
  int id = 0;
  bool optional = false;
  std::vector<unsigned> parameters;
  std::string name;  ///< "gzip", "lzf", "shuffle", ...; the registered name or "filter NUMBER" for others
};

/// A chunk as it lies on disk.
struct RawChunk {
  std::vector<uint8_t> bytes;
  uint32_t filter_mask = 0;  ///< bit i set: stage i of the pipeline was skipped
};

/// How new datasets are laid out. Chunked and compressed unless gzip_level is 0 and chunk is empty.
struct CreateOptions {
  std::vector<uint64_t> chunk;  ///< empty: chosen (about 64 Ki elements), or contiguous when gzip_level is 0
  int gzip_level = 4;           ///< 0: not compressed
  bool shuffle = true;          ///< only with gzip
  std::vector<uint64_t> max_shape;  ///< H5S_UNLIMITED where it may grow; empty: fixed
};

/// HDF5 memory type for T: any integer or float type; bool is h5py's enumeration.
template <class T>
hid_t native_type();

/// What groups and datasets share: a place and attributes.
class Object {
 public:
  const Location& location() const { return location_; }
  hid_t id() const { return handle_.id(); }

  bool has_attribute(const std::string& name) const;
  bool attribute_is_text(const std::string& name) const;
  /// Text of a string attribute (scalar or one element); nothing when absent or not text.
  std::optional<std::string> text_attribute(const std::string& name) const;
  /// All strings of an attribute; nothing when absent. An empty array of any type gives no strings.
  std::optional<std::vector<std::string>> texts_attribute(const std::string& name) const;
  /// All values of an integer or boolean attribute; nothing when absent.
  std::optional<std::vector<int64_t>> integers_attribute(const std::string& name) const;

  void write_attribute(const std::string& name, std::string_view text);
  void write_attribute(const std::string& name, const char* text) {
    write_attribute(name, std::string_view(text));
  }
  void write_attribute(const std::string& name, const std::string& text) {
    write_attribute(name, std::string_view(text));
  }
  void write_attribute(const std::string& name, bool value);
  void write_attribute(const std::string& name, int64_t value);
  void write_attribute(const std::string& name, double value);
  void write_attribute(const std::string& name, const std::vector<std::string>& texts);
  void write_attribute(const std::string& name, const std::vector<int64_t>& values);

 protected:
  Object(Handle handle, Location location) : handle_(std::move(handle)), location_(std::move(location)) {}
  void write_attribute_data(const std::string& name, hid_t type, std::span<const uint64_t> shape, bool scalar,
                            const void* data);
  Handle handle_;
  Location location_;
};

class Dataset : public Object {
 public:
  Dataset(Handle handle, Location location);

  const std::vector<uint64_t>& shape() const { return shape_; }  ///< empty: scalar
  uint64_t n_elements() const { return n_elements_; }
  const ElementType& type() const { return type_; }
  std::vector<Field> fields() const;  ///< members of a compound type; none for other types
  uint64_t bytes_on_disk() const;
  bool chunked() const { return !chunk_shape_.empty(); }
  const std::vector<uint64_t>& chunk_shape() const { return chunk_shape_; }  ///< empty: not chunked
  const std::vector<Filter>& filters() const { return filters_; }

  /// All elements converted to T, row-major; of one member where `field` names one of a compound type.
  template <class T>
  std::vector<T> read(const std::string& field = {}) const {
    std::vector<T> values(checked_count(sizeof(T), field));
    read_into(native_type<T>(), field, values.data());
    return values;
  }
  /// All elements of a string dataset, or of a string member.
  std::vector<std::string> read_strings(const std::string& field = {}) const;
  /// All elements of a boolean dataset or member: a byte each, as stored.
  std::vector<uint8_t> read_booleans(const std::string& field = {}) const;
  /// Elements [first, first + count) of a 1-D dataset, converted to T.
  template <class T>
  std::vector<T> read_range(uint64_t first, uint64_t count) const {
    check_rows(first, count, sizeof(T));
    std::vector<T> values(count);
    read_rows_into(native_type<T>(), first, count, values.data());
    return values;
  }
  /// Rows [first, first + count) along axis 0 in the file's own type and byte order.
  std::vector<uint8_t> read_raw_rows(uint64_t first, uint64_t count) const;
  /// The chunk that begins at `offset` (in elements); nothing when it was never written.
  std::optional<RawChunk> read_raw_chunk(std::span<const uint64_t> offset) const;
  /// One element of the fill value, in the file's own type and byte order.
  std::vector<uint8_t> fill_value() const;

  /// Writes the whole dataset and hands it to the file system.
  template <class T>
  void write(std::span<const T> values) {
    write_rows_from(native_type<T>(), 0, shape_.empty() ? 1 : shape_[0], values.data(), values.size());
  }
  void write_strings(const std::vector<std::string>& values);
  /// Grows axis 0 (unlimited in max_shape) by values.size() / row size and writes there.
  template <class T>
  void append(std::span<const T> values) {
    append_from(native_type<T>(), values.data(), values.size());
  }
  /// Appends strings to a growing 1-D string dataset.
  void append_strings(const std::vector<std::string>& values);
  /// Writes an already filtered chunk that begins at `offset` (in elements).
  void write_raw_chunk(std::span<const uint64_t> offset, std::span<const uint8_t> bytes);
  /// Grows or shrinks axis 0.
  void resize_rows(uint64_t n_rows);

  /// Writes out what is buffered; Error when the disk is full. For datasets that were appended to.
  void flush();

  /// Throws unless the bytes on disk can stand for `bytes` decoded bytes.
  void check_plausible(uint64_t bytes) const;

 private:
  size_t checked_count(size_t element_size, const std::string& field) const;
  void check_rows(uint64_t first, uint64_t count, size_t element_size) const;
  void read_into(hid_t memory_type, const std::string& field, void* out) const;
  void read_rows_into(hid_t memory_type, uint64_t first, uint64_t count, void* out) const;
  void write_rows_from(hid_t memory_type, uint64_t first, uint64_t count, const void* data, size_t n_values);
  void append_from(hid_t memory_type, const void* data, size_t n_values);
  uint64_t row_elements() const;
  uint64_t chunk_bytes() const;
  void check_rare_filters() const;
  void refresh();

  std::vector<uint64_t> shape_, chunk_shape_;
  std::vector<Filter> filters_;
  ElementType type_;
  uint64_t n_elements_ = 0;
  uint64_t file_size_ = 0;
  // Counting the chunks takes time: once a dataset, under the lock.
  mutable std::optional<uint64_t> known_on_disk_;
  mutable bool rare_filters_checked_ = false;
};

class Group : public Object {
 public:
  Group(Handle handle, Location location) : Object(std::move(handle), std::move(location)) {}

  std::vector<std::string> names() const;        ///< members, sorted
  bool contains(const std::string& name) const;  ///< "a/b" looks into sub-groups
  bool is_group(const std::string& name) const;
  bool is_dataset(const std::string& name) const;
  Group group(const std::string& name) const;      ///< Error if absent or not a group
  Dataset dataset(const std::string& name) const;  ///< Error if absent or not a dataset
  /// The dataset that an object reference attribute of `from` points to.
  Dataset dereference(const Object& from, const std::string& attribute) const;

  Group create_group(const std::string& name);
  template <class T>
  Dataset create_dataset(const std::string& name, std::span<const uint64_t> shape,
                         const CreateOptions& options = {}) {
    return create_dataset_of(native_type<T>(), name, shape, options);
  }
  /// Creates and writes in one step.
  template <class T>
  Dataset write_array(const std::string& name, std::span<const T> values, std::span<const uint64_t> shape,
                      const CreateOptions& options = {}) {
    Dataset created = create_dataset<T>(name, shape, options);
    created.write(values);
    return created;
  }
  /// 1-D dataset of booleans (0 or 1 in a byte each), as h5py writes numpy.bool.
  Dataset write_booleans(const std::string& name, std::span<const uint8_t> values,
                         const CreateOptions& options = {});
  /// 1-D dataset of variable-length UTF-8 strings.
  Dataset create_strings(const std::string& name, uint64_t n, const CreateOptions& options = {});
  Dataset write_strings(const std::string& name, const std::vector<std::string>& values,
                        const CreateOptions& options = {});
  /// A scalar string.
  Dataset write_scalar(const std::string& name, std::string_view text);
  template <class T>
  Dataset write_scalar(const std::string& name, T value) {
    return write_array<T>(name, std::span<const T>(&value, 1), {},
                          {.chunk = {}, .gzip_level = 0, .shuffle = false, .max_shape = {}});
  }

 private:
  Dataset create_dataset_of(hid_t type, const std::string& name, std::span<const uint64_t> shape,
                            const CreateOptions& options);
};

/// An open file; its root is a group. Closing happens in the destructor; `close` reports what goes wrong.
class File {
 public:
  /// Opens for reading, without file locks (they fail on shared file systems).
  static File open(const std::string& path);
  /// Creates or overwrites. What zerocell writes goes through OutputFile, which a full disk cannot harm.
  static File create(const std::string& path);
  /// A file that is open already.
  static File of(Handle handle, Location where) { return File(std::move(handle), std::move(where)); }
  File(File&&) noexcept = default;
  File& operator=(File&&) noexcept = default;

  Group root() const;
  const std::string& path() const { return *where_.file; }
  uint64_t size() const;  ///< bytes on disk
  /// Writes everything out and closes; Error when the disk is full.
  void close();

 private:
  File(Handle handle, Location where) : handle_(std::move(handle)), where_(std::move(where)) {}
  Handle handle_;
  Location where_;
};

}  // namespace zerocell::hdf5
