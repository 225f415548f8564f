// What stands behind --embedding: one SPEC a line.
#include "zerocell/study/embedding_spec.h"

#include "fuzz.h"
#include "zerocell/study/methods.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace zerocell;
  const fuzz::Input input(data, size);
  std::vector<std::string> lines(1);
  for (const char c : input.text()) {
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back() += c;
  }
  for (const auto& line : lines)
    fuzz::accept_errors([&] {
      const EmbeddingSpec spec = parse_embedding_spec(line);
      const Method& method = find_method(spec);
      if (method.check) method.check(spec);
    });
  fuzz::accept_errors([&] { parse_embedding_specs(lines, 7); });
  return 0;
}
