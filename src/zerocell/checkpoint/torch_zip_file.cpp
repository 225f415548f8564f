#include <fmt/format.h>

#include <memory>

#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/checkpoint/torch_state_dict.h"
#include "zerocell/checkpoint/zip_file.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr std::string_view kPickle = "data.pkl";
using Entries = std::map<std::string, ZipEntry, std::less<>>;

/// The folder that all entries of torch.save lie in, with its slash.
std::string find_folder(const Entries& entries, const std::string& path) {
  std::string folder;
  size_t n_found = 0;
  for (const auto& [name, entry] : entries) {
    const size_t slash = name.find('/');
    if (slash == std::string::npos || std::string_view(name).substr(slash + 1) != kPickle) continue;
    folder = name.substr(0, slash + 1);
    ++n_found;
  }
  if (n_found != 1)
    throw Error::data({.read = path,
                       .expected = "a zip file of torch.save with one data.pkl",
                       .found = n_found == 0 ? fmt::format("none among {} entries", entries.size())
                                             : fmt::format("{} of them", n_found),
                       .advice = n_found == 0
                                     ? "An archive is not read: unpack it (unzip) and name the folder "
                                       "or the file of the weights in it"
                                     : "Name the file of the weights"});
  if (entries.contains(folder + "constants.pkl"))
    throw Error::data({.read = path,
                       .expected = "weights",
                       .found = "a TorchScript program",
                       .advice = "Save the model's state_dict() with torch.save"});
  return folder;
}

}  // namespace

TorchZip open_torch_zip(std::span<const std::byte> bytes, const std::string& path,
                        const TorchZipOptions& options) {
  const auto entries = std::make_shared<const Entries>(read_zip(bytes, path));
  const std::string folder = find_folder(*entries, path);
  const auto order = entries->find(folder + "byteorder");
  if (order != entries->end() && as_text(order->second.bytes) != "little")
    throw Error::data({.read = path,
                       .expected = "numbers in little-endian order",
                       .found = fmt::format("'{}'", shown(as_text(order->second.bytes))),
                       .advice = ""});
  const std::string pickle_name = folder + std::string(kPickle);
  const ZipEntry& pickled = entries->find(pickle_name)->second;
  check_crc(pickled, pickle_name, path);
  const bool check = options.check_storages;
  const auto find_storage = [entries, folder, path, check](const TorchStorage& storage) {
    const auto entry = entries->find(folder + "data/" + std::string(storage.key));
    const size_t n_bytes = storage.n_elements * size_of(storage.dtype);
    if (entry == entries->end() || entry->second.bytes.size() != n_bytes)
      throw Error::data(
          {.read = fmt::format("{}, storage '{}'", path, shown(storage.key)),
           .expected = fmt::format("{} bytes", n_bytes),
           .found = entry == entries->end() ? "none" : std::to_string(entry->second.bytes.size()),
           .advice = "The file is damaged or cut off; fetch it again"});
    if (check) check_crc(entry->second, entry->first, path);
    return entry->second.bytes;
  };
  return {Pickle::parse(pickled.bytes, path, options.names), find_storage};
}

std::vector<StoredTensor> read_torch_zip(std::span<const std::byte> bytes, const std::string& path,
                                         std::string* note) {
  const TorchZip file = open_torch_zip(bytes, path);
  return state_dict_tensors(file.pickle, file.find_storage, path, note);
}

}  // namespace zerocell
