// Pickles, with the names of state dictionaries alone and with those of scvi-tools' models.
#include "zerocell/checkpoint/pickle.h"

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const zerocell::fuzz::Input input(data, size);
  for (const auto names : {zerocell::PickleNames::tensors, zerocell::PickleNames::data_classes})
    zerocell::fuzz::accept_errors([&] {
      const auto pickle = zerocell::Pickle::parse(input.bytes(), "fuzz", names);
      size_t n_bytes = 0;
      for (const auto& value : pickle.values()) {
        for (const char c : value.text) n_bytes += c != 0;
        for (size_t i = 0; i < value.items.size(); ++i) n_bytes += pickle.item(value, i).text.size();
      }
      zerocell::fuzz::consume(static_cast<double>(n_bytes));
    });
  return 0;
}
