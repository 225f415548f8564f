#pragma once
#include <memory>
#include <string>

#include "zerocell/data/dataset_file.h"
#include "zerocell/data/hdf5.h"

/// MuData files (.h5mu): a group mod with an AnnData for each modality, obs and obsm of all of them beside
/// it.
namespace zerocell {

bool is_mudata(const hdf5::Group& root);

/// The modality that most likely holds counts of genes: by its name, else the one of most features.
std::string likely_modality(const hdf5::Group& root);

/// One modality as a data set of its own cells. Columns of obs are the modality's own, also as
/// "MODALITY:COLUMN"; those of the file's obs that the modality has not itself; and those of other modalities
/// as "OTHER:COLUMN". The last two are matched by the names of the cells. Entries of the file's obsm are
/// there as well. Throws Error(data) that lists the modalities where `modality` is none of them.
std::shared_ptr<const DatasetFile> open_mudata(const std::string& path, hdf5::Group root,
                                               const std::string& modality);

}  // namespace zerocell
