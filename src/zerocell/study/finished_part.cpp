#include "zerocell/study/finished_part.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "zerocell/study/archive.h"

namespace zerocell {
namespace {

using namespace archive;  // NOLINT: one description of the layout serves both directions

// Raised when the layout below changes: parts of another layout are computed again.
constexpr std::string_view kFormat = "zerocell part 4\n";
constexpr std::string_view kEmbeddingFormat = "zerocell embedding part 2\n";
constexpr std::string_view kReconstructionFormat = "zerocell reconstruction part 2\n";

template <class Archive, class Training>
void training_layout(Archive& archive, Training& training) {
  archive.text(training.loss);
  archive.vector(training.train);
  archive.vector(training.validated_after);
  archive.vector(training.validation);
  archive.value(training.n_train);
  archive.value(training.n_validation);
  archive.value(training.stopped_early);
  archive.text(training.step);
  archive.value(training.first_step);
  archive.text(training.outcome);
}

template <class Archive, class Part>
void embedding_layout(Archive& archive, Part& part) {
  archive.text(part.tag);
  archive.text(part.method);
  auto& e = part.embedding;
  matrix(archive, e.values);
  archive.vector(e.cells);
  archive.text(e.options);
  list(archive, e.losses, kLoss);
  list(archive, e.warnings, kText);
  list(archive, e.stages, kStage);
  training_layout(archive, e.training);
  kStage(archive, part.cost);
}

template <class Archive, class Part>
void part_layout(Archive& archive, Part& part) {
  auto& r = part.result;
  archive.text(r.tag);
  archive.text(r.method);
  archive.text(r.options);
  archive.value(r.dims);
  dense(archive, r.umap);
  archive.vector(r.cluster);
  archive.value(r.cluster_resolution);
  archive.vector(r.silhouette_label);
  archive.vector(r.silhouette_batch);
  list(archive, r.losses, kLoss);
  list(archive, r.stages, kStage);
  archive.text(r.group);
  archive.value(r.seed);
  training_layout(archive, r.training);
  list(archive, part.scores, kScore);
  list(archive, part.warnings, kText);
  archive.text(part.counts_source);
}

constexpr auto kColumn = [](auto& archive, auto& x) {
  archive.text(x.name);
  archive.vector(x.values);
  archive.value(x.is_baseline);
};
constexpr auto kDensity = [](auto& archive, auto& x) {
  archive.text(x.name);
  for (auto* axis : {&x.truth, &x.predicted}) {
    archive.value(axis->n_bins);
    archive.value(axis->low);
    archive.value(axis->high);
  }
  archive.vector(x.counts);
  archive.value(x.n_below);
  archive.value(x.n_above);
  number(archive, x.constant);
};

template <class Archive, class Part>
void reconstruction_layout(Archive& archive, Part& part) {
  auto& r = part.result;
  for (auto* text : {&r.tag, &r.model, &r.options, &r.target}) archive.text(*text);
  list(archive, r.metrics, kText);
  list(archive, r.cells, kColumn);
  list(archive, r.sums.names, kText);
  archive.vector(r.sums.values);
  archive.vector(r.sums.n_genes);
  list(archive, r.sums.notes, kText);
  list(archive, r.densities, kDensity);
  list(archive, r.losses, kLoss);
  list(archive, r.stages, kStage);
  list(archive, r.warnings, kText);
  list(archive, part.scores, kScore);
  archive.text(part.counts_source);
}

template <class Part, class Layout>
std::string archived(const Part& part, Layout layout) {
  ArchiveWriter writer;
  layout(writer, part);
  return writer.bytes();
}

template <class Part, class Layout>
std::optional<Part> restored(const std::optional<std::string>& content, Layout layout) {
  if (!content) return std::nullopt;
  Part part;
  ArchiveReader reader(*content);
  layout(reader, part);
  return reader.ok() ? std::optional(std::move(part)) : std::nullopt;
}

constexpr auto kEmbedding = [](auto& archive, auto& part) { embedding_layout(archive, part); };
constexpr auto kPart = [](auto& archive, auto& part) { part_layout(archive, part); };
constexpr auto kReconstruction = [](auto& archive, auto& part) { reconstruction_layout(archive, part); };

}  // namespace

bool is_part_format(std::string_view first_line) {
  return first_line == kFormat || first_line == kEmbeddingFormat || first_line == kReconstructionFormat;
}

void save_part(const std::string& path, const FinishedPart& part) {
  save(path, kFormat, archived(part, kPart));
}

std::optional<FinishedPart> load_part(const std::string& path, std::string* trouble) {
  return restored<FinishedPart>(load(path, kFormat, trouble), kPart);
}

void save_embedding(const std::string& path, const FinishedEmbedding& part) {
  save(path, kEmbeddingFormat, archived(part, kEmbedding));
}

std::optional<FinishedEmbedding> load_embedding(const std::string& path, size_t n_cells,
                                                std::string* trouble) {
  auto part = restored<FinishedEmbedding>(load(path, kEmbeddingFormat, trouble), kEmbedding);
  if (!part) return part;
  const auto& cells = part->embedding.cells;
  const bool fits = n_rows(part->embedding.values) == cells.size() &&
                    std::ranges::is_sorted(cells, std::less_equal<>()) &&
                    (cells.empty() || cells.back() < n_cells);
  return fits ? std::move(part) : std::nullopt;
}

void save_part(const std::string& path, const FinishedReconstruction& part) {
  save(path, kReconstructionFormat, archived(part, kReconstruction));
}

std::optional<FinishedReconstruction> load_reconstruction_part(const std::string& path,
                                                               std::string* trouble) {
  return restored<FinishedReconstruction>(load(path, kReconstructionFormat, trouble), kReconstruction);
}

}  // namespace zerocell
