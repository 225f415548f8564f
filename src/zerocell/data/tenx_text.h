#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "zerocell/data/tenx_features.h"

/// barcodes.tsv, features.tsv and genes.tsv of 10x folders, as Cell Ranger writes them and as they look after
/// a way through R, pandas or a spreadsheet: fields or whole lines in quotes, a header line, numbers of rows
/// in front, a byte order mark, blank lines.
namespace zerocell {

/// What a file of names says. `n`: how many names it has, of which no more are kept than the matrix has room
/// for. `notes`: what was taken off, for the user.
struct TenxBarcodes {
  uint64_t n = 0;
  std::vector<std::string> names;
  std::vector<std::string> notes;
};
struct TenxFeatureList {
  uint64_t n = 0;
  TenxFeatures features;
  std::vector<std::string> notes;
};

/// `n_expected`: how many the matrix has; a header line is known by it. Files of another length are read as
/// they are: the caller compares. Throws Error(data) for quotes that do not close, lines with different types
/// of columns, and a header line that the number of lines leaves no room for.
TenxBarcodes read_tenx_barcodes(const std::string& path, uint64_t n_expected);
TenxFeatureList read_tenx_features(const std::string& path, uint64_t n_expected);

}  // namespace zerocell
