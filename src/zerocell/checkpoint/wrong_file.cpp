#include "zerocell/checkpoint/wrong_file.h"

#include <algorithm>
#include <cctype>

#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/checkpoint/torch_state_dict.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& expected, const std::string& found,
                         const std::string& advice) {
  throw Error::data({.read = path, .expected = expected, .found = found, .advice = advice});
}

/// True for text that begins, after blanks and in any case, with a tag of HTML.
bool is_web_page(Bytes bytes) {
  std::string start(as_text(bytes.first(std::min<size_t>(bytes.size(), 200))));
  start.erase(0, start.find_first_not_of(" \t\r\n"));
  std::transform(start.begin(), start.end(), start.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return start.starts_with("<!doctype html") || start.starts_with("<html");
}

/// "a gzip file", where the bytes begin as one of the kinds in which files are packed; a zip may be PyTorch's
/// own.
std::string archive_kind(Bytes bytes) {
  constexpr size_t kTarMark = 257;
  if (begins_with(bytes, "\x1f\x8b")) return "a gzip file";
  if (begins_with(bytes,
                  "\xfd"
                  "7zXZ"))
    return "an xz file";
  if (begins_with(bytes, "\x28\xb5\x2f\xfd")) return "a zstd file";
  if (begins_with(bytes, "PK\5\6")) return "an empty zip archive";
  if (begins_with(bytes, "BZh")) return "a bzip2 file";
  if (begins_with(bytes, "7z\xbc\xaf")) return "a 7z archive";
  if (bytes.size() > kTarMark && begins_with(bytes.subspan(kTarMark), "ustar")) return "a tar archive";
  return "";
}

}  // namespace

void refuse_download_remains(std::span<const std::byte> bytes, const std::string& path) {
  const std::string expected = "a file of a model";
  if (bytes.empty()) refuse(path, expected, "an empty file", "Fetch it again");
  if (begins_with(bytes, "version https://git-lfs"))
    refuse(path, expected, "a Git LFS pointer, which only says where the file is",
           "Fetch the file itself with `git lfs pull`");
  if (is_web_page(bytes))
    refuse(path, expected, "a web page", "Fetch the file itself; the link may want a login or a raw address");
}

void refuse_wrong_file(std::span<const std::byte> bytes, const std::string& path) {
  refuse_download_remains(bytes, path);
  const std::string expected = "weights as safetensors or from PyTorch";
  if (const std::string archive = archive_kind(bytes); !archive.empty())
    refuse(path, expected, archive, "Unpack it and name the folder or the file of the weights in it");
  if (begins_with(bytes, "\x89HDF\r\n\x1a\n") || path.ends_with(".msgpack"))
    refuse(path, expected,
           path.ends_with(".msgpack") ? "weights of Flax" : "an HDF5 file (TensorFlow's weights?)",
           "Save the model from PyTorch (save_pretrained writes model.safetensors)");
  if (begins_with(bytes, "\x80") && bytes.size() > 2 && !is_torch_legacy(bytes) && bytes[2] != std::byte{0} &&
      static_cast<uint8_t>(bytes[1]) <= 5)
    refuse(path, expected, "a plain Python pickle", "Save the model's state_dict() with torch.save");
}

}  // namespace zerocell
