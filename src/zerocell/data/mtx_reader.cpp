#include "zerocell/data/mtx_reader.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "zerocell/core/error.h"
#include "zerocell/data/gzip_lines.h"
#include "zerocell/data/row_blocks.h"
#include "zerocell/data/tenx_file.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kEntryBytes = sizeof(uint32_t) + sizeof(float);
constexpr const char* kMatrix = "matrix.mtx";

struct MtxPaths {
  std::string matrix, barcodes, features;
};

struct MtxHeader {
  uint64_t n_features = 0, n_cells = 0, n_entries = 0;
  bool pattern = false, integer = false;
};

/// The first of the names that exists, plain or gzipped.
std::optional<std::string> find_file(const std::string& prefix, std::initializer_list<const char*> names) {
  std::error_code code;
  for (const char* name : names) {
    for (const char* end : {"", ".gz"}) {
      if (fs::is_regular_file(prefix + name + end, code)) return prefix + name + end;
    }
  }
  return std::nullopt;
}

/// What stands before "matrix.mtx": the folder, or folder and prefix of the file given.
std::string prefix_of(const std::string& path) {
  std::error_code code;
  if (fs::is_directory(path, code)) return (fs::path(path) / "").string();
  return path.substr(0, path.rfind(kMatrix));
}

MtxPaths find_files(const std::string& path) {
  const std::string prefix = prefix_of(path);
  const auto need = [&](std::initializer_list<const char*> names) {
    const auto found = find_file(prefix, names);
    if (found) return *found;
    throw Error::data({path,
                       fmt::format("{}{} (plain or .gz) of a 10x folder", prefix, fmt::join(names, " or ")),
                       "nothing of that name", "give a .h5ad or .h5 file, or a folder with the three files"});
  };
  return {need({kMatrix}), need({"barcodes.tsv"}), need({"features.tsv", "genes.tsv"})};
}

std::vector<std::string_view> split_tabs(std::string_view line) {
  std::vector<std::string_view> fields;
  for (size_t begin = 0;;) {
    const size_t tab = line.find('\t', begin);
    fields.push_back(line.substr(begin, tab - begin));
    if (tab == std::string_view::npos) return fields;
    begin = tab + 1;
  }
}

std::vector<std::string> read_barcodes(const std::string& path) {
  std::vector<std::string> barcodes;
  GzipLines lines(path);
  for (std::string_view line; lines.next(line);) {
    if (!line.empty()) barcodes.emplace_back(split_tabs(line)[0]);
  }
  return barcodes;
}

TenxFeatures read_features(const std::string& path) {
  TenxFeatures features;
  GzipLines lines(path);
  for (std::string_view line; lines.next(line);) {
    if (line.empty()) continue;
    const auto fields = split_tabs(line);
    features.ids.emplace_back(fields[0]);
    features.names.emplace_back(fields.size() > 1 ? fields[1] : fields[0]);
    if (fields.size() > 2) features.types.emplace_back(fields[2]);
  }
  if (!features.types.empty() && features.types.size() != features.ids.size()) {
    throw Error::data(
        {path, "the same number of columns in every line",
         fmt::format("a third column in {} of {} lines", features.types.size(), features.ids.size()),
         "repair the file"});
  }
  return features;
}

/// One pass over the entries of a Matrix Market file.
class MtxEntries {
 public:
  explicit MtxEntries(const std::string& path) : lines_(path) { read_header(); }
  const MtxHeader& header() const { return header_; }

