// The journal of an embedding's finished rows, which a killed run goes on with. The first byte, where odd,
// puts the right header in front.
#include "zerocell/study/row_journal.h"

#include "folder.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace zerocell;
  static const fuzz::Folder folder;
  const fuzz::Input input(data, size);
  std::string_view text = input.text();
  const bool with_header = fuzz::take_choice(text) % 2 == 1;
  const auto path =
      folder.write("rows", (with_header ? "zerocell rows 1\nkey\n4 2\n" : "") + std::string(text));
  fuzz::accept_errors([&] {
    DenseMatrix<float> values(4, 2);
    RowJournal journal(path, "key", values);
    journal.append(4);
  });
  return 0;
}
