#pragma once
#include <memory>
#include <string>

#include "zerocell/data/dataset_file.h"

/// 10x folders: matrix.mtx (features x cells, coordinate format of Matrix Market), barcodes.tsv and
/// features.tsv or genes.tsv, each plain or gzipped; mtx_files.h says which paths name them. A matrix of
/// cells x features is read as well, with a note, where the other two files show that it is one.
///
/// Matrices that fit into StreamOptions::max_bytes are parsed once and kept by the stream; larger ones are
/// parsed anew in every pass and must be sorted by cell, as Cell Ranger writes them.
namespace zerocell {

std::shared_ptr<const DatasetFile> open_mtx(const std::string& path);

}  // namespace zerocell
