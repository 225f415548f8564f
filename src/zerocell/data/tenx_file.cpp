#include "zerocell/data/tenx_file.h"

#include <utility>

#include <fmt/format.h>

#include "zerocell/core/error.h"

namespace zerocell {

TenxFile::TenxFile(const std::string& path, std::vector<std::string> barcodes, const TenxFeatures& features,
                   std::vector<std::string> notes)
    : DatasetFile(path),
      barcodes_(std::move(barcodes)),
      n_features_(features.ids.size()),
      genes_(choose_genes(features)),
      notes_(std::move(notes)) {
  if (n_features_ > 0 && genes_.var.n_rows() == 0) {
    throw Error::data(
        {path, "features of type 'Gene Expression'",
         fmt::format("{} features, none of them a gene (type '{}')", n_features_, features.types.front()),
         "give the matrix that holds the genes of these cells"});
  }
}

std::vector<std::string> TenxFile::notes() const {
  std::vector<std::string> all = notes_;
  for (const auto& lines : {genes_.notes, stream_notes_->lines()})
    all.insert(all.end(), lines.begin(), lines.end());
  return all;
}

Column TenxFile::obs_column(const std::string& name) const {
  throw Error::data({path_, fmt::format("a column '{}' of obs", name),
                     "a 10x matrix, which has no columns of obs", "add the annotation and save as .h5ad"});
}

DataFrame TenxFile::obs() const {
  DataFrame frame;
  frame.index = barcodes_;
  return frame;
}

DataFrame TenxFile::var(const std::string& matrix_name) const {
  check_matrix(matrix_name);
  return genes_.var;
}

DenseMatrix<float> TenxFile::obsm(const std::string& key) const {
  throw Error::data({path_, fmt::format("an entry '{}' of obsm", key), "a 10x matrix, which has no obsm",
                     "use a file of embeddings, or save as .h5ad"});
}

RowStream TenxFile::stream(const std::string& matrix_name, ThreadPool& pool,
                           const StreamOptions& options) const {
  check_matrix(matrix_name);
  return select_genes(stream_features(pool, options), genes_.new_column);
}

void TenxFile::check_matrix(const std::string& matrix_name) const {
  if (matrix_name == "X") return;
  throw Error::data({path_, fmt::format("a matrix '{}'", matrix_name), "a 10x matrix, which is X", "use X"});
}

}  // namespace zerocell
