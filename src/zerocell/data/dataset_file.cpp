#include "zerocell/data/dataset_file.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "zerocell/core/error.h"
#include "zerocell/data/file_kind.h"
#include "zerocell/data/h5ad_reader.h"
#include "zerocell/data/hdf5.h"
#include "zerocell/data/mtx_files.h"
#include "zerocell/data/mtx_reader.h"
#include "zerocell/data/mudata_reader.h"
#include "zerocell/data/tenx_reader.h"

namespace zerocell {
namespace {

std::shared_ptr<const DatasetFile> open_any(const std::string& path, const std::string& modality) {
  refuse_other_formats(path);
  if (is_mtx_path(path)) return open_mtx(path);
  const hdf5::File file = hdf5::File::open(path);
  const hdf5::Group root = file.root();
  if (is_mudata(root)) return open_mudata(path, file.root(), modality);
  if (root.contains("obs") && root.contains("var")) return open_h5ad(path, file.root());
  if (is_tenx(root)) return open_tenx(path, file);
  refuse_other_hdf5(root);
}

}  // namespace

std::shared_ptr<const DatasetFile> DatasetFile::open(const std::string& path, const std::string& modality) {
  auto file = open_any(path, modality);
  if (!modality.empty() && !file->format().starts_with("h5mu")) {
    throw Error::usage({path,
                        fmt::format("a MuData file (.h5mu), whose modality '{}' --modality names", modality),
                        fmt::format("a file of format {}, which has no modalities", file->format()),
                        "leave --modality out"});
  }
  return file;
}

bool DatasetFile::has_obs_column(const std::string& name) const {
  const std::vector<std::string> names = obs_column_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string suggested_modality(const std::string& path) {
  refuse_other_formats(path);
  if (is_mtx_path(path)) return {};
  const hdf5::Group root = hdf5::File::open(path).root();
  return is_mudata(root) ? likely_modality(root) : std::string();
}

std::vector<std::string> dataset_files(const std::string& path) {
  refuse_other_formats(path);
  if (!is_mtx_path(path)) return {path};
  const MtxFiles files = find_mtx_files(path);
  return {files.matrix, files.barcodes, files.features};
}

}  // namespace zerocell
