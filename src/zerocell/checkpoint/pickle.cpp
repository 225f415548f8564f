#include "zerocell/checkpoint/pickle.h"

#include "zerocell/checkpoint/unpickler.h"

namespace zerocell {

Pickle Pickle::parse(std::span<const std::byte> bytes, const std::string& path, PickleNames names) {
  return Unpickler(bytes, path, names).run();
}

const PickleValue* Pickle::find(const PickleValue& dict, std::string_view key) const {
  for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const PickleValue& candidate = item(dict, i);
    if (candidate.kind == PickleKind::text && candidate.text == key) return &item(dict, i + 1);
  }
  return nullptr;
}

}  // namespace zerocell
