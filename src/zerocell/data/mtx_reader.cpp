#include "zerocell/data/mtx_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "zerocell/core/error.h"
#include "zerocell/data/gzip_lines.h"
#include "zerocell/data/mtx_files.h"
#include "zerocell/data/row_blocks.h"
#include "zerocell/data/tenx_file.h"
#include "zerocell/data/tenx_text.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kEntryBytes = sizeof(uint32_t) + sizeof(float);

struct MtxHeader {
  uint64_t n_features = 0, n_cells = 0, n_entries = 0;
  bool pattern = false, integer = false;
  bool rows_are_cells = false;  ///< the other way round than 10x writes
};

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

/// Words of a line, in lower case: the format does not tell capitals apart.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (size_t begin = 0; (begin = line.find_first_not_of(" \t", begin)) != std::string_view::npos;) {
    const size_t end = std::min(line.find_first_of(" \t", begin), line.size());
    words.push_back(lower_case(line.substr(begin, end - begin)));
    begin = end;
  }
  return words;
}

/// One pass over the entries of a Matrix Market file.
class MtxEntries {
 public:
  /// `rows_are_cells`: whether the file has cells x features.
  explicit MtxEntries(const std::string& path, bool rows_are_cells = false) : lines_(path) {
    header_.rows_are_cells = rows_are_cells;
    read_header();
  }
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
    } while (line.find_first_not_of(" \t") == std::string_view::npos);
    const char* at = line.data();
    const char* const end = at + line.size();
    uint32_t& row = header_.rows_are_cells ? cell : feature;
    uint32_t& column = header_.rows_are_cells ? feature : cell;
    row = index(at, end, n_rows());
    column = index(at, end, n_columns());
    value = 1;
    if (!header_.pattern) {
      double number = 0;
      skip_blanks(at, end);
      const auto [rest, error] = std::from_chars(at, end, number);
      if (error != std::errc()) fail("a number", std::string(line));
      if (header_.integer && number != std::trunc(number))
        fail("a whole number, as the first line announces (integer)", std::string(line));
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

  uint64_t n_rows() const { return header_.rows_are_cells ? header_.n_cells : header_.n_features; }
  uint64_t n_columns() const { return header_.rows_are_cells ? header_.n_features : header_.n_cells; }

  void read_banner() {
    std::string_view line;
    const bool any = lines_.next(line);
    if (any && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    const auto words = words_of(line.substr(0, 200));
    if (words.size() < 2 || words[0] != "%%matrixmarket" || words[1] != "matrix")
      fail("'%%MatrixMarket matrix coordinate'", any ? std::string(line) : "an empty file");
    const auto refuse = [&](const char* expected, const std::string& advice) {
      throw Error::data(
          {fmt::format("{}, line 1", lines_.path()), expected, std::string(line.substr(0, 200)), advice});
    };
    if (words.size() != 5)
      refuse("'%%MatrixMarket matrix coordinate', the kind of numbers and 'general'", "write it again");
    const std::string way_out =
        "write it again in Python with scipy.io.mmwrite(FILE, scipy.sparse.coo_matrix(MATRIX), "
        "symmetry=\"general\")";
    if (words[2] != "coordinate") refuse("entries by coordinate", way_out);
    header_.pattern = words[3] == "pattern";
    header_.integer = words[3] == "integer" || words[3] == "unsigned-integer";
    if (!header_.pattern && !header_.integer && words[3] != "real" && words[3] != "double")
      refuse("real, integer or pattern entries", way_out);
    // Half of the entries would be missing: counts of genes in cells are never symmetric.
    if (words[4] != "general") refuse("a general matrix", way_out);
  }

  void read_header() {
    read_banner();
    std::string_view line;
    do {
      if (!lines_.next(line)) fail("a line of sizes", "the end of the file");
    } while (line.find_first_not_of(" \t") == std::string_view::npos || line.front() == '%');
    const char* at = line.data();
    const char* const end = at + line.size();
    const uint64_t rows = number(at, end), columns = number(at, end);
    header_.n_features = header_.rows_are_cells ? columns : rows;
    header_.n_cells = header_.rows_are_cells ? rows : columns;
    header_.n_entries = number(at, end);
    skip_blanks(at, end);
    if (at != end) fail("rows, columns and entries", std::string(line));
    if (std::max(rows, columns) >= UINT32_MAX) fail("fewer than 2^32 features and cells", std::string(line));
  }

  GzipLines lines_;
  MtxHeader header_;
  uint64_t n_read_ = 0;
};

/// All entries as rows of cells, sorted by cell.
CsrMatrix load(const std::string& path, bool rows_are_cells) {
  MtxEntries entries(path, rows_are_cells);
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

/// How a matrix is read.
struct MtxSource {
  std::string path;
  bool rows_are_cells = false;
  std::shared_ptr<StreamNotes> notes;

  std::string name() const { return fs::path(path).filename().string(); }
};

/// Parses once, on the first pass, and keeps the matrix.
class LoadedMatrix {
 public:
  explicit LoadedMatrix(MtxSource source) : source_(std::move(source)) {}

  const CsrMatrix& get(ThreadPool& pool) {
    const std::lock_guard lock(mutex_);
    if (!matrix_) {
      matrix_ = load(source_.path, source_.rows_are_cells);
      DuplicateCount duplicates(source_.notes, source_.name());
      duplicates.add(order_rows(*matrix_, pool));
      duplicates.finish();
    }
    return *matrix_;
  }

 private:
  MtxSource source_;
  std::mutex mutex_;
  std::optional<CsrMatrix> matrix_;
};

/// Rows as they come; the file must be sorted by cell.
class SortedPass {
 public:
  SortedPass(const MtxSource& source, ThreadPool& pool, const StreamOptions& options,
             const std::function<void(const RowBlock&)>& consume)
      : entries_(source.path, source.rows_are_cells),
        duplicates_(source.notes, source.name()),
        pool_(pool),
        options_(options),
        consume_(consume) {
    rows().n_cols = entries_.header().n_features;
  }

  void run() {
    const uint64_t longest = longest_row(rows().n_cols, options_.max_bytes);
    uint32_t cell = 0, feature = 0;
    float value = 0;
    while (entries_.next(cell, feature, value)) {
      if (cell + size_t{1} < block_.first_row + rows().indptr.size()) {
        entries_.fail("entries sorted by cell, because the matrix is larger than the memory allowed",
                      "an earlier cell again; allow more memory, or convert to .h5ad");
      }
      finish_rows(cell);
      rows().indices.push_back(feature);
      rows().values.push_back(value);
      if (rows().indices.size() - rows().indptr.back() > longest)
        entries_.fail(fmt::format("at most {} entries a cell", longest), "more");
    }
    finish_rows(entries_.header().n_cells);
    deliver();
    duplicates_.finish();
  }

 private:
  CsrMatrix& rows() { return block_.values; }

  void deliver() {
    rows().n_rows = rows().indptr.size() - 1;
    if (rows().n_rows == 0) return;
    duplicates_.add(order_rows(rows(), pool_));
    consume_(block_);
    block_.first_row += rows().n_rows;
    rows().indptr.assign(1, 0);
    rows().indices.clear();
    rows().values.clear();
  }

  /// Closes all rows before `cell`.
  void finish_rows(size_t cell) {
    while (block_.first_row + rows().indptr.size() - 1 < cell) {
      rows().indptr.push_back(rows().indices.size());
      const uint64_t bytes = rows().indices.size() * kEntryBytes + rows().indptr.size() * sizeof(uint64_t);
      if (bytes >= options_.block_bytes) deliver();
    }
  }

  MtxEntries entries_;
  DuplicateCount duplicates_;
  ThreadPool& pool_;
  const StreamOptions& options_;
  const std::function<void(const RowBlock&)>& consume_;
  RowBlock block_;
};

/// The three files, read as far as is needed to know that they belong together.
struct MtxSet {
  MtxFiles files;
  MtxHeader header;
  TenxBarcodes barcodes;
  TenxFeatureList features;
  std::vector<std::string> notes;
};

MtxSet read_set(const std::string& path) {
  MtxSet set;
  set.files = find_mtx_files(path);
  set.header = MtxEntries(set.files.matrix).header();
  set.barcodes = read_tenx_barcodes(set.files.barcodes, set.header.n_cells);
  set.features = read_tenx_features(set.files.features, set.header.n_features);
  const auto fits = [&] {
    return set.header.n_features == set.features.n && set.header.n_cells == set.barcodes.n;
  };
  const MtxHeader as_written = set.header;
  if (!fits()) {  // perhaps cells x features
    set.header = MtxEntries(set.files.matrix, true).header();
    set.barcodes = read_tenx_barcodes(set.files.barcodes, set.header.n_cells);
    set.features = read_tenx_features(set.files.features, set.header.n_features);
    if (fits())
      set.notes.push_back(
          fmt::format("{} has {} rows, which are cells, and {} columns, which are features: it is transposed "
                      "against what Cell Ranger writes, and was read that way",
                      set.files.matrix, set.header.n_cells, set.header.n_features));
  }
  if (!fits()) {
    throw Error::data(
        {set.files.matrix,
         fmt::format("{} features x {} cells, as the other two files have", set.features.n, set.barcodes.n),
         fmt::format("{} x {}", as_written.n_features, as_written.n_cells),
         "check that the three files belong together, and that each has a line for every feature "
         "or cell and no header line"});
  }
  for (auto* notes : {&set.barcodes.notes, &set.features.notes})
    set.notes.insert(set.notes.end(), notes->begin(), notes->end());
  for (const auto& file : {set.files.matrix, set.files.barcodes, set.files.features})
    if (auto note = open_end_note(file); !note.empty()) set.notes.push_back(std::move(note));
  return set;
}

class MtxFile final : public TenxFile {
 public:
  MtxFile(const std::string& path, MtxSet set)
      : TenxFile(path, std::move(set.barcodes.names), set.features.features, std::move(set.notes)),
        matrix_(std::move(set.files.matrix)),
        header_(set.header) {}

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
    const MtxSource source{matrix_, header_.rows_are_cells, stream_notes()};
    RowStream stream;
    stream.n_rows = n_cells();
    stream.n_cols = n_features();
    // Parsing into cells, features and values, and sorting them, takes two copies.
    if (header_.n_entries <= options.max_bytes / (2 * (kEntryBytes + sizeof(uint32_t)))) {
      auto matrix = std::make_shared<LoadedMatrix>(source);
      stream.for_each_block = [matrix, &pool, options](const std::function<void(const RowBlock&)>& consume) {
        deliver_rows(matrix->get(pool), 0, options.block_bytes, consume);
      };
    } else {
      stream.for_each_block = [source, &pool, options](const std::function<void(const RowBlock&)>& consume) {
        SortedPass(source, pool, options, consume).run();
      };
    }
    return stream;
  }

 private:
  std::string matrix_;
  MtxHeader header_;
};

}  // namespace

std::shared_ptr<const DatasetFile> open_mtx(const std::string& path) {
  return std::make_shared<MtxFile>(path, read_set(path));
}

}  // namespace zerocell
