#include "zerocell/study/data_source.h"

#include <fmt/format.h>

#include <numeric>
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

std::vector<std::string> ids_from_column(const DataFrame& var, const std::string& name,
                                         const std::string& path) {
  const auto* column = var.find(name);
  if (!column) {
    std::vector<std::string> known;
    for (const auto& c : var.columns) known.push_back(c.name);
    throw Error::data({path + ": var", fmt::format("a column '{}' (--gene-ids)", name),
                       known.empty() ? "no columns" : fmt::format("{}", fmt::join(known, ", ")), ""});
  }
  if (const auto* text = std::get_if<std::vector<std::string>>(&column->values)) return *text;
  const auto groups = column->as_categorical();
  std::vector<std::string> ids;
  for (const int32_t code : groups.codes)
    ids.push_back(code < 0 ? "" : groups.categories[static_cast<size_t>(code)]);
  return ids;
}

}  // namespace

DataSource::DataSource(const std::string& path, DataSourceOptions options, ThreadPool& pool)
    : file_(DatasetFile::open(path)), options_(std::move(options)), pool_(pool) {
  if (file_->n_cells() == 0) throw Error::data({path, "cells", "none", "There is nothing to evaluate"});
  selection_ = select(options_.cells);
  const auto names = file_->cell_names();
  const size_t distinct = std::unordered_set<std::string>(names.begin(), names.end()).size();
  if (distinct < names.size())
    warnings_.push_back(
        fmt::format("{} cell names occur more than once; cells are told apart by their position",
                    names.size() - distinct));
  for (const auto& note : selection_.list_notes) warnings_.push_back(note);
}

CellFacts DataSource::facts() {
  CellFacts facts;
  facts.n_cells = file_->n_cells();
  facts.column = [this](const std::string& name) { return file_->obs_column(name); };
  facts.names = [this] { return file_->cell_names(); };
  facts.hashes = [this] {
    const auto& counts = all_counts();
    return cell_hashes(counts, genes_, pool_);
  };
  facts.file_hash = [this] { return hash_path(file_->path()); };
  return facts;
}

CellSelection DataSource::select(const CellSelectionOptions& cells) {
  return select_cells(cells, facts());
}

void DataSource::check_list(const CellList& list) {
  std::vector<uint8_t> marks(file_->n_cells(), 0);
  mark_list(list, facts(), marks);
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
  auto var = file_->var(counts_name_);
  genes_ = options_.gene_ids.empty() ? std::move(var.index)
                                     : ids_from_column(var, options_.gene_ids, file_->path());
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