  /// False after the last entry.
  bool next(uint32_t& cell, uint32_t& feature, float& value) {
    std::string_view line;
    do {
      if (!lines_.next(line)) {
        if (n_read_ != header_.n_entries)
          fail(fmt::format("{} entries", header_.n_entries), fmt::format("{}", n_read_));
        return false;
      }
    } while (line.empty());
    const char* at = line.data();
    const char* const end = at + line.size();
    feature = index(at, end, header_.n_features);
    cell = index(at, end, header_.n_cells);
    value = 1;
    if (!header_.pattern) {
      double number = 0;
      skip_blanks(at, end);
      const auto [rest, error] = std::from_chars(at, end, number);
      if (error != std::errc()) fail("a number", std::string(line));
      at = rest;
      value = static_cast<float>(number);
    }
    skip_blanks(at, end);
    if (at != end) fail("feature, cell and value", std::string(line));
    if (++n_read_ > header_.n_entries) fail(fmt::format("{} entries", header_.n_entries), "more");
    return true;
  }

  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    throw Error::data({fmt::format("{}, line {}", lines_.path(), lines_.line_number()), expected,
                       found.substr(0, 200),
                       "the file is damaged or no Matrix Market file; copy or create it again"});
  }

 private:
  static void skip_blanks(const char*& at, const char* end) {
    while (at != end && (*at == ' ' || *at == '\t')) ++at;
  }

  uint64_t number(const char*& at, const char* end) const {
    skip_blanks(at, end);
    uint64_t value = 0;
    const auto [rest, error] = std::from_chars(at, end, value);
    if (error != std::errc()) fail("a whole number", std::string(at, end));
    at = rest;
    return value;
  }

  uint32_t index(const char*& at, const char* end, uint64_t limit) const {
    const uint64_t value = number(at, end);
    if (value < 1 || value > limit)
      fail(fmt::format("an index from 1 to {}", limit), fmt::format("{}", value));
    return static_cast<uint32_t>(value - 1);
  }

  void read_header() {
    std::string_view line;
    if (!lines_.next(line) || !line.starts_with("%%MatrixMarket matrix coordinate ")) {
      fail("'%%MatrixMarket matrix coordinate'", std::string(line));
    }
    header_.pattern = line.find(" pattern") != std::string_view::npos;
    header_.integer = line.find(" integer") != std::string_view::npos;
    if (line.find(" general") == std::string_view::npos || line.find(" complex") != std::string_view::npos) {
      fail("real, integer or pattern entries of a general matrix", std::string(line));
    }
    do {
      if (!lines_.next(line)) fail("a line of sizes", "the end of the file");
    } while (line.empty() || line.front() == '%');
    const char* at = line.data();
    const char* const end = at + line.size();
    header_.n_features = number(at, end);
    header_.n_cells = number(at, end);
    header_.n_entries = number(at, end);
    if (std::max(header_.n_features, header_.n_cells) >= UINT32_MAX)
      fail("fewer than 2^32 features and cells", std::string(line));
  }

  GzipLines lines_;
  MtxHeader header_;
  uint64_t n_read_ = 0;
};

/// All entries as rows of cells, sorted by cell.
CsrMatrix load(const std::string& path) {
  MtxEntries entries(path);
  CsrMatrix out;
  out.n_rows = entries.header().n_cells;
  out.n_cols = entries.header().n_features;
  out.indptr.assign(out.n_rows + 1, 0);
  std::vector<uint32_t> cells;
  bool sorted = true;
  uint32_t cell = 0, feature = 0;
  float value = 0;
  while (entries.next(cell, feature, value)) {
    sorted = sorted && (cells.empty() || cells.back() <= cell);
    cells.push_back(cell);
    out.indices.push_back(feature);
    out.values.push_back(value);
    ++out.indptr[cell + 1];
  }
  for (size_t row = 0; row < out.n_rows; ++row) out.indptr[row + 1] += out.indptr[row];
  if (sorted) return out;
  std::vector<uint64_t> cursor(out.indptr.begin(), out.indptr.end() - 1);
  std::vector<uint32_t> indices(out.indices.size());
  std::vector<float> values(out.values.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    const uint64_t at = cursor[cells[i]]++;
    indices[at] = out.indices[i];
    values[at] = out.values[i];
  }
  out.indices = std::move(indices);
  out.values = std::move(values);
  return out;
}

/// Parses once, on the first pass, and keeps the matrix.
class LoadedMatrix {
 public:
  explicit LoadedMatrix(std::string path) : path_(std::move(path)) {}

  const CsrMatrix& get(ThreadPool& pool) {
    const std::lock_guard lock(mutex_);
    if (!matrix_) {
      matrix_ = load(path_);
      order_rows(*matrix_, 0, {std::make_shared<const std::string>(path_), {}}, pool);
    }
    return *matrix_;
  }

