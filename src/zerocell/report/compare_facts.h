#pragma once
#include "zerocell/report/compare.h"
#include "zerocell/report/result_folder.h"

namespace zerocell {

/// Fills `facts` with what the results.json of both say differently: of the results as a whole, and of every
/// data set that both have. Adds a note where a data set of the same name is another file.
void compare_facts(const ResultFolder& a, const ResultFolder& b, Comparison& comparison);

}  // namespace zerocell
