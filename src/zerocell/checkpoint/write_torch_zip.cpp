// Writes the file of torch.save: a zip of a pickle and one stored entry a storage. Formats: PKWARE's
// APPNOTE.TXT; Python's pickletools module, protocol 2; PyTorch's "Serialization semantics".
#include <fmt/format.h>
#include <zlib.h>

#include <cstdint>
#include <limits>
#include <set>

#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/checkpoint/checkpoint.h"
#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

template <class T>
void append_number(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// --- The pickle --------------------------------------------------------------------------------------------

/// What a pickle of a state dictionary is made of; each function appends its opcodes.
class StatePickle {
 public:
  void start() {
    out_ += "\x80\x02";  // protocol 2
    ordered_dict();
    out_ += '(';  // MARK
  }
  void tensor(const NamedTensor& tensor, size_t storage) {
    text(tensor.name);
    global("torch._utils", "_rebuild_tensor_v2");
    out_ += '(';
    storage_id(storage, tensor.values.size());
    integer(0);  // offset
    sizes(tensor.shape);
    sizes(row_major_strides(tensor.shape));
    out_ += '\x89';  // NEWFALSE: requires_grad
    ordered_dict();  // backward hooks
    out_ += "tR";    // TUPLE, REDUCE
  }
  std::string finish() {
    out_ += "u.";  // SETITEMS, STOP
    return std::move(out_);
  }

 private:
  void text(std::string_view value) {
    out_ += 'X';  // BINUNICODE
    append_number(out_, static_cast<uint32_t>(value.size()));
    out_ += value;
  }
  void global(std::string_view module, std::string_view name) {
    out_ += fmt::format("c{}\n{}\n", module, name);
  }
  void ordered_dict() {
    global("collections", "OrderedDict");
    out_ += ")R";  // EMPTY_TUPLE, REDUCE
  }
  void integer(size_t value) {
    if (value <= static_cast<size_t>(INT32_MAX)) {
      out_ += 'J';  // BININT
      append_number(out_, static_cast<int32_t>(value));
    } else {
      out_ += "\x8a\x08";  // LONG1 of 8 bytes
      append_number(out_, static_cast<int64_t>(value));
    }
  }
  void sizes(std::span<const size_t> values) {
    out_ += '(';
    for (const size_t value : values) integer(value);
    out_ += 't';
  }
  void storage_id(size_t storage, size_t n_elements) {
    out_ += '(';
    text("storage");
    global("torch", "FloatStorage");
    text(std::to_string(storage));
    text("cpu");
    integer(n_elements);
    out_ += "tQ";  // TUPLE, BINPERSID
  }

  std::string out_;
};

// --- The zip -----------------------------------------------------------------------------------------------

/// Entries one after the other, without compression; each content begins at a multiple of 64 bytes, as
/// PyTorch's writer does, so that tensors can be used where they lie. Nothing depends on time or place.
class ZipWriter {
 public:
  explicit ZipWriter(const std::string& path) : file_(path) {}

  void add(const std::string& name, std::string_view content) {
    constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
    if (content.size() > kMost ||
        offset_ > kMost - content.size() - kLocalSize - name.size() - 2 * kAlignment)
      throw Error::data({file_.path(), "weights of less than 4 GiB", "more",
                         "write fewer layers or dimensions; sizes of 64 bits are not written"});
    const auto offset = static_cast<uint32_t>(offset_);
    const std::string common = common_fields(name, content);
    // The extra field fills up to the boundary: two bytes of id, two of length, zeros.
    const size_t unpadded = offset_ + kLocalSize + name.size() + kExtraHead;
    const size_t n_fill = (kAlignment - unpadded % kAlignment) % kAlignment;
    std::string local = "PK\3\4" + common;
    append_number(local, static_cast<uint16_t>(kExtraHead + n_fill));
    local += name + "FB";  // the id that PyTorch gives its padding
    append_number(local, static_cast<uint16_t>(n_fill));
    local.append(n_fill, '\0');
    write(local);
    write(content);
    directory_ += "PK\1\2" + std::string(2, '\0') + common;
    directory_.append(12, '\0');  // lengths of extra and comment, disk, attributes
    append_number(directory_, offset);
    directory_ += name;
    ++n_entries_;
  }

  void commit() {
    std::string end = "PK\5\6" + std::string(4, '\0');
    for (int i = 0; i < 2; ++i) append_number(end, n_entries_);
    append_number(end, static_cast<uint32_t>(directory_.size()));
    append_number(end, static_cast<uint32_t>(offset_));
    file_.write(directory_);
    file_.write(end + std::string(2, '\0'));
    file_.commit();
  }

 private:
  static constexpr size_t kAlignment = 64, kLocalSize = 30, kExtraHead = 4;

  /// From "version needed" to the length of the name: the same in entry and directory.
  static std::string common_fields(const std::string& name, std::string_view content) {
    constexpr uint16_t kFirstDay = 1 << 5 | 1;  // 1980-01-01
    std::string fields;
    for (const uint16_t value :
         {0, 0, 0, 0, static_cast<int>(kFirstDay)})  // version, flags, method, time, date
      append_number(fields, value);
    append_number(fields, static_cast<uint32_t>(
                              crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size())));
    for (int i = 0; i < 2; ++i) append_number(fields, static_cast<uint32_t>(content.size()));
    append_number(fields, static_cast<uint16_t>(name.size()));
    return fields;
  }
  void write(std::string_view bytes) {
    file_.write(bytes);
    offset_ += bytes.size();
  }

  AtomicFile file_;
  std::string directory_;
  uint64_t offset_ = 0;
  uint16_t n_entries_ = 0;
};

}  // namespace

void write_torch_zip(const std::string& path, std::span<const NamedTensor> tensors) {
  constexpr size_t kMostEntries = 0xFFFF - 3;
  if (tensors.size() > kMostEntries) throw Error::internal("write_torch_zip: too many tensors");
  StatePickle pickle;
  pickle.start();
  std::set<std::string_view> names;
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (count_elements(tensors[i].shape) != tensors[i].values.size() || !names.insert(tensors[i].name).second)
      throw Error::internal("write_torch_zip: wrong shape or repeated name of " + tensors[i].name);
    pickle.tensor(tensors[i], i);
  }
  ZipWriter zip(path);
  zip.add("archive/data.pkl", pickle.finish());
  zip.add("archive/byteorder", "little");
  for (size_t i = 0; i < tensors.size(); ++i)
    zip.add(fmt::format("archive/data/{}", i), as_text(std::as_bytes(tensors[i].values)));
  zip.add("archive/version", "3\n");
  zip.commit();
}

}  // namespace zerocell
