#include "zerocell/study/given_embedding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "zerocell/core/error.h"
#include "zerocell/core/system.h"
#include "zerocell/data/embedding_file.h"
#include "zerocell/data/narrow_values.h"
#include "zerocell/data/row_match.h"
#include "zerocell/neighbors/pairwise_input.h"
#include "zerocell/preprocess/stream_adapters.h"

namespace zerocell {
namespace {

constexpr double kLargestFloat = 3.4028235677973366e38;  // halfway between the largest float32 and 2^128
constexpr double kLargestWhole = 0x1p53;  // beyond it float64 has no room for every whole number
constexpr uint64_t kShareOfMatrix = 4;    // X may take this part of the memory
constexpr size_t kMostNamed = 5;

/// What is read, for messages.
struct Source {
  std::string tag;    ///< of the embedding
  std::string entry;  ///< file, or file and entry
  std::string place() const { return fmt::format("embedding '{}': {}", tag, entry); }
};

/// Tells where a value stands.
class Places {
 public:
  Places(const EmbeddingTable& table, const RowMatch& match, std::span<const std::string> names,
         std::span<const uint32_t> cells)
      : table_(table), match_(match), names_(names), cells_(cells) {}

  /// Of a value of the i-th selected cell in the j-th dimension.
  std::string value(size_t i, size_t j) const {
    const size_t row = match_.rows[i], column = match_.dimensions[j];
    const auto cell = fmt::format("cell '{}'", names_[cells_[i]]);
    if (table_.first_line)
      return fmt::format("line {}, field {} ({}, {})", table_.first_line + row, column + 1,
                         column_text(table_, column), cell);
    return fmt::format("row {} (counted from 0, {}), {}", row, cell, column_text(table_, column));
  }
  /// "columns 0, 3, 7 (counted from 0)", or their names.
  std::string columns(std::span<const size_t> dimensions) const {
    std::string text = dimensions.size() == 1 ? "column " : "columns ";
    for (size_t k = 0; k < std::min(dimensions.size(), kMostNamed); ++k) {
      const size_t column = match_.dimensions[dimensions[k]];
      const bool named = column < table_.column_names.size() && !table_.column_names[column].empty();
      text += (k ? ", " : "") + (named             ? fmt::format("'{}'", table_.column_names[column])
                                 : table_.is_table ? std::to_string(column + 1)
                                                   : std::to_string(column));
    }
    if (dimensions.size() > kMostNamed) text += fmt::format(" and {} more", dimensions.size() - kMostNamed);
    return table_.is_table || !table_.column_names.empty() ? text : text + " (counted from 0)";
  }

