#include "zerocell/data/h5ad_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/data/growing_array.h"
#include "zerocell/data/h5ad_frame.h"
#include "zerocell/data/hdf5_output.h"

namespace zerocell {
namespace {

constexpr int kGzipLevel = 4;
constexpr const char* kGroups[] = {"layers", "obsm", "obsp", "uns", "varm", "varp"};

void require(bool condition, const std::string& message) {
  if (!condition) throw Error::internal("H5adWriter: " + message);
}

/// A CSR matrix that grows row by row. Columns as int32 and row starts as int64, whatever the size: scipy
/// joins them to the type that fits.
class SparseAppender {
 public:
  SparseAppender(hdf5::Group group, uint64_t n_rows, uint64_t n_cols)
      : n_rows_(n_rows),
        n_cols_(n_cols),
        data_(group, "data", kGzipLevel),
        indices_(group, "indices", kGzipLevel),
        indptr_(group, "indptr", kGzipLevel) {
    require(n_cols <= static_cast<uint64_t>(std::numeric_limits<int32_t>::max()), "too many columns");
    set_encoding(group, "csr_matrix", "0.1.0");
    group.write_attribute("shape",
                          std::vector<int64_t>{static_cast<int64_t>(n_rows), static_cast<int64_t>(n_cols)});
  }

  void append(const CsrMatrix& rows, ThreadPool& pool) {
    require(rows.n_cols == n_cols_ && n_done_ + rows.n_rows <= n_rows_, "rows that do not fit the matrix");
    std::vector<int64_t> starts(rows.n_rows);
    for (size_t i = 0; i < rows.n_rows; ++i) starts[i] = static_cast<int64_t>(n_stored_ + rows.indptr[i]);
    indptr_.append(starts, pool);
    indices_.append({reinterpret_cast<const int32_t*>(rows.indices.data()), rows.nnz()}, pool);
    data_.append(rows.values, pool);
    n_stored_ += rows.nnz();
    n_done_ += rows.n_rows;
  }

  void finish(ThreadPool& pool) {
    require(n_done_ == n_rows_, "a matrix with rows missing");
    const auto end = static_cast<int64_t>(n_stored_);
    indptr_.append({&end, 1}, pool);
    indptr_.finish(pool);
    indices_.finish(pool);
    data_.finish(pool);
  }

 private:
  uint64_t n_rows_, n_cols_, n_done_ = 0, n_stored_ = 0;
  GrowingArray<float> data_;
  GrowingArray<int32_t> indices_;
  GrowingArray<int64_t> indptr_;
};

}  // namespace

struct H5adWriter::State {
  State(const std::string& path, ThreadPool& used_pool) : target(path), file(target), pool(used_pool) {}

  AtomicFile target;
  hdf5::OutputFile file;
  ThreadPool& pool;
  std::optional<size_t> n_cells, n_genes;
  std::set<std::string> written;
  std::optional<SparseAppender> sparse;

