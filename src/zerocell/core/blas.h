#pragma once

namespace zerocell {

/// To be called before OpenBLAS is used on up to `n_threads` threads at once. OpenBLAS takes one thread a
/// call from then on: work is spread over a pool, and its results are the same bits whatever the machine has.
///
/// Where memory of the process is limited (ulimit -v, -d), OpenBLAS's working areas are made here: it
/// waits for ever where it finds no room for one later. Throws Error(data) where there is no room.
void begin_blas(int n_threads);

}  // namespace zerocell
