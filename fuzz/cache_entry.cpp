// Entries of a cache. The first byte chooses the kind (scores, embedding, reconstruction) and, from 0x80 on,
// that the rest is the content of a file with the right format, name and checksum; else it is the whole file.
#include "folder.h"
#include "fuzz.h"
#include "zerocell/study/archive.h"
#include "zerocell/study/finished_part.h"

namespace zerocell::fuzz {

/// The first line of the file, which tells its format.
std::string format_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string line;
  std::getline(in, line);
  return line + "\n";
}

std::vector<std::string> formats(const Folder& folder) {
  const auto path = [&](const char* name) { return folder.file(name); };
  save_part(path("scores"), FinishedPart());
  save_embedding(path("embedding"), FinishedEmbedding());
  save_part(path("reconstruction"), FinishedReconstruction());
  return {format_of(path("scores")), format_of(path("embedding")), format_of(path("reconstruction"))};
}

}  // namespace zerocell::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace zerocell;
  static const fuzz::Folder folder;
  static const std::vector<std::string> formats = fuzz::formats(folder);
  const fuzz::Input input(data, size);
  std::string_view text = input.text();
  const unsigned choice = fuzz::take_choice(text), kind = (choice & 0x7f) % 3;
  const auto path = folder.file("entry");
  std::filesystem::remove(path);  // no file that zerocell did not write is replaced
  if (choice & 0x80)
    archive::save(path, formats[kind], std::string(text));
  else
    folder.write("entry", text);
  fuzz::accept_errors([&] {
    std::string trouble;
    if (kind == 0) load_part(path, &trouble);
    if (kind == 1) load_embedding(path, 4, &trouble);
    if (kind == 2) load_reconstruction_part(path, &trouble);
  });
  return 0;
}