 private:
  const EmbeddingTable& table_;
  const RowMatch& match_;
  std::span<const std::string> names_;
  std::span<const uint32_t> cells_;
};

std::string words_for(double value, bool whole_numbers) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "infinity" : "-infinity";
  if (whole_numbers) return fmt::format("a whole number beyond 2^53, {:.0f},", value);
  return fmt::format("{:g}, beyond the range of float32,", value);
}

/// Rows of NaN alone are how other programs write "no embedding for this cell"; any other value that cannot
/// be used is an error. The rows that have a vector.
template <class T>
std::vector<uint32_t> rows_with_vector(const DenseMatrix<T>& values, const Source& source,
                                       const Places& places, bool whole_numbers) {
  const auto usable = [&](T value) {
    return std::abs(static_cast<double>(value)) < kLargestFloat &&
           !(whole_numbers && std::abs(static_cast<double>(value)) > kLargestWhole);
  };
  std::vector<uint32_t> rows;
  size_t n_bad = 0, n_bad_rows = 0;
  std::string first;
  for (uint32_t i = 0; i < values.n_rows(); ++i) {
    const auto row = values.row(i);
    const auto bad = row.size() - static_cast<size_t>(std::ranges::count_if(row, usable));
    if (bad == 0) rows.push_back(i);
    if (bad == 0 || std::ranges::all_of(row, [](T value) { return std::isnan(value); })) continue;
    n_bad += bad;
    ++n_bad_rows;
    if (!first.empty()) continue;
    const auto at = static_cast<size_t>(std::ranges::find_if_not(row, usable) - row.begin());
    first =
        fmt::format("{} in {}", words_for(static_cast<double>(row[at]), whole_numbers), places.value(i, at));
  }
  if (n_bad > 0)
    throw Error::data({source.place(), "finite numbers within the range of float32",
                       fmt::format("{}; {} such {} in {} {}", first, n_bad, n_bad == 1 ? "value" : "values",
                                   n_bad_rows, n_bad_rows == 1 ? "row" : "rows"),
                       "Correct them, or write NaN in every column of a cell that has no vector"});
  if (rows.empty())
    throw Error::data(
        {source.place(), "an embedding", "NaN alone", "Leave it out, or write the embedding again"});
  return rows;
}

/// Hands over the rows that have a vector and tells of the others.
void leave_out_missing(ComputedEmbedding& embedding, std::vector<uint32_t> rows, size_t n,
                       const std::string& entry) {
  embedding.cells = std::move(rows);
  const size_t n_missing = n - embedding.cells.size();
  if (n_missing == 0) return;
  embedding.losses.push_back(
      {"cells", static_cast<double>(n_missing), static_cast<double>(n), "rows of NaN in " + entry});
  embedding.warnings.push_back(
      fmt::format("{} of {} cells have no embedding (rows of NaN in {}) and are left out of its scores",
                  n_missing, n, entry));
}

bool is_identity(std::span<const uint32_t> rows, size_t n) {
  if (rows.size() != n) return false;
  for (uint32_t i = 0; i < n; ++i)
    if (rows[i] != i) return false;
  return true;
}

template <class T>
DenseMatrix<T> take(DenseMatrix<T> values, std::span<const uint32_t> rows, std::span<const size_t> columns) {
  if (is_identity(rows, values.n_rows()) && columns.size() == values.n_cols()) return values;
  DenseMatrix<T> taken(rows.size(), columns.size());
  for (size_t i = 0; i < rows.size(); ++i)
    for (size_t j = 0; j < columns.size(); ++j) taken(i, j) = values(rows[i], columns[j]);
  return taken;
}
template <class T>
DenseMatrix<T> take_rows(DenseMatrix<T> values, std::span<const uint32_t> rows) {
  std::vector<size_t> columns(values.n_cols());
  std::iota(columns.begin(), columns.end(), size_t{0});
  return take(std::move(values), rows, columns);
}

/// float64 values as float32; what that does to them is told of.
DenseMatrix<float> narrowed(const DenseMatrix<double>& values, const Source& source, const Places& places,
                            std::vector<std::string>& warnings) {
  auto result = narrow_values(values);
  if (!result.collapsed.empty() && result.collapsed.size() == result.n_varying)
    throw Error::data({source.place(), "values that float32 can tell apart",
                       fmt::format("values so close to each other that they are one in float32, in {}",
                                   places.columns(result.collapsed)),
                       "Scale the embedding, as (x - x.mean(axis=0)) / x.std()"});
  if (!result.shifts.empty()) {
    std::vector<size_t> columns;
    for (const auto& shift : result.shifts) columns.push_back(shift.column);
    const auto& first = result.shifts.front();
    warnings.push_back(
        fmt::format("{} of {} columns lie far from zero for their spread, {}, the first of them around {:g} "
                    "with a spread of {:g}: their medians are subtracted, so that float32 holds the "
                    "differences; no score depends on that",
                    columns.size(), values.n_cols(), places.columns(columns), first.shift, first.spread));
  }
  auto blurred = result.collapsed;
  blurred.insert(blurred.end(), result.blurred.begin(), result.blurred.end());
  if (!blurred.empty())
    warnings.push_back(
        fmt::format("float32 cannot tell apart many values of {}, which the file holds in "
                    "float64",
                    places.columns(blurred)));
  return std::move(result.values);
}

/// The embedding of the selected cells out of what a file holds.
ComputedEmbedding embedding_of(EmbeddingTable table, const Source& source, const EmbeddingJob& job) {
  const auto names = job.data.file().cell_names();
  const auto& cells = job.data.selection().cells;
  const NameIndex index(names);
  auto match = match_rows(source.place(), table, {index, cells});
  ComputedEmbedding embedding;
  for (const auto& warning : match.warnings) embedding.warnings.push_back(source.entry + ": " + warning);
  const Places places(table, match, names, cells);
  std::visit(
      [&](auto& held) {
        auto values = take(std::move(held), match.rows, match.dimensions);
        auto rows = rows_with_vector(values, source, places, table.whole_numbers);
        const size_t n = values.n_rows();
        values = take_rows(std::move(values), rows);
        leave_out_missing(embedding, std::move(rows), n, source.entry);
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, DenseMatrix<double>>)
          embedding.values = narrowed(values, source, places, embedding.warnings);
        else
          embedding.values = std::move(values);
      },
      table.values);
  embedding.options = match.how;
  return embedding;
}