 private:
  std::string path_;
  std::mutex mutex_;
  std::optional<CsrMatrix> matrix_;
};

/// Rows as they come; the file must be sorted by cell.
void stream_sorted(const std::string& path, ThreadPool& pool, uint64_t block_bytes,
                   const std::function<void(const RowBlock&)>& consume) {
  MtxEntries entries(path);
  const size_t n_cells = entries.header().n_cells;
  RowBlock block;
  CsrMatrix& rows = block.values;
  rows.n_cols = entries.header().n_features;
  const auto deliver = [&] {
    rows.n_rows = rows.indptr.size() - 1;
    if (rows.n_rows == 0) return;
    order_rows(rows, block.first_row, {std::make_shared<const std::string>(path), {}}, pool);
    consume(block);
    block.first_row += rows.n_rows;
    rows.indptr.assign(1, 0);
    rows.indices.clear();
    rows.values.clear();
  };
  const auto finish_rows = [&](size_t cell) {  // closes all rows before `cell`
    while (block.first_row + rows.indptr.size() - 1 < cell) {
      rows.indptr.push_back(rows.indices.size());
      if (rows.indices.size() * kEntryBytes + rows.indptr.size() * sizeof(uint64_t) >= block_bytes) deliver();
    }
  };
  uint32_t cell = 0, feature = 0;
  float value = 0;
  while (entries.next(cell, feature, value)) {
    if (cell + size_t{1} < block.first_row + rows.indptr.size()) {
      entries.fail("entries sorted by cell, because the matrix is larger than the memory allowed",
                   "an earlier cell again; allow more memory, or convert to .h5ad");
    }
    finish_rows(cell);
    rows.indices.push_back(feature);
    rows.values.push_back(value);
  }
  finish_rows(n_cells);
  deliver();
}

class MtxFile final : public TenxFile {
 public:
  MtxFile(const std::string& path, const MtxPaths& paths)
      : TenxFile(path, read_barcodes(paths.barcodes), read_features(paths.features)), matrix_(paths.matrix) {
    header_ = MtxEntries(matrix_).header();
    if (header_.n_features != n_features() || header_.n_cells != n_cells()) {
      throw Error::data(
          {matrix_,
           fmt::format("{} features x {} cells, as the other two files have", n_features(), n_cells()),
           fmt::format("{} x {}", header_.n_features, header_.n_cells),
           "check that the three files belong together"});
    }
  }

  std::string format() const override { return "10x mtx"; }

  std::vector<MatrixInfo> matrices() const override {
    std::error_code code;
    const bool gzipped = matrix_.ends_with(".gz");
    const uint64_t bytes = fs::file_size(matrix_, code);
    return {{"X", n_cells(), n_genes(), "mtx",
             header_.integer   ? "int64"
             : header_.pattern ? "bool"
                               : "float64",
             header_.n_entries, gzipped ? "gzip" : "none", code ? 0 : bytes}};
  }

 protected:
  RowStream stream_features(ThreadPool& pool, const StreamOptions& options) const override {
    RowStream stream;
    stream.n_rows = n_cells();
    stream.n_cols = n_features();
    // Parsing into cells, features and values, and sorting them, takes two copies.
    if (header_.n_entries <= options.max_bytes / (2 * (kEntryBytes + sizeof(uint32_t)))) {
      auto matrix = std::make_shared<LoadedMatrix>(matrix_);
      stream.for_each_block = [matrix, &pool, options](const std::function<void(const RowBlock&)>& consume) {
        deliver_rows(matrix->get(pool), 0, options.block_bytes, consume);
      };
    } else {
      stream.for_each_block = [path = matrix_, &pool,
                               options](const std::function<void(const RowBlock&)>& consume) {
        stream_sorted(path, pool, options.block_bytes, consume);
      };
    }
    return stream;
  }

 private:
  std::string matrix_;
  MtxHeader header_;
};

}  // namespace

bool is_mtx_path(const std::string& path) {
  return path.ends_with(kMatrix) || path.ends_with(std::string(kMatrix) + ".gz");
}

std::shared_ptr<const DatasetFile> open_mtx(const std::string& path) {
  return std::make_shared<MtxFile>(path, find_files(path));
}

}  // namespace zerocell
