#pragma once
#include <string>
#include <vector>

/// Where the three files of a 10x matrix in text lie: in a folder, alone or with a prefix
/// ("GSM1_matrix.mtx.gz"), each plain or gzipped.
namespace zerocell {

struct MtxFiles {
  std::string matrix, barcodes, features;
};

/// True for a folder, for the name of one of the three files, and for what stands before such names.
bool is_mtx_path(const std::string& path);

/// The files of the folder, of the file named, or of the prefix. A folder may hold one set with any prefix.
/// Throws Error(data) that names what is missing, or the sets that there are.
MtxFiles find_mtx_files(const std::string& path);

}  // namespace zerocell
