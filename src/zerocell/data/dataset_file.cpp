#include "zerocell/data/dataset_file.h"

#include <filesystem>

#include "zerocell/data/h5ad_reader.h"
#include "zerocell/data/hdf5.h"
#include "zerocell/data/mtx_reader.h"
#include "zerocell/data/tenx_reader.h"

namespace zerocell {

std::shared_ptr<const DatasetFile> DatasetFile::open(const std::string& path) {
  std::error_code code;
  if (std::filesystem::is_directory(path, code) || is_mtx_path(path)) return open_mtx(path);
  const hdf5::File file = hdf5::File::open(path);
  const hdf5::Group root = file.root();
  if (root.contains("obs") && root.contains("var")) return open_h5ad(path, file);
  if (is_tenx(root)) return open_tenx(path, file);
  throw root.location().error("obs and var (.h5ad), or matrix/barcodes (10x Genomics)",
                              "neither in this HDF5 file", "convert the file to .h5ad");
}

std::optional<EmbeddingTable> DatasetFile::dense_matrix(const std::string&, uint64_t) const {
  return std::nullopt;
}

}  // namespace zerocell
