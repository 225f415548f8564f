// Tables of the HGNC, plain or gzipped.
#include "zerocell/models/gene_aliases.h"

#include "folder.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const zerocell::fuzz::Folder folder;
  const auto path = folder.write("hgnc.txt", zerocell::fuzz::Input(data, size).text());
  zerocell::fuzz::accept_errors([&] { zerocell::read_gene_aliases(path); });
  return 0;
}
