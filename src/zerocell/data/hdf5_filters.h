#pragma once

namespace zerocell::hdf5 {

/// Teaches HDF5 to read lzf, zstd and blosc without plug-ins, for the small arrays that HDF5 itself reads.
/// (ChunkDecoder does the same for large ones, in parallel.) The caller holds the Lock.
void register_filters();

}  // namespace zerocell::hdf5
