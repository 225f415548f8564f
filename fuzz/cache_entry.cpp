// Entries of a cache. The first byte chooses the kind (scores, embedding, reconstruction) and whether the
// rest is the file or its content, which then gets the right checksum.
#include "folder.h"
#include "fuzz.h"
#include "zerocell/core/hash.h"
#include "zerocell/study/finished_part.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace zerocell;
  static const fuzz::Folder folder;
  const fuzz::Input input(data, size);
  std::string_view text = input.text();
  const unsigned choice = fuzz::take_choice(text), kind = (choice & 0x7f) % 3;
  constexpr const char* kFormats[] = {"zerocell part 3\n", "zerocell embedding part 1\n",
                                      "zerocell reconstruction part 1\n"};
  std::string content(text);
  if (choice & 0x80) content = kFormats[kind] + ContentHash().add(text).hex() + content;
  const auto path = folder.write("entry", content);
  fuzz::accept_errors([&] {
    if (kind == 0) load_part(path);
    if (kind == 1) load_embedding(path, 4);
    if (kind == 2) load_reconstruction_part(path);
  });
  return 0;
}
