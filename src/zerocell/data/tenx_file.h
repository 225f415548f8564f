#pragma once
#include <memory>
#include <string>
#include <vector>

#include "zerocell/data/dataset_file.h"
#include "zerocell/data/stream_notes.h"
#include "zerocell/data/tenx_features.h"

namespace zerocell {

/// What 10x matrices have in common, in HDF5 or in a folder: barcodes, features and one matrix of counts.
class TenxFile : public DatasetFile {
 public:
  size_t n_cells() const override { return barcodes_.size(); }
  size_t n_genes() const override { return genes_.var.n_rows(); }
  std::vector<std::string> obs_column_names() const override { return {}; }
  Column obs_column(const std::string& name) const override;
  std::vector<std::string> cell_names() const override { return barcodes_; }
  DataFrame obs() const override;
  DataFrame var(const std::string& matrix_name) const override;
  std::vector<ObsmInfo> obsm_entries() const override { return {}; }
  EmbeddingTable obsm(const std::string& key) const override;
  RowStream stream(const std::string& matrix_name, ThreadPool& pool,
                   const StreamOptions& options) const override;
  std::vector<std::string> notes() const override;

 protected:
  /// `notes`: of reading barcodes and features. Throws Error(data) where no feature is a gene.
  TenxFile(const std::string& path, std::vector<std::string> barcodes, const TenxFeatures& features,
           std::vector<std::string> notes = {});
  size_t n_features() const { return n_features_; }
  /// All features, genes or not.
  virtual RowStream stream_features(ThreadPool& pool, const StreamOptions& options) const = 0;
  const std::shared_ptr<StreamNotes>& stream_notes() const { return stream_notes_; }

 private:
  void check_matrix(const std::string& matrix_name) const;

  std::vector<std::string> barcodes_;
  size_t n_features_ = 0;
  TenxGenes genes_;
  std::vector<std::string> notes_;
  std::shared_ptr<StreamNotes> stream_notes_ = std::make_shared<StreamNotes>();
};

}  // namespace zerocell
