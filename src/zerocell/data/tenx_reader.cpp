#include "zerocell/data/tenx_reader.h"

#include <optional>

#include <fmt/format.h>

#include "zerocell/data/expression_stream.h"
#include "zerocell/data/file_kind.h"
#include "zerocell/data/h5ad_reader.h"
#include "zerocell/data/tenx_features.h"
#include "zerocell/data/tenx_file.h"

namespace zerocell {
namespace {

using hdf5::Dataset;
using hdf5::Group;

constexpr const char* kMatrix = "matrix";

bool is_matrix_group(const Group& root, const std::string& name) {
  if (!root.is_group(name)) return false;
  const Group group = root.group(name);
  return group.contains("barcodes") && group.contains("indptr") && group.contains("shape");
}

/// Version 2 has a group for each genome.
std::vector<std::string> genome_groups(const Group& root) {
  std::vector<std::string> names;
  for (const std::string& name : root.names()) {
    if (is_matrix_group(root, name) && root.group(name).contains("genes")) names.push_back(name);
  }
  return names;
}

Group find_matrix(const Group& root) {
  if (is_matrix_group(root, kMatrix)) return root.group(kMatrix);
  const std::vector<std::string> genomes = genome_groups(root);
  if (genomes.size() != 1) {
    const std::string& path = *root.location().file;
    throw root.location().error(
        "one genome", fmt::format("{}", fmt::join(genomes, ", ")),
        "write the matrix of one to a file of its own, as by: " +
            python_command(fmt::format("import scanpy; scanpy.read_10x_h5({}, genome={}).write({})",
                                       string_literal(path), string_literal(genomes.front()),
                                       string_literal(with_ending(path, "_" + genomes.front() + ".h5ad")))));
  }
  return root.group(genomes.front());
}

TenxFeatures read_features(const Group& matrix) {
  TenxFeatures features;
  if (matrix.is_group("features")) {
    const Group group = matrix.group("features");
    features.ids = group.dataset("id").read_strings();
    features.names = group.dataset("name").read_strings();
    if (group.contains("feature_type")) features.types = group.dataset("feature_type").read_strings();
    if (group.contains("genome")) features.genomes = group.dataset("genome").read_strings();
  } else {
    features.ids = matrix.dataset("genes").read_strings();
    features.names =
        matrix.contains("gene_names") ? matrix.dataset("gene_names").read_strings() : features.ids;
  }
  for (const auto* column : {&features.names, &features.types, &features.genomes}) {
    if (column == &features.names ? column->size() == features.ids.size()
                                  : column->empty() || column->size() == features.ids.size())
      continue;
    throw matrix.location().error(fmt::format("{} entries for each feature column", features.ids.size()),
                                  fmt::format("{}", column->size()), "the file is damaged");
  }
  return features;
}

class TenxH5File final : public TenxFile {
 public:
  TenxH5File(const std::string& path, Group matrix)
      : TenxFile(path, matrix.dataset("barcodes").read_strings(), read_features(matrix)),
        matrix_(std::move(matrix)) {
    const std::vector<int64_t> shape = matrix_.dataset("shape").read<int64_t>();
    if (shape.size() != 2 || shape[0] != static_cast<int64_t>(n_features()) ||
        shape[1] != static_cast<int64_t>(n_cells())) {
      throw matrix_.location().error(
          fmt::format("the shape {} x {} of features and barcodes", n_features(), n_cells()),
          fmt::format("{}", fmt::join(shape, " x ")), "the file is damaged");
    }
  }

  std::string format() const override { return "10x h5"; }

  std::vector<MatrixInfo> matrices() const override {
    const SparseArrays arrays = open_sparse(matrix_, n_cells(), n_features());
    MatrixInfo info{"X",
                    n_cells(),
                    n_genes(),
                    "csr",
                    arrays.data.type().name(),
                    arrays.data.n_elements(),
                    compression_name(arrays.data),
                    0};
    for (const Dataset* part : {&arrays.data, &arrays.indices, &arrays.indptr})
      info.bytes_on_disk += part->bytes_on_disk();
    return {info};
  }

 protected:
  /// Columns of features x cells are rows of cells x features.
  RowStream stream_features(ThreadPool& pool, const StreamOptions& options) const override {
    return stream_csr(
        std::make_shared<const SparseArrays>(open_sparse(matrix_, n_cells(), n_features(), stream_notes())),
        pool, options);
  }

 private:
  Group matrix_;
};

}  // namespace

bool is_tenx(const Group& root) {
  return is_matrix_group(root, kMatrix) || !genome_groups(root).empty();
}

std::shared_ptr<const DatasetFile> open_tenx(const std::string& path, const hdf5::File& file) {
  return std::make_shared<TenxH5File>(path, find_matrix(file.root()));
}

}  // namespace zerocell
