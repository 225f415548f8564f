#include <limits>

#include "zerocell/nn/backend.h"

namespace zerocell {

Rows Workspace::rows(size_t n_rows, size_t n_cols) {
  if (n_cols > 0 && n_rows > std::numeric_limits<size_t>::max() / sizeof(float) / n_cols) {
    throw Error::internal("workspace: " + std::to_string(n_rows) + " x " + std::to_string(n_cols) +
                          " values exceed the address space");
  }
  const size_t n_floats = n_rows * n_cols;
  if (taken_ == slots_.size()) slots_.emplace_back();
  Slot& slot = slots_[taken_];
  if (slot.n_floats < n_floats || !slot.memory) {
    slot.memory.reset();  // before the new memory is asked for: both need not fit
    slot.n_floats = 0;
    slot.memory = backend_.allocate(n_floats);
    slot.n_floats = n_floats;
  }
  ++taken_;
  return {slot.memory.get(), n_rows, n_cols};
}

}  // namespace zerocell
