#pragma once

namespace zerocell {

/// Makes OpenBLAS take the buffers that n_threads products at a time need. It keeps them; asked for one
/// later, when memory is short, it would wait for ever.
void take_blas_buffers(int n_threads);

}  // namespace zerocell
