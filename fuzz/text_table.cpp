// Embeddings in text, plain or gzipped: the first byte chooses the ending and whether names are known.
#include "folder.h"
#include "fuzz.h"
#include "zerocell/data/embedding_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const zerocell::fuzz::Folder folder;
  static const std::vector<std::string> names = {"a", "b", "c"};
  const zerocell::fuzz::Input input(data, size);
  std::string_view text = input.text();
  const unsigned choice = zerocell::fuzz::take_choice(text);
  const char* const name = choice % 2 == 1 ? "rows.csv" : "rows.tsv";
  const auto path = folder.write(name, text);
  zerocell::fuzz::accept_errors([&] {
    if (choice / 2 % 2 == 1)
      zerocell::read_embedding_file(path, names);
    else
      zerocell::read_embedding_file(path);
  });
  return 0;
}
