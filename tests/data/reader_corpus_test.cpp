// Every .h5ad of the shared test data against what anndata reads (tests/reference/reader_corpus.py).
#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {
namespace {

using nlohmann::json;

const std::string kSharedDir = ZEROCELL_SHARED_DIR;

const json& reference() {
  static const json document =
      json::parse(std::ifstream(ZEROCELL_SOURCE_DIR "/tests/golden/reader_corpus.json"));
  return document;
}

std::vector<std::string> reference_files() {
  std::vector<std::string> files;
  for (const auto& [file, summary] : reference().at("files").items()) files.push_back(file);
  return files;
}

/// FNV-1a, 64 bits.
class Fnv {
 public:
  void add(const void* data, size_t size) {
    for (size_t i = 0; i < size; ++i) hash_ = (hash_ ^ static_cast<const uint8_t*>(data)[i]) * 0x100000001B3u;
  }
  std::string text() const {
    char out[17];
    std::snprintf(out, sizeof out, "%016llx", static_cast<unsigned long long>(hash_));
    return out;
  }

 private:
  uint64_t hash_ = 0xCBF29CE484222325u;
};

std::string text_hash(const std::vector<std::string>& values) {
  Fnv hash;
  for (const std::string& value : values) hash.add(value.c_str(), value.size() + 1);
  return hash.text();
}

std::string bits_hash(std::vector<double> values) {
  for (double& value : values) {
    if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  }
  Fnv hash;
  hash.add(values.data(), values.size() * sizeof(double));
  return hash.text();
}

struct Summary {
  size_t nonzero = 0, not_finite = 0;
  double sum = 0, weighted_sum = 0, weight = 0;
  double min = std::numeric_limits<double>::infinity(), max = -min;

  void add(size_t row, size_t column, float value) {
    if (value == 0) return;
    ++nonzero;
    if (!std::isfinite(value)) {
      ++not_finite;
      return;
    }
    sum += value;
    weighted_sum +=
        static_cast<double>(value) * static_cast<double>(row % 97 + 1) * static_cast<double>(column % 89 + 1);
    weight += std::abs(static_cast<double>(value));
    min = std::min(min, static_cast<double>(value));
    max = std::max(max, static_cast<double>(value));
  }

  void expect_equal(const json& expected) const {
    EXPECT_EQ(nonzero, expected.at("nonzero").get<size_t>());
    EXPECT_EQ(not_finite, expected.at("not_finite").get<size_t>());
    // Sums of the same float32 values in double precision, in another order: 1e-9 of the sum of magnitudes
    // leaves room for the rounding of a million additions.
    EXPECT_NEAR(sum, expected.at("sum").get<double>(), 1e-9 * weight);
    EXPECT_NEAR(weighted_sum, expected.at("weighted_sum").get<double>(), 1e-9 * weight * 97 * 89);
    if (expected.at("min").is_null()) {
      EXPECT_TRUE(std::isinf(min));
    } else {
      EXPECT_EQ(min, expected.at("min").get<double>());
      EXPECT_EQ(max, expected.at("max").get<double>());
    }
  }
};

/// Sums a stream up; checks that blocks are consecutive and rows sorted without duplicates.
Summary summarise(const RowStream& stream) {
  Summary summary;
  size_t next = 0;
  stream.for_each_block([&](const RowBlock& block) {
    EXPECT_EQ(block.first_row, next);
    EXPECT_EQ(block.values.n_cols, stream.n_cols);
    next += block.values.n_rows;
    for (size_t row = 0; row < block.values.n_rows; ++row) {
      const auto columns = block.values.row_indices(row);
      const auto values = block.values.row_values(row);
      EXPECT_TRUE(std::is_sorted(columns.begin(), columns.end(), std::less_equal<>()))
          << "row " << block.first_row + row;
      for (size_t i = 0; i < columns.size(); ++i) summary.add(block.first_row + row, columns[i], values[i]);
    }
  });
  EXPECT_EQ(next, stream.n_rows);
  return summary;
}

const char* kind_of(const Column& column) {
  static constexpr const char* kKinds[] = {"string", "int", "float", "bool", "categorical"};
  return kKinds[column.values.index()];
}

std::vector<double> as_doubles(const Column& column) {
  std::vector<double> out;
  std::visit(
      [&](const auto& values) {
        using T = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<T, Categorical>) {
          out.assign(values.codes.begin(), values.codes.end());
        } else if constexpr (!std::is_same_v<T, std::vector<std::string>>) {
          out.assign(values.begin(), values.end());
        }
      },
      column.values);
  for (size_t row = 0; row < column.missing.size(); ++row) {
    if (column.missing[row] != 0) out[row] = std::numeric_limits<double>::quiet_NaN();
  }
  return out;
}

