#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/checkpoint/checkpoint.h"
#include "zerocell/checkpoint/pickle.h"

namespace zerocell {

/// A storage as a pickle of torch.save names it.
struct TorchStorage {
  std::string_view key;
  DType dtype = DType::f32;
  size_t n_elements = 0;
};

/// The description in a value of kind storage. Throws Error(data).
TorchStorage storage_of(const Pickle& pickle, const PickleValue& value, const std::string& path);

/// The bytes of a storage; throws Error(data) where the file lacks it or holds another number of bytes.
using FindStorage = std::function<std::span<const std::byte>(const TorchStorage&)>;

/// The tensors of a state dictionary, or of the one that stands under "state_dict", "model_state_dict",
/// "model" or "module" in a larger dictionary, or under two of these one in the other, sorted by name. Other
/// entries are passed over. `note`, where it is given, gets a sentence for the user where it is a part of a
/// larger dictionary. Throws Error(data) where several of them hold tensors.
std::vector<StoredTensor> state_dict_tensors(const Pickle& pickle, const FindStorage& find_storage,
                                             const std::string& path, std::string* note = nullptr);

/// A file of torch.save since PyTorch 1.6, opened: a zip of a pickle and one stored entry a storage. Both
/// parts point into the file's bytes.
struct TorchZip {
  Pickle pickle;
  FindStorage find_storage;
};

/// Which names its pickle may hold, and whether the checksum of a storage is looked at when it is asked for.
struct TorchZipOptions {
  PickleNames names = PickleNames::tensors;
  bool check_storages = false;
};

/// Opens such a file. Throws Error(data) that begins with `path`.
TorchZip open_torch_zip(std::span<const std::byte> bytes, const std::string& path,
                        const TorchZipOptions& options = {});

/// The tensors of such a file, which may hold nothing else but plain values.
std::vector<StoredTensor> read_torch_zip(std::span<const std::byte> bytes, const std::string& path,
                                         std::string* note = nullptr);

/// The file that torch.save wrote before: pickles, then the storages one after the other.
std::vector<StoredTensor> read_torch_legacy(std::span<const std::byte> bytes, const std::string& path,
                                            std::string* note = nullptr);
/// True for a file that begins as those do.
bool is_torch_legacy(std::span<const std::byte> bytes);

}  // namespace zerocell
