#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zerocell/core/evaluation.h"
#include "zerocell/core/hash.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/row_stream.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/study/cell_selection.h"

namespace zerocell {

struct DataSourceOptions {
  std::string layer = "auto";
  std::string gene_ids;  ///< column of var; empty: the index
  bool accept_non_counts = false;
  CellSelectionOptions cells;
  uint64_t max_memory = 8ull << 30;
  std::string modality = {};  ///< of a MuData file; empty for other files
};

/// Hash of the content of the files of a data set.
std::string dataset_hash(const std::string& path, FileHashes& files);

/// Names of the genes of a matrix: the index of its var, or the column `name` of it. A column that raw/var
/// lacks is taken from var where that has every gene of raw, with a warning. Throws Error(data) that lists
/// the columns.
std::vector<std::string> gene_names_of(const DatasetFile& file, const std::string& matrix,
                                       const std::string& name, std::vector<std::string>& warnings);

/// The selected cells of one data set, with the counts found when a method first asks for them.
/// N = selected cells, in file order.
class DataSource {
 public:
  DataSource(const std::string& path, DataSourceOptions options, ThreadPool& pool);

  const DatasetFile& file() const { return *file_; }
  const CellSelection& selection() const { return selection_; }
  size_t n_cells() const { return selection_.cells.size(); }
  /// The cells of the file that another selection would leave.
  CellSelection select(const CellSelectionOptions& cells);
  bool all_cells() const { return n_cells() == file_->n_cells(); }

  /// Column of obs as groups of the selected cells.
  Categorical groups(const std::string& column) const;
  std::vector<std::string> cell_names() const;
  /// Entry of obsm, rows of the selected cells.
  DenseMatrix<float> obsm(const std::string& key) const;
  /// Rows of the selected cells out of a matrix with a row for every cell of the file, or for every selected
  /// one.
  DenseMatrix<float> select_rows(DenseMatrix<float> all) const;

  /// Hashes of the selected cells' counts. Throws Error(data) where there are none.
  std::vector<CellHash> hashes();
  /// Counts (N, G) of the selected cells, checked while they stream. Throws Error(data) where there are none.
  const RowStream& counts();
  /// Gene ids of the columns of counts().
  const std::vector<std::string>& genes();
  /// "layers/counts", "raw" or "X" once counts() was called; empty before.
  const std::string& counts_name() const { return counts_name_; }
  /// What was seen when the counts were looked for, in words.
  const std::string& counts_verdict() const { return counts_verdict_; }
  /// What the file holds that was passed over, and doubts about the counts.
  std::vector<std::string> warnings() const;

 private:
  const RowStream& all_counts();
  void find_counts();

  std::shared_ptr<const DatasetFile> file_;
  DataSourceOptions options_;
  ThreadPool& pool_;
  CellSelection selection_;
  std::optional<RowStream> all_counts_, counts_;
  std::vector<std::string> genes_;
  std::string counts_name_, counts_verdict_;
  std::vector<std::string> warnings_;
};

}  // namespace zerocell