void expect_column(const Column& column, const json& expected) {
  SCOPED_TRACE("column " + column.name);
  EXPECT_EQ(column.name, expected.at("name"));
  EXPECT_EQ(column.size(), expected.at("n").get<size_t>());
  ASSERT_EQ(kind_of(column), expected.at("kind"));
  if (const auto* groups = std::get_if<Categorical>(&column.values)) {
    EXPECT_EQ(groups->ordered, expected.at("ordered").get<bool>());
    EXPECT_EQ(groups->n_categories(), expected.at("n_categories").get<size_t>());
    EXPECT_EQ(text_hash(groups->categories), expected.at("categories"));
    EXPECT_EQ(bits_hash(as_doubles(column)), expected.at("codes"));
    return;
  }
  if (const auto* texts = std::get_if<std::vector<std::string>>(&column.values)) {
    EXPECT_EQ(text_hash(*texts), expected.at("hash"));
    EXPECT_EQ(static_cast<size_t>(std::count(column.missing.begin(), column.missing.end(), 1)),
              expected.at("missing").get<size_t>());
    return;
  }
  const std::vector<double> numbers = as_doubles(column);
  EXPECT_EQ(bits_hash(numbers), expected.at("hash"));
  EXPECT_EQ(static_cast<size_t>(
                std::count_if(numbers.begin(), numbers.end(), [](double v) { return std::isnan(v); })),
            expected.at("missing").get<size_t>());
}

void expect_frame(const DataFrame& frame, const json& expected) {
  EXPECT_EQ(frame.n_rows(), expected.at("n").get<size_t>());
  EXPECT_EQ(text_hash(frame.index), expected.at("index"));
  ASSERT_EQ(frame.columns.size(), expected.at("columns").size());
  for (size_t i = 0; i < frame.columns.size(); ++i)
    expect_column(frame.columns[i], expected.at("columns")[i]);
}

class ReaderCorpus : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    path_ = kSharedDir + "/" + GetParam();
    if (!std::filesystem::exists(path_)) GTEST_SKIP() << "shared test data is absent: " << path_;
    expected_ = reference().at("files").at(GetParam());
    file_ = DatasetFile::open(path_);
  }

  std::string path_;
  json expected_;
  std::shared_ptr<const DatasetFile> file_;
};

TEST_P(ReaderCorpus, ShapeAndFramesEqualAnndata) {
  EXPECT_EQ(file_->format(), "h5ad");
  EXPECT_EQ(file_->n_cells(), expected_.at("shape")[0].get<size_t>());
  EXPECT_EQ(file_->n_genes(), expected_.at("shape")[1].get<size_t>());
  expect_frame(file_->obs(), expected_.at("obs"));
  expect_frame(file_->var(), expected_.at("var"));
  if (expected_.contains("raw_var")) expect_frame(file_->var("raw"), expected_.at("raw_var"));
  for (const std::string& note : file_->notes()) ADD_FAILURE() << "passed over: " << note;
}

