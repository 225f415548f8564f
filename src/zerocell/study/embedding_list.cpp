#include "zerocell/study/embedding_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/prefixed_progress.h"
#include "zerocell/study/kept_file.h"

namespace zerocell {
namespace {

constexpr const char* kModelSuffix = ".model.pt";

/// Places of `cells` in `all`, both ascending; nothing where one of them is missing.
std::optional<std::vector<uint32_t>> places_in(const std::vector<uint32_t>& all,
                                               const std::vector<uint32_t>& cells) {
  if (!std::ranges::includes(all, cells)) return std::nullopt;
  std::vector<uint32_t> places;
  places.reserve(cells.size());
  auto at = all.begin();
  for (const uint32_t cell : cells) {
    at = std::lower_bound(at, all.end(), cell);
    places.push_back(static_cast<uint32_t>(at - all.begin()));
  }
  return places;
}

EmbeddingKeys keys_with(const EmbeddingListOptions& options, const CellSelectionOptions& cells) {
  auto source = options.source;
  source.cells = cells;
  return {options.data_path, source, options.device, options.batch, options.seed, options.file_hashes};
}

}  // namespace

EmbeddingKeys EmbeddingListOptions::keys() const {
  return keys_with(*this, source.cells);
}

EmbeddingList::EmbeddingList(EmbeddingListOptions options, DataSource& data, ThreadPool& pool,
                             Progress& progress)
    : options_(std::move(options)),
      data_(data),
      pool_(pool),
      progress_(progress),
      models_(options_.save_models, options_.embeddings),
      keys_(options_.keys()),
      entries_(options_.embeddings.size()) {
  if (!options_.parts_folder.empty()) remove_left_over(options_.parts_folder);
}

std::string EmbeddingList::place(size_t i) const {
  const auto& tag = spec(i).tag;
  return size() > 1 ? fmt::format("{}/{} {}", i + 1, size(), tag) : tag;
}

std::string EmbeddingList::kept_path(const std::string& name) const {
  return options_.parts_folder.empty() ? "" : options_.parts_folder + "/" + name;
}

void EmbeddingList::find(size_t i) {
  auto& entry = entries_[i];
  entry.key = keys_.of(spec(i));
  const bool keeps_model = models_.keeps(spec(i));
  if (keeps_model) models_.prepare(spec(i), entry.key, options_.overwrite_models);
  if (find_method(spec(i)).is_given) {
    read_given(i);
    return;
  }
  if (options_.parts_folder.empty()) return;
  std::string trouble;
  const auto path = kept_path(entry.key + ".embedding");
  auto finished = load_embedding(path, data_.n_cells(), &trouble);
  if (!trouble.empty()) warnings_.push_back(spec(i).tag + ": " + not_used_text(path, trouble));
  if (!finished) return;
  if (keeps_model && !models_.holds(spec(i), entry.key) && !restore_model(i)) {
    progress_.warn(
        fmt::format("{}: finished by an earlier run, but its model is not in {}: it is trained again",
                    spec(i).tag, models_.path(spec(i))));
    return;
  }
  entry.kept = true;
  entry.embedding = std::move(finished->embedding);
  entry.cost = std::move(finished->cost);
}

void EmbeddingList::read_given(size_t i) {
  PrefixedProgress progress(progress_, place(i) + ": ");
  progress.stage("embedding", 0);
  auto results = compute_pass(std::vector<EmbeddingJob>{job(i, progress)});
  auto& entry = entries_[i];
  entry.embedding = std::move(results.embeddings.front());
  entry.cost = std::move(results.costs.front());
  entry.seconds_here = entry.cost.seconds;
  entry.kept = !options_.parts_folder.empty();  // its scores may be kept; the file itself keeps the embedding
}

/// Puts the trained model of an earlier run from the folder of parts into its place; false where it is not
/// there.
bool EmbeddingList::restore_model(size_t i) {
  const auto& key = entries_[i].key;
  const auto kept = kept_path(key + kModelSuffix);
  if (!TrainedModels::is_model_of(key, kept)) return false;
  std::ifstream in(kept, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  write_text_file(models_.path(spec(i)), bytes);
  return models_.holds(spec(i), key);
}

EmbeddingJob EmbeddingList::job(size_t i, Progress& progress) {
  const auto& entry = entries_[i];
  EmbeddingJob job{spec(i),
                   data_,
                   pool_,
                   progress,
                   keys_.seed_of(spec(i)),
                   options_.source.max_memory,
                   options_.device,
                   kept_path(entry.key + ".rows"),
                   entry.key,
                   keys_.batch_of(spec(i))};
  if (models_.keeps(spec(i)) || !options_.parts_folder.empty())
    job.keep_model = [this, i](const WriteModel& write) {
      if (models_.keeps(spec(i))) write(models_.path(spec(i)));
      if (options_.parts_folder.empty()) return;
      keep_or_warn(spec(i).tag, "the trained model", warnings_, [&] {
        make_folder(options_.parts_folder);
        write(kept_path(entries_[i].key + kModelSuffix));
      });
    };
  return job;
}

/// Other selections of the data set's cells whose embeddings may hold the rows of this run's.
const std::vector<EmbeddingList::WiderSelection>& EmbeddingList::wider() {
  if (wider_) return *wider_;
  wider_.emplace();
  if (data_.all_cells()) return *wider_;
  auto selections = options_.wider;
  selections.emplace_back();  // every cell of the file
  for (const auto& cells : selections) {
    auto selected = data_.select(cells).cells;
    if (auto rows = places_in(selected, data_.selection().cells))
      wider_->push_back({keys_with(options_, cells), selected.size(), std::move(*rows)});
  }
  return *wider_;
}

/// Rows of an embedding that another selection of cells has had, for methods that treat each cell alone.
std::optional<EmbeddingList::KnownRows> EmbeddingList::rows_of_more_cells(size_t i) {
  const auto& method = find_method(spec(i));
  if (options_.parts_folder.empty() || !method.cell_wise || !method.cell_wise(spec(i))) return std::nullopt;
  for (const auto& selection : wider()) {
    const auto finished =
        load_embedding(kept_path(selection.keys.of(spec(i)) + ".embedding"), selection.n_cells);
    const auto* values = finished ? std::get_if<DenseMatrix<float>>(&finished->embedding.values) : nullptr;
    if (!values) continue;
    const auto& embedded = finished->embedding.cells;
    DenseMatrix<float> rows(data_.n_cells(), values->n_cols(), std::nanf(""));
    for (size_t cell = 0; cell < rows.n_rows(); ++cell) {
      const auto at = std::ranges::lower_bound(embedded, selection.rows[cell]);
      if (at != embedded.end() && *at == selection.rows[cell])
        std::ranges::copy(values->row(static_cast<size_t>(at - embedded.begin())), rows.row(cell).begin());
    }
    const double share = static_cast<double>(data_.n_cells()) / static_cast<double>(selection.n_cells);
    return KnownRows{std::move(rows), finished->cost.seconds * share, finished->cost.peak_bytes};
  }
  return std::nullopt;
}

/// Takes what this run has computed under the same key and kept: the same embedding under another tag, or
/// with another seed where nothing is drawn.
bool EmbeddingList::take_twin(size_t i) {
  auto& entry = entries_[i];
  const auto is_twin = [&](const Entry& other) {
    return &other != &entry && other.kept && other.key == entry.key;
  };
  if (models_.keeps(spec(i)) || std::ranges::none_of(entries_, is_twin)) return false;
  auto finished = load_embedding(kept_path(entry.key + ".embedding"), data_.n_cells());
  if (!finished) return false;
  entry.kept = true;
  entry.embedding = std::move(finished->embedding);
  entry.cost = std::move(finished->cost);
  return true;
}

void EmbeddingList::compute(size_t first) {
  if (take_twin(first)) return;
  std::vector<size_t> places;
  std::vector<EmbeddingJob> jobs;
  // A prefix that names all of a pass is not known before the pass is.
  PrefixedProgress silent(progress_, "");
  for (size_t i = first; i < size(); ++i) {
    const auto& entry = entries_[i];
    if (entry.taken || entry.embedding || !entry.failure.empty()) continue;
    const auto is_twin = [&](size_t other) { return entries_[other].key == entry.key; };
    if (!options_.parts_folder.empty() && std::ranges::any_of(places, is_twin))
      continue;  // taken when it is kept
    places.push_back(i);
    jobs.push_back(job(i, silent));
    // What the first cannot share a pass with need not be asked for its files.
    if (!find_method(spec(i)).compute_together) break;
  }
  std::vector<size_t> pass;
  try {
    const auto passes = shared_passes(jobs);
    for (const size_t j : passes.front()) pass.push_back(places[j]);
  } catch (const Error& error) {
    // The files of another member have gone: its own turn will tell.
    if (!options_.keep_going || error.kind() == ErrorKind::interrupted) throw;
    pass = {first};
  }
  if (!options_.keep_going || pass.size() == 1) {
    compute_pass_of(pass);
    return;
  }
  try {
    compute_pass_of(pass);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    // One of them is at fault, and only it shall be missing.
    for (const size_t i : pass)
      if (i != first) attempt(i, [&] { compute_pass_of({i}); });
    compute_pass_of({first});
  }
}

void EmbeddingList::compute_pass_of(const std::vector<size_t>& pass) {
  std::string tags;
  for (const size_t i : pass) tags += (tags.empty() ? "" : " + ") + place(i);
  PrefixedProgress progress(progress_, tags + ": ");
  progress.stage("embedding", 0);
  std::vector<std::optional<KnownRows>> known;
  for (const size_t i : pass) known.push_back(rows_of_more_cells(i));
  std::vector<EmbeddingJob> jobs;
  for (size_t k = 0; k < pass.size(); ++k) {
    jobs.push_back(job(pass[k], progress));
    if (known[k]) jobs.back().known_rows = &known[k]->values;
  }
  auto results = compute_pass(jobs);
  for (size_t k = 0; k < pass.size(); ++k) {
    auto& entry = entries_[pass[k]];
    entry.embedding = std::move(results.embeddings[k]);
    entry.cost = std::move(results.costs[k]);
    entry.seconds_here = entry.cost.seconds;
    if (known[k]) {
      entry.cost.seconds += known[k]->seconds;
      entry.cost.peak_bytes = std::max(entry.cost.peak_bytes, known[k]->peak_bytes);
      entry.cost.cells_per_second = static_cast<double>(data_.n_cells()) / entry.cost.seconds;
    }
    keep(pass[k]);
  }
}

void EmbeddingList::keep(size_t i) {
  if (options_.parts_folder.empty()) return;
  auto& entry = entries_[i];
  entry.kept = keep_or_warn(spec(i).tag, "the embedding", warnings_, [&] {
    save_embedding(kept_path(entry.key + ".embedding"),
                   {spec(i).tag, spec(i).method, *entry.embedding, entry.cost});
  });
  std::error_code ignored;
  if (const auto rows = kept_path(entry.key + ".rows"); entry.kept && special_kind(rows).empty())
    std::filesystem::remove(rows, ignored);
}

ComputedEmbedding EmbeddingList::take(size_t i) {
  auto& entry = entries_[i];
  entry.taken = true;
  auto embedding = std::move(*entry.embedding);
  entry.embedding.reset();
  return embedding;
}

}  // namespace zerocell
