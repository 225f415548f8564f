#pragma once
#include <memory>
#include <string>

#include "zerocell/data/dataset_file.h"

/// 10x folders: matrix.mtx (features x cells, coordinate format of Matrix Market), barcodes.tsv and
/// features.tsv or genes.tsv, each plain or gzipped. A path to PREFIXmatrix.mtx[.gz] reads the files of that
/// prefix.
///
/// Matrices that fit into StreamOptions::max_bytes are parsed once and kept by the stream; larger ones are
/// parsed anew in every pass and must be sorted by cell, as Cell Ranger writes them.
namespace zerocell {

bool is_mtx_path(const std::string& path);
std::shared_ptr<const DatasetFile> open_mtx(const std::string& path);

}  // namespace zerocell
