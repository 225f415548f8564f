#pragma once
#include <memory>
#include <string>

#include "zerocell/data/dataset_file.h"
#include "zerocell/data/hdf5.h"

namespace zerocell {

/// Reads .h5ad files as AnnData 0.5 to 0.12 and its relatives in R write them. `root`: the group that holds
/// obs, var and X; of a MuData file that of a modality.
std::shared_ptr<const DatasetFile> open_h5ad(const std::string& path, hdf5::Group root);

/// Name of the compression of a dataset: "none", "gzip", "lzf", ...; shuffles and checksums are no
/// compression.
std::string compression_name(const hdf5::Dataset& dataset);

}  // namespace zerocell