TEST_P(ReaderCorpus, ColumnsOneByOneEqualTheWholeFrame) {
  const DataFrame obs = file_->obs();
  EXPECT_EQ(file_->cell_names(), obs.index);
  const std::vector<std::string> names = file_->obs_column_names();
  ASSERT_EQ(names.size(), obs.columns.size());
  for (size_t i = 0; i < names.size(); ++i) {
    expect_column(file_->obs_column(names[i]), expected_.at("obs").at("columns")[i]);
  }
  EXPECT_THROW(file_->obs_column("no such column"), Error);
}

TEST_P(ReaderCorpus, MatricesEqualAnndataForAnyBlockSizeAndMemory) {
  const std::vector<MatrixInfo> infos = file_->matrices();
  EXPECT_EQ(infos.size(), expected_.at("matrices").size());
  // Whole, in small blocks, and with so little memory that CSC takes many passes.
  const StreamOptions variants[] = {{}, {20'000, 1u << 20}, {1, 1}};
  for (const MatrixInfo& info : infos) {
    SCOPED_TRACE(info.name);
    const json& expected = expected_.at("matrices").at(info.name);
    EXPECT_EQ(info.encoding, expected.at("encoding"));
    EXPECT_EQ(info.dtype, expected.at("dtype"));
    EXPECT_EQ(info.n_rows, expected.at("shape")[0].get<size_t>());
    EXPECT_EQ(info.n_cols, expected.at("shape")[1].get<size_t>());
    for (int n_threads : {1, 3}) {
      ThreadPool pool(n_threads);
      for (const StreamOptions& options : variants) {
        if (options.block_bytes == 1 && info.n_rows > 1000) continue;  // a pass for each row
        const RowStream stream = file_->stream(info.name, pool, options);
        EXPECT_EQ(stream.n_rows, info.n_rows);
        EXPECT_EQ(stream.n_cols, info.n_cols);
        summarise(stream).expect_equal(expected);
      }
    }
  }
  ThreadPool pool(1);
  if (infos.empty()) {
    EXPECT_THROW(file_->stream("X", pool), Error);
  }
  EXPECT_THROW(file_->stream("layers/none of that name", pool), Error);
}

TEST_P(ReaderCorpus, ObsmEqualsAnndata) {
  const std::vector<ObsmInfo> entries = file_->obsm_entries();
  EXPECT_EQ(entries.size(), expected_.at("obsm").size());
  for (const ObsmInfo& entry : entries) {
    SCOPED_TRACE(entry.key);
    const json& expected = expected_.at("obsm").at(entry.key);
    EXPECT_EQ(entry.encoding, expected.at("encoding"));
    EXPECT_EQ(entry.n_rows, expected.at("shape")[0].get<size_t>());
    EXPECT_EQ(entry.n_cols, expected.at("shape")[1].get<size_t>());
    if (entry.encoding == "dataframe") {
      const auto table = file_->obsm(entry.key);
      EXPECT_EQ(table.column_names.size(), entry.n_cols);
      EXPECT_EQ(table.names.at(0).texts, file_->cell_names()) << "its index";
      // The data frames of the corpus hold categories: names or labels, no dimensions.
      EXPECT_TRUE(
          std::ranges::any_of(table.names, [](const auto& column) { return column.text_row.has_value(); }));
      continue;
    }
    const DenseMatrix<float> values = to_float(file_->obsm(entry.key).values);
    ASSERT_EQ(values.n_rows(), entry.n_rows);
    ASSERT_EQ(values.n_cols(), entry.n_cols);
    Summary summary;
    for (size_t row = 0; row < values.n_rows(); ++row) {
      for (size_t column = 0; column < values.n_cols(); ++column)
        summary.add(row, column, values(row, column));
    }
    summary.expect_equal(expected);
  }
  EXPECT_THROW(file_->obsm("none of that name"), Error);
}

std::string test_name(const testing::TestParamInfo<std::string>& param) {
  std::string name = param.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, ReaderCorpus, testing::ValuesIn(reference_files()), test_name);

TEST(ReaderCorpusReference, CoversTheCorpus) {
  EXPECT_EQ(reference_files().size(), 29u);
  EXPECT_TRUE(reference().at("failed").empty());
}

}  // namespace
}  // namespace zerocell