  /// The shape is what is said first.
  void set_n_cells(size_t n) {
    require(n_cells.value_or(n) == n, "another number of cells than before");
    n_cells = n;
  }
  void set_n_genes(size_t n) {
    require(n_genes.value_or(n) == n, "another number of genes than before");
    n_genes = n;
  }
  void claim(const std::string& name) {
    require(!sparse, name + " while a matrix is being written");
    require(written.insert(name).second, name + " written twice");
  }
};

std::string h5ad_key(const std::string& name) {
  std::string key = name;
  std::replace(key.begin(), key.end(), '/', '_');
  std::replace(key.begin(), key.end(), '\0', '_');
  return key.empty() || key == "." ? "_" : key;
}

/// A disk that refuses is the reason of whatever HDF5 says afterwards.
template <class Action>
void H5adWriter::guarded(Action action) {
  try {
    action();
  } catch (const Error&) {
    state_->file.check();
    throw;
  }
  state_->file.check();
}

H5adWriter::H5adWriter(const std::string& path, ThreadPool& pool)
    : state_(std::make_unique<State>(path, pool)) {
  guarded([&] {
    hdf5::Group root = state_->file.root();
    set_encoding(root, "anndata", "0.1.0");
    for (const char* name : kGroups) {
      hdf5::Group group = root.create_group(name);
      set_encoding(group, "dict", "0.1.0");
    }
  });
}

H5adWriter::~H5adWriter() = default;

void H5adWriter::declare_shape(size_t n_cells, size_t n_genes) {
  state_->set_n_cells(n_cells);
  state_->set_n_genes(n_genes);
}

void H5adWriter::write_obs(const DataFrame& obs) {
  state_->claim("obs");
  state_->set_n_cells(obs.n_rows());
  guarded([&] { write_frame(state_->file.root(), "obs", obs); });
}

void H5adWriter::write_var(const DataFrame& var) {
  state_->claim("var");
  state_->set_n_genes(var.n_rows());
  guarded([&] { write_frame(state_->file.root(), "var", var); });
}

void H5adWriter::write_obsm(const std::string& key, const DenseMatrix<float>& matrix) {
  const std::string name = h5ad_key(key);
  state_->claim("obsm/" + name);
  require(state_->n_cells == matrix.n_rows(), "obsm/" + name + " does not have a row per cell");
  guarded([&] {
    const uint64_t shape[] = {matrix.n_rows(), matrix.n_cols()};
    // Embeddings hardly compress, and uncompressed they can be mapped into memory.
    auto dataset = state_->file.root().group("obsm").write_array<float>(
        name, {matrix.data(), matrix.n_rows() * matrix.n_cols()}, shape,
        {.chunk = {}, .gzip_level = 0, .shuffle = false, .max_shape = {}});
    set_encoding(dataset, "array", "0.2.0");
  });
}

void H5adWriter::write_obsp(const std::string& key, const CsrMatrix& matrix) {
  require(state_->n_cells == matrix.n_rows, "obsp/" + key + " does not have a row per cell");
  begin_sparse("obsp/" + h5ad_key(key), matrix.n_cols);
  append_rows(matrix);
  end_matrix();
}

void H5adWriter::write_obsm(const std::string& key, const CsrMatrix& matrix) {
  require(state_->n_cells == matrix.n_rows, "obsm/" + key + " does not have a row per cell");
  begin_sparse("obsm/" + h5ad_key(key), matrix.n_cols);
  append_rows(matrix);
  end_matrix();
}

void H5adWriter::write_uns(const std::string& key, const std::string& text) {
  const std::string name = h5ad_key(key);
  state_->claim("uns/" + name);
  guarded([&] {
    auto dataset = state_->file.root().group("uns").write_scalar(name, std::string_view(text));
    set_encoding(dataset, "string", "0.2.0");
  });
}

void H5adWriter::begin_matrix(const std::string& name) {
  constexpr std::string_view kLayers = "layers/";
  const bool is_layer = name.starts_with(kLayers);
  require(name == "X" || is_layer, "no matrix can be named " + name);
  require(state_->n_genes.has_value(), "var must come before matrices");
  begin_sparse(is_layer ? std::string(kLayers) + h5ad_key(name.substr(kLayers.size())) : name,
               *state_->n_genes);
}

void H5adWriter::begin_sparse(const std::string& name, uint64_t n_cols) {
  require(state_->n_cells.has_value(), "obs must come before matrices");
  state_->claim(name);
  guarded([&] { state_->sparse.emplace(state_->file.root().create_group(name), *state_->n_cells, n_cols); });
}

void H5adWriter::append_rows(const CsrMatrix& rows) {
  require(state_->sparse.has_value(), "no matrix was begun");
  guarded([&] { state_->sparse->append(rows, state_->pool); });
}

void H5adWriter::end_matrix() {
  require(state_->sparse.has_value(), "no matrix was begun");
  guarded([&] { state_->sparse->finish(state_->pool); });
  state_->sparse.reset();
}

void H5adWriter::write_matrix(const std::string& name, const RowStream& stream) {
  begin_matrix(name);
  stream.for_each_block([this](const RowBlock& block) { append_rows(block.values); });
  end_matrix();
}

void H5adWriter::finish() {
  require(state_->n_cells && state_->n_genes && !state_->sparse,
          "finished before obs, var and matrices were");
  guarded([&] { state_->file.close(); });
  state_->target.commit();
}

}  // namespace zerocell
