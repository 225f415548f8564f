#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "zerocell/core/data_frame.h"
#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/row_stream.h"

namespace zerocell {

/// One N x G expression matrix of a file, known without reading its values.
struct MatrixInfo {
  std::string name;  ///< "X", "raw" or "layers/NAME"; NAME is a path where layers stand in groups
  size_t n_rows = 0, n_cols = 0;
  std::string encoding;     ///< "csr", "csc" or "dense" as seen with cells in rows; "mtx"
  std::string dtype;        ///< "float32", "int64", ... as stored
  uint64_t n_stored = 0;    ///< stored values; of a dense matrix all of them
  std::string compression;  ///< "none", "gzip", "lzf", "zstd", "blosc", ...
  uint64_t bytes_on_disk = 0;
};

/// One entry of obsm, known without reading its values.
struct ObsmInfo {
  std::string key;
  size_t n_rows = 0, n_cols = 0;
  std::string encoding;  ///< "dense", "csr", "csc" or "dataframe"
};

struct StreamOptions {
  uint64_t block_bytes = uint64_t{64} << 20;  ///< decoded bytes of one block
  uint64_t max_bytes = uint64_t{2} << 30;     ///< working memory; bounds the transposition of CSC
};

/// A data set on disk: .h5ad of any age, a modality of a MuData file, 10x Genomics .h5 (versions 2 and 3), or
/// a 10x folder of matrix.mtx, barcodes.tsv and features.tsv or genes.tsv, each plain or gzipped. Features
/// that their type calls no genes (antibodies, guides, peaks) are left out of var and of every matrix.
///
/// Opening reads names only; every call reads what it returns and nothing else. Safe to use from several
/// threads. All errors are zerocell::Error of kind data and name the file and the entry.
class DatasetFile {
 public:
  virtual ~DatasetFile() = default;
  /// `modality`: which one of a MuData file (.h5mu), which has no other way in; empty for other files. Error
  /// that names the format for files of other formats that hold such data.
  static std::shared_ptr<const DatasetFile> open(const std::string& path, const std::string& modality = {});

  const std::string& path() const { return path_; }
  virtual std::string format() const = 0;  ///< "h5ad", "h5mu, modality NAME", "10x h5" or "10x mtx"
  virtual size_t n_cells() const = 0;
  virtual size_t n_genes() const = 0;  ///< of var, which X has

  /// Names of the columns of obs that can be read; reads no column.
  virtual std::vector<std::string> obs_column_names() const = 0;
  /// True for every name that obs_column() takes.
  virtual bool has_obs_column(const std::string& name) const;
  /// One column of obs; Error lists the columns that exist.
  virtual Column obs_column(const std::string& name) const = 0;
  virtual std::vector<std::string> cell_names() const = 0;
  /// All columns that can be read; the others are told of in notes().
  virtual DataFrame obs() const = 0;
  /// Genes of "X" and "layers/NAME", or of "raw".
  virtual DataFrame var(const std::string& matrix_name = "X") const = 0;

  virtual std::vector<MatrixInfo> matrices() const = 0;
  virtual std::vector<ObsmInfo> obsm_entries() const = 0;
  virtual DenseMatrix<float> obsm(const std::string& key) const = 0;  ///< (N, D)

  /// Streams one matrix as float32 in row blocks, whatever its encoding; indices of a row ascend and are
  /// unique (entries of one row and column are added up, and told of in notes()), zeros of dense matrices are
  /// dropped, NaN and infinities are passed on. The stream keeps the file and must not outlive the pool.
  /// Error in the pass: broken indptr or indices, chunks that do not decode.
  virtual RowStream stream(const std::string& matrix_name, ThreadPool& pool,
                           const StreamOptions& options = {}) const = 0;

  /// What stands in the file and was passed over or put right, with the reason; grows as columns and matrices
  /// are read.
  virtual std::vector<std::string> notes() const = 0;

 protected:
  explicit DatasetFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// The modality of a MuData file that most likely holds counts of genes; empty for other files.
std::string suggested_modality(const std::string& path);

/// The files that a data set is read from: the path itself, or the three of a 10x matrix in text.
std::vector<std::string> dataset_files(const std::string& path);

}  // namespace zerocell