/// X too large for a dense copy, or stored sparse in float32: its rows as they stream.
ComputedEmbedding sparse_x(const Source& source, const EmbeddingJob& job) {
  auto& data = job.data;
  StreamOptions options;
  options.max_bytes = job.max_memory / kShareOfMatrix;
  auto stream = data.file().stream("X", job.pool, options);
  if (!data.all_cells()) {
    std::vector<uint32_t> columns(stream.n_cols);
    std::iota(columns.begin(), columns.end(), 0u);
    stream = subset(std::move(stream), data.selection().cells, std::move(columns));
  }
  auto matrix = collect(stream);
  const auto names = data.cell_names();
  const auto genes = data.file().var("X").index;
  std::vector<uint32_t> rows;
  for (uint32_t i = 0; i < matrix.n_rows; ++i) {
    const auto values = matrix.row_values(i);
    const auto bad = std::ranges::find_if_not(values, [](float value) { return std::isfinite(value); });
    if (bad == values.end()) {
      rows.push_back(i);
      continue;
    }
    const bool all_missing = values.size() == matrix.n_cols &&
                             std::ranges::all_of(values, [](float value) { return std::isnan(value); });
    if (all_missing) continue;
    const auto column = matrix.row_indices(i)[static_cast<size_t>(bad - values.begin())];
    throw Error::data({source.place(), "finite numbers within the range of float32",
                       fmt::format("{} in the row of cell '{}', column '{}'",
                                   std::isnan(*bad) ? "NaN" : "an infinite or too large number", names[i],
                                   column < genes.size() ? genes[column] : std::to_string(column)),
                       "Correct it, or write NaN in every column of a cell that has no vector"});
  }
  if (rows.empty())
    throw Error::data(
        {source.place(), "an embedding", "NaN alone", "Leave it out, or write the embedding again"});
  ComputedEmbedding embedding;
  const size_t n = matrix.n_rows;
  if (rows.size() < n) {
    CsrMatrix present;
    present.n_rows = rows.size();
    present.n_cols = matrix.n_cols;
    for (const uint32_t i : rows) {
      const auto indices = matrix.row_indices(i);
      const auto values = matrix.row_values(i);
      present.indices.insert(present.indices.end(), indices.begin(), indices.end());
      present.values.insert(present.values.end(), values.begin(), values.end());
      present.indptr.push_back(present.indices.size());
    }
    matrix = std::move(present);
  }
  leave_out_missing(embedding, std::move(rows), n, source.entry);
  embedding.values = std::move(matrix);
  return embedding;
}

}  // namespace

ComputedEmbedding embed_obsm(const EmbeddingJob& job) {
  const auto entry = "obsm/" + job.spec.path;
  auto table = job.data.file().obsm(job.spec.path);
  const bool is_table = table.is_table;
  auto embedding = embedding_of(std::move(table), {job.spec.tag, entry}, job);
  embedding.options = is_table ? fmt::format("{},rows={}", entry, embedding.options) : entry;
  return embedding;
}

ComputedEmbedding embed_file(const EmbeddingJob& job) {
  const auto names = job.data.file().cell_names();
  const NameIndex index(names);
  auto table = read_embedding_table(job.spec.path, {&index, names.size(), job.data.n_cells()});
  auto embedding = embedding_of(std::move(table), {job.spec.tag, job.spec.path}, job);
  embedding.options = fmt::format("path={},rows={}", job.spec.path, embedding.options);
  return embedding;
}

ComputedEmbedding embed_x(const EmbeddingJob& job) {
  const Source source{job.spec.tag, "X"};
  const auto& file = job.data.file();
  const uint64_t most = job.max_memory / kShareOfMatrix;
  auto table = file.dense_matrix("X", most);
  const auto matrices = file.matrices();
  const auto x = std::ranges::find(matrices, "X", &MatrixInfo::name);
  const bool is_dense = x != matrices.end() && x->encoding == "dense";
  ComputedEmbedding embedding;
  if (table) {
    table->column_names = file.var("X").index;
    embedding = embedding_of(std::move(*table), source, job);
    const auto& values = std::get<DenseMatrix<float>>(embedding.values);
    // What is sparse in the file stays sparse, unless a shift has filled it.
    if (!is_dense && pairs::sparse_pays(embedding.values)) embedding.values = pairs::to_sparse(values);
  } else {
    const uint64_t bytes = x == matrices.end() ? 0 : is_dense ? x->n_rows * x->n_cols * 8 : x->n_stored * 8;
    if (bytes > most)
      throw Error::data({source.place(),
                         fmt::format("a matrix of at most {}, a quarter of --max-memory", format_size(most)),
                         fmt::format("{} cells x {} columns, {}", x->n_rows, x->n_cols, format_size(bytes)),
                         "Raise --max-memory, or give fewer dimensions, as pca"});
    embedding = sparse_x(source, job);
    if (x != matrices.end() &&
        (x->dtype == "float64" || x->dtype.ends_with("int64") || x->dtype.ends_with("int32")))
      embedding.warnings.push_back(fmt::format(
          "X is stored as {} and too large to be centred within a quarter of --max-memory: its values are "
          "rounded to float32 as they are",
          x->dtype));
  }
  embedding.options = "X";
  return embedding;
}

}  // namespace zerocell
