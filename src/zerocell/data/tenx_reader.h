#pragma once
#include <memory>
#include <string>

#include "zerocell/data/dataset_file.h"
#include "zerocell/data/hdf5.h"

/// Feature-barcode matrices of 10x Genomics Cell Ranger in HDF5: version 3 (group "matrix") and version 2
/// (one group named after the genome).
namespace zerocell {

bool is_tenx(const hdf5::Group& root);
std::shared_ptr<const DatasetFile> open_tenx(const std::string& path, const hdf5::File& file);

}  // namespace zerocell
