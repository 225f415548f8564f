#pragma once
#include <string>

#include "zerocell/data/hdf5.h"

namespace zerocell::hdf5 {

/// True where the path leads from the group to an object of the same file that the library can be trusted
/// with; false where a link is absent or leads nowhere. Throws for links to other files, circles of soft
/// links and damaged objects. Callers hold the Lock.
bool can_follow(hid_t group, const std::string& path, const Location& where);

}  // namespace zerocell::hdf5
