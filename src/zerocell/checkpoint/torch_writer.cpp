#include "zerocell/checkpoint/torch_writer.h"

#include <fmt/format.h>

#include <bit>

#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/checkpoint/zip_writer.h"
#include "zerocell/core/error.h"

namespace zerocell {

// Opcodes are named as in Python's pickletools.

TorchWriter::TorchWriter() : pickle_("\x80\x02") {}  // PROTO 2

void TorchWriter::none() {
  pickle_ += 'N';
}

void TorchWriter::boolean(bool value) {
  pickle_ += value ? '\x88' : '\x89';  // NEWTRUE, NEWFALSE
}

void TorchWriter::integer(int64_t value) {
  if (value >= INT32_MIN && value <= INT32_MAX) {
    pickle_ += 'J';  // BININT
    append_number(pickle_, static_cast<int32_t>(value));
  } else {
    pickle_ += "\x8a\x08";  // LONG1 of 8 bytes
    append_number(pickle_, value);
  }
}

void TorchWriter::real(double value) {
  pickle_ += 'G';  // BINFLOAT, big-endian
  append_number(pickle_, __builtin_bswap64(std::bit_cast<uint64_t>(value)));
}

void TorchWriter::text(std::string_view value) {
  if (value.size() > UINT32_MAX) throw Error::internal("a text of a pickle is too long");
  pickle_ += 'X';  // BINUNICODE
  append_number(pickle_, static_cast<uint32_t>(value.size()));
  pickle_ += value;
}

void TorchWriter::begin_dict() {
  pickle_ += "}(";  // EMPTY_DICT, MARK
}

void TorchWriter::begin_ordered_dict() {
  empty_ordered_dict();
  pickle_ += '(';
}

void TorchWriter::end_dict() {
  pickle_ += 'u';  // SETITEMS
}

void TorchWriter::global(std::string_view module, std::string_view name) {
  pickle_ += fmt::format("c{}\n{}\n", module, name);
}

void TorchWriter::empty_ordered_dict() {
  global("collections", "OrderedDict");
  pickle_ += ")R";  // EMPTY_TUPLE, REDUCE
}

void TorchWriter::sizes(std::span<const size_t> values) {
  pickle_ += '(';
  for (const size_t value : values) integer(static_cast<int64_t>(value));
  pickle_ += 't';
}

/// Bytes, as Python writes them in protocol 2.
void TorchWriter::latin1(std::string_view bytes) {
  std::string utf8;
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte >= 0x80) utf8 += static_cast<char>(0xC0 | byte >> 6);
    utf8 += byte < 0x80 ? c : static_cast<char>(0x80 | (byte & 0x3F));
  }
  global("_codecs", "encode");
  text(utf8);
  text("latin1");
  pickle_ += "\x86R";  // TUPLE2, REDUCE
}

/// An empty array and the state that fills it, up to its type. The module is the one that numpy 1 and 2 know.
void TorchWriter::begin_array(size_t size) {
  global("numpy.core.multiarray", "_reconstruct");
  global("numpy", "ndarray");
  integer(0);
  pickle_ += '\x85';  // TUPLE1
  latin1("b");
  pickle_ += "\x87R(";  // TUPLE3, REDUCE, MARK
  integer(1);           // version of the state
  sizes({&size, 1});
}

void TorchWriter::dtype(std::string_view code, std::string_view order, int64_t flags) {
  global("numpy", "dtype");
  text(code);
  boolean(false);
  boolean(true);
  pickle_ += "\x87R(";
  integer(3);  // version of the state
  text(order);
  for (int i = 0; i < 3; ++i) none();  // neither fields nor a sub-array
  for (int i = 0; i < 2; ++i) integer(-1);
  integer(flags);
  pickle_ += "tb";  // TUPLE, BUILD
}

void TorchWriter::text_array(std::span<const std::string> values) {
  begin_array(values.size());
  dtype("O8", "|", 63);
  boolean(false);   // not in Fortran's order
  pickle_ += "](";  // EMPTY_LIST, MARK
  for (const auto& value : values) text(value);
  pickle_ += "etb";  // APPENDS, TUPLE, BUILD
}

void TorchWriter::integer_array(std::span<const int64_t> values) {
  begin_array(values.size());
  dtype("i8", "<", 0);
  boolean(false);
  latin1(as_text(std::as_bytes(values)));
  pickle_ += "tb";
}

/// _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward hooks)
void TorchWriter::stored(std::span<const size_t> shape, std::string_view storage_type,
                         std::string_view content, size_t n_elements) {
  global("torch._utils", "_rebuild_tensor_v2");
  pickle_ += "((";
  text("storage");
  global("torch", storage_type);
  text(std::to_string(storages_.size()));
  text("cpu");
  integer(static_cast<int64_t>(n_elements));
  pickle_ += "tQ";  // TUPLE, BINPERSID
  integer(0);
  sizes(shape);
  sizes(row_major_strides(shape));
  boolean(false);
  empty_ordered_dict();
  pickle_ += "tR";  // TUPLE, REDUCE
  storages_.push_back(content);
}

void TorchWriter::tensor(std::span<const size_t> shape, std::span<const float> values) {
  if (count_elements(shape) != values.size())
    throw Error::internal("a tensor of another shape than its values");
  stored(shape, "FloatStorage", as_text(std::as_bytes(values)), values.size());
}

void TorchWriter::scalar_tensor(int64_t value) {
  append_number(owned_.emplace_back(), value);
  stored({}, "LongStorage", owned_.back(), 1);
}

void TorchWriter::write(const std::string& path) {
  pickle_ += '.';  // STOP
  ZipWriter zip(path);
  zip.add("archive/data.pkl", pickle_);
  zip.add("archive/byteorder", "little");
  for (size_t i = 0; i < storages_.size(); ++i) zip.add(fmt::format("archive/data/{}", i), storages_[i]);
  zip.add("archive/version", "3\n");
  zip.commit();
}

}  // namespace zerocell
