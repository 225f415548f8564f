#include "zerocell/study/data_source.h"

#include <fmt/format.h>

#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/data/count_check.h"
#include "zerocell/preprocess/stream_adapters.h"

namespace zerocell {
namespace {

// Decoded expression may take this share of the memory; what is larger is decoded again for every pass.
constexpr double kCacheShare = 0.25;
constexpr double kStreamShare = 0.25;

uint64_t share_of(uint64_t bytes, double part) {
  return static_cast<uint64_t>(static_cast<double>(bytes) * part);
}

std::vector<uint32_t> all_columns(size_t n) {
  std::vector<uint32_t> columns(n);
  std::iota(columns.begin(), columns.end(), 0u);
  return columns;
}

/// The values as text; empty where one is missing.
std::vector<std::string> texts_of(const Column& column) {
  if (const auto* text = std::get_if<std::vector<std::string>>(&column.values)) return *text;
  const auto groups = column.as_categorical();
  std::vector<std::string> texts;
  for (const int32_t code : groups.codes)
    texts.push_back(code < 0 ? "" : groups.categories[static_cast<size_t>(code)]);
  return texts;
}

std::string column_names(const DataFrame& frame) {
  std::vector<std::string> names;
  for (const auto& column : frame.columns) names.push_back(column.name);
  return names.empty() ? "no columns" : fmt::format("{}", fmt::join(names, ", "));
}

/// The column of var for the genes of raw/var, by the names of both.
std::vector<std::string> column_for_raw(const DatasetFile& file, const Column& column, const DataFrame& var,
                                        const DataFrame& raw_var, std::vector<std::string>& warnings) {
  std::unordered_map<std::string, size_t> place;
  for (size_t i = 0; i < var.index.size(); ++i) place.emplace(var.index[i], i);
  const auto texts = texts_of(column);
  std::vector<std::string> ids;
  for (const auto& gene : raw_var.index)
    if (const auto at = place.find(gene); at != place.end()) ids.push_back(texts[at->second]);
  if (ids.size() < raw_var.index.size() || place.size() < var.index.size())
    throw Error::data({file.path() + ": raw/var", fmt::format("a column '{}' (--gene-ids)", column.name),
                       fmt::format("{}; var has that column, for {} of the {} genes of raw",
                                   column_names(raw_var), ids.size(), raw_var.index.size()),
                       "The counts are in raw: add the column to raw/var and write the file again, or choose "
                       "counts in X or a "
                       "layer with --layer, or leave --gene-ids out"});
  warnings.push_back(fmt::format(
      "raw/var has no column '{}': it is taken from var, by the names of the genes", column.name));
  return ids;
}

}  // namespace

std::string dataset_hash(const std::string& path, FileHashes& files) {
  const auto parts = dataset_files(path);
  if (parts.size() == 1) return files.of(parts.front());
  ContentHash hash;
  for (const auto& part : parts) hash.add(std::string_view(files.of(part)));
  return hash.hex();
}

std::vector<std::string> gene_names_of(const DatasetFile& file, const std::string& matrix,
                                       const std::string& name, std::vector<std::string>& warnings) {
  auto var = file.var(matrix);
  if (name.empty()) return std::move(var.index);
  if (const auto* column = var.find(name)) return texts_of(*column);
  if (matrix == "raw") {
    const auto other = file.var();
    if (const auto* column = other.find(name)) return column_for_raw(file, *column, other, var, warnings);
  }
  throw Error::data({file.path() + (matrix == "raw" ? ": raw/var" : ": var"),
                     fmt::format("a column '{}' (--gene-ids)", name), column_names(var), ""});
}

DataSource::DataSource(const std::string& path, DataSourceOptions options, ThreadPool& pool)
    : file_(DatasetFile::open(path, options.modality)), options_(std::move(options)), pool_(pool) {
  if (file_->n_cells() == 0) throw Error::data({path, "cells", "none", "There is nothing to evaluate"});
  selection_ = select(options_.cells);
  const auto names = file_->cell_names();
  const size_t distinct = std::unordered_set<std::string>(names.begin(), names.end()).size();
  if (distinct < names.size())
    warnings_.push_back(
        fmt::format("{} cell names occur more than once; cells are told apart by their position",
                    names.size() - distinct));
  if (selection_.names_not_found)
    warnings_.push_back(fmt::format("{} names in {} are no cells of this file", selection_.names_not_found,
                                    options_.cells.exclude_cells));
  if (!options_.cells.overlap.empty() && selection_.excluded_by_overlap == 0)
    warnings_.push_back(fmt::format("no cell of this file is in {} ({})", options_.cells.overlap,
                                    options_.cells.overlap_by.empty()
                                        ? "by name or hash"
                                        : "by " + options_.cells.overlap_by + " or hash"));
}

CellSelection DataSource::select(const CellSelectionOptions& cells) {
  CellFacts facts;
  facts.n_cells = file_->n_cells();
  facts.column = [this](const std::string& name) { return file_->obs_column(name); };
  facts.names = [this] { return file_->cell_names(); };
  facts.hashes = [this] {
    const auto& counts = all_counts();
    return cell_hashes(counts, genes_, pool_);
  };
  facts.file_hash = [this] {
    FileHashes files;
    return dataset_hash(file_->path(), files);
  };
  return select_cells(cells, facts);
}

Categorical DataSource::groups(const std::string& column) const {
  auto groups = file_->obs_column(column).as_categorical();
  if (all_cells()) return groups;
  Categorical selected{groups.categories, {}, groups.ordered};
  for (const uint32_t cell : selection_.cells) selected.codes.push_back(groups.codes[cell]);
  return selected.without_unused();
}

std::vector<std::string> DataSource::cell_names() const {
  auto names = file_->cell_names();
  if (all_cells()) return names;
  std::vector<std::string> selected;
  for (const uint32_t cell : selection_.cells) selected.push_back(std::move(names[cell]));
  return selected;
}

DenseMatrix<float> DataSource::select_rows(DenseMatrix<float> all) const {
  if (all.n_rows() == n_cells()) return all;
  DenseMatrix<float> selected(n_cells(), all.n_cols());
  for (size_t i = 0; i < n_cells(); ++i)
    std::ranges::copy(all.row(selection_.cells[i]), selected.row(i).begin());
  return selected;
}

DenseMatrix<float> DataSource::obsm(const std::string& key) const {
  return select_rows(file_->obsm(key));
}

const RowStream& DataSource::all_counts() {
  if (all_counts_) return *all_counts_;
  const auto choice = choose_counts(*file_, options_.layer, pool_, options_.accept_non_counts);
  counts_name_ = choice.matrix;
  counts_verdict_ = choice.check.verdict;
  if (!choice.check.is_counts)
    warnings_.push_back(fmt::format("{} is used as counts because --accept-non-counts asks for it, but: {}",
                                    counts_name_, counts_verdict_));
  StreamOptions stream_options;
  stream_options.max_bytes = share_of(options_.max_memory, kStreamShare);
  auto stream = checked_counts(file_->stream(counts_name_, pool_, stream_options),
                               file_->path() + ": " + counts_name_, options_.accept_non_counts);
  if (stream.n_cols == 0) throw Error::data({file_->path() + ": " + counts_name_, "genes", "none", ""});
  genes_ = gene_names_of(*file_, counts_name_, options_.gene_ids, warnings_);
  return all_counts_.emplace(std::move(stream));
}

void DataSource::find_counts() {
  auto stream = all_counts();
  if (!all_cells()) {
    auto columns = all_columns(stream.n_cols);
    stream = subset(std::move(stream), selection_.cells, std::move(columns));
  }
  counts_ = cached(std::move(stream), share_of(options_.max_memory, kCacheShare));
}

std::vector<CellHash> DataSource::hashes() {
  return cell_hashes(counts(), genes_, pool_);
}

const RowStream& DataSource::counts() {
  if (!counts_) find_counts();
  return *counts_;
}

const std::vector<std::string>& DataSource::genes() {
  if (!counts_) find_counts();
  return genes_;
}

std::vector<std::string> DataSource::warnings() const {
  auto all = warnings_;
  for (auto& note : file_->notes()) all.push_back(std::move(note));
  return all;
}

}  // namespace zerocell
