#pragma once
#include <string>

#include "fuzz.h"
#include "zerocell/checkpoint/stored_tensor.h"

namespace zerocell::fuzz {

/// Reads a file of weights from memory and takes the values of all tensors.
template <class Read>
void read_all_tensors(Read read, const uint8_t* data, size_t size) {
  const Input input(data, size);
  accept_errors([&] {
    for (const StoredTensor& tensor : read(input.bytes(), "fuzz"))
      accept_errors([&] {
        float sum = 0;
        for (const float value : to_floats(tensor, nullptr, "fuzz").values) sum += value;
        consume(static_cast<double>(sum));
      });
  });
}

}  // namespace zerocell::fuzz
