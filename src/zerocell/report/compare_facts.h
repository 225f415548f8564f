#pragma once
#include "zerocell/report/compare.h"

namespace zerocell {

/// Fills `facts` from the results.json of both folders, or `notes` with the reason why it cannot.
void compare_facts(Comparison& comparison);

}  // namespace zerocell
