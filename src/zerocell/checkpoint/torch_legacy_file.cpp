#include <fmt/format.h>

#include <map>

#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/checkpoint/torch_state_dict.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

/// The pickle of the integer 0x1950a86a20f9469cfc6c.
constexpr std::string_view kMagic{"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e", 15};
constexpr int64_t kProtocol = 1001;

[[noreturn]] void fail(const std::string& path, const std::string& expected, const std::string& found) {
  throw Error::data({.read = path,
                     .expected = expected,
                     .found = found,
                     .advice = "The file is damaged or cut off; fetch it again"});
}

/// Pickles that follow each other, and what comes behind them.
struct Sequence {
  Bytes rest;
  const std::string& path;

  Pickle next() {
    Pickle pickle = Pickle::parse(rest, path);
    rest = rest.subspan(pickle.n_bytes());
    return pickle;
  }
};

using Storages = std::map<std::string_view, TorchStorage>;

/// Every storage that the pickle names, by key.
Storages named_storages(const Pickle& pickle, const std::string& path) {
  Storages storages;
  for (const PickleValue& value : pickle.values()) {
    if (value.kind != PickleKind::storage) continue;
    const TorchStorage storage = storage_of(pickle, value, path);
    const auto [known, is_new] = storages.try_emplace(storage.key, storage);
    if (!is_new && (known->second.dtype != storage.dtype || known->second.n_elements != storage.n_elements))
      fail(path, "one type and size a storage", fmt::format("two for '{}'", shown(storage.key)));
  }
  return storages;
}

/// The storages' bytes in the order of the keys, each behind its number of elements.
std::map<std::string_view, Bytes> storage_bytes(const Pickle& keys, const Storages& storages, Bytes rest,
                                                const std::string& path) {
  if (keys.root().kind != PickleKind::list) fail(path, "a list of storage keys", "something else");
  std::map<std::string_view, Bytes> found;
  for (const uint32_t number : keys.root().items) {
    const PickleValue& key = keys.value(number);
    const auto storage = key.kind == PickleKind::text ? storages.find(key.text) : storages.end();
    if (storage == storages.end()) fail(path, "the storages that the tensors use", "another one");
    const TorchStorage& wanted = storage->second;
    const size_t n_bytes = wanted.n_elements * size_of(wanted.dtype);
    const std::string where = fmt::format("{}, storage '{}'", path, shown(wanted.key));
    if (rest.size() < 8 || rest.size() - 8 < n_bytes)
      fail(where, fmt::format("{} bytes", n_bytes), fmt::format("{} at the end of the file", rest.size()));
    if (load<uint64_t>(rest, 0) != wanted.n_elements)
      fail(where, fmt::format("{} elements", wanted.n_elements), std::to_string(load<uint64_t>(rest, 0)));
    if (!found.try_emplace(wanted.key, rest.subspan(8, n_bytes)).second)
      fail(where, "every storage once", "a second one");
    rest = rest.subspan(8 + n_bytes);
  }
  if (!rest.empty()) fail(path, "nothing after the last storage", fmt::format("{} bytes", rest.size()));
  return found;
}

}  // namespace

bool is_torch_legacy(std::span<const std::byte> bytes) {
  return begins_with(bytes, kMagic);
}

std::vector<StoredTensor> read_torch_legacy(std::span<const std::byte> bytes, const std::string& path,
                                            std::string* note) {
  if (!is_torch_legacy(bytes)) fail(path, "a file of torch.save", "another beginning");
  Sequence pickles{bytes.subspan(kMagic.size()), path};
  const Pickle protocol = pickles.next();
  if (protocol.root().kind != PickleKind::integer || protocol.root().integer != kProtocol)
    fail(path, "torch.save's protocol 1001", "another one");
  const Pickle system = pickles.next();
  const PickleValue* little_endian = system.find(system.root(), "little_endian");
  if (little_endian == nullptr || little_endian->kind != PickleKind::boolean || little_endian->integer != 1)
    fail(path, "numbers in little-endian order", "another order, or none named");
  const Pickle dict = pickles.next(), keys = pickles.next();
  const auto storages = named_storages(dict, path);
  const auto stored = storage_bytes(keys, storages, pickles.rest, path);
  return state_dict_tensors(
      dict,
      [&](const TorchStorage& storage) {
        const auto at = stored.find(storage.key);
        if (at == stored.end()) fail(path, fmt::format("storage '{}'", shown(storage.key)), "none");
        return at->second;
      },
      path, note);
}

}  // namespace zerocell
