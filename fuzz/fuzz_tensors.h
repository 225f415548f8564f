#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/core/error.h"

namespace zerocell {

/// Reads a file from memory and takes the values of all tensors; an Error(data) is as good as success,
/// anything else a finding.
template <class Read>
void fuzz_tensors(Read read, const uint8_t* data, size_t size) {
  // A buffer of its own: the sanitizer sees a read behind its end.
  const std::vector<uint8_t> copy(data, data + size);
  try {
    for (const StoredTensor& tensor : read(std::as_bytes(std::span(copy)), "fuzz")) {
      try {
        float sum = 0;
        for (const float value : to_floats(tensor, nullptr, "fuzz").values) sum += value;
        volatile float kept = sum;
        (void)kept;
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::data) std::abort();
      }
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) std::abort();
  }
}

}  // namespace zerocell
