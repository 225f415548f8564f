#pragma once
#include <string>

#include "zerocell/core/data_frame.h"
#include "zerocell/data/hdf5.h"

namespace zerocell {

/// The attributes by which AnnData knows what an entry is.
void set_encoding(hdf5::Object& object, const std::string& type, const std::string& version);

/// Writes a data frame in AnnData's encoding 0.2.0. Columns with missing values become nullable integers and
/// booleans, NaN in floats, and categoricals for strings (older readers know no nullable strings). Names
/// that HDF5 cannot store are changed by h5ad_key(), names that then repeat get "_" at the end.
void write_frame(hdf5::Group parent, const std::string& name, const DataFrame& frame);

}  // namespace zerocell
