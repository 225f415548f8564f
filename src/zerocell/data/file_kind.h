#pragma once
#include <string>

#include "zerocell/data/hdf5.h"

/// Names the formats that are given in place of a data set, and says for each how to get on.
namespace zerocell {

/// A shell's command that runs the program in Python, for messages.
std::string python_command(const std::string& program);
/// A string as Python and R write it.
std::string string_literal(const std::string& text);
/// The path with another ending, of a folder without the slash behind.
std::string with_ending(const std::string& path, const std::string& ending);

/// Throws Error(data) for a file or folder that is neither HDF5 nor a 10x folder, as far as its first bytes
/// or its contents tell: gzip and other compression, archives, web pages, Git LFS pointers, Zarr, objects of
/// R, tables of text, arrays of NumPy; for empty files and HDF5 files that are cut off. Does nothing for
/// others.
void refuse_other_formats(const std::string& path);

/// Throws Error(data) for an HDF5 file that is no AnnData, MuData or 10x file, with the name of its format
/// where it is known (Loom, h5Seurat, molecule information of Cell Ranger).
[[noreturn]] void refuse_other_hdf5(const hdf5::Group& root);

}  // namespace zerocell
