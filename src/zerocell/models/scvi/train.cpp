#include "zerocell/models/scvi/train.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <numeric>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/core/system.h"
#include "zerocell/models/scvi/kernels.h"

namespace zerocell {
namespace {

constexpr uint64_t kOrderStream = 1, kNoiseStream = 2, kValidationStream = 3;

// Standard normal draws of one cell, and its dropout masks, keyed by seed, step and place.
void draw(ScviNoise& noise, const ScviSizes& sizes, size_t n, double dropout_rate, uint64_t key,
          ThreadPool& pool) {
  if (noise.epsilon.n_rows() != n) {
    noise.epsilon = DenseMatrix<float>(n, sizes.n_latent);
    noise.dropout.clear();
    if (dropout_rate > 0) noise.dropout.assign(sizes.n_layers, DenseMatrix<float>(n, sizes.n_hidden));
  }
  const auto limit = static_cast<uint32_t>(dropout_rate * 4294967296.0);
  const auto kept = static_cast<float>(1 / (1 - dropout_rate));
  pool.parallel_ranges(n, 16, [&](size_t first, size_t last, int) {
    for (size_t i = first; i < last; ++i) {
      Random random(key, i);
      for (float& x : noise.epsilon.row(i)) x = static_cast<float>(random.normal());
      for (auto& mask : noise.dropout) {
        const auto row = mask.row(i);
        for (size_t j = 0; j < row.size(); j += 2) {
          const uint64_t bits = random();
          row[j] = static_cast<uint32_t>(bits) < limit ? 0 : kept;
          if (j + 1 < row.size()) row[j + 1] = static_cast<uint32_t>(bits >> 32) < limit ? 0 : kept;
        }
      }
    }
  });
}

[[noreturn]] void fail_to_write() {
  throw Error::data({"counts on their way to a temporary file", "room on the disk", std::strerror(errno),
                     "Free space, or set TMPDIR to another disk, or give more --max-memory"});
}

void write_all(FILE* file, const void* data, size_t bytes) {
  if (bytes && std::fwrite(data, 1, bytes, file) != bytes) fail_to_write();
}

// What the buffer still held may find the disk full; a file that is too short must not be mapped.
void flush_all(FILE* file) {
  if (std::fflush(file) != 0) fail_to_write();
}

struct CloseFile {
  void operator()(FILE* file) const { std::fclose(file); }
};

// A file without a name in TMPDIR.
std::unique_ptr<FILE, CloseFile> unnamed_file() {
  const char* const folder = std::getenv("TMPDIR");
  std::string name = std::string(folder && *folder ? folder : "/tmp") + "/zerocell_counts_XXXXXX";
  const int descriptor = mkstemp(name.data());
  if (descriptor < 0)
    throw Error::data({name, "a folder that takes a temporary file", "none",
                       "Set TMPDIR to another folder, or give more --max-memory"});
  unlink(name.c_str());
  std::unique_ptr<FILE, CloseFile> file(fdopen(descriptor, "wb+"));
  if (!file) {
    close(descriptor);
    throw std::bad_alloc();  // of the buffer
  }
  return file;
}

// Mean over cells of reconstruction + KL with running statistics and one keyed draw of z a cell: minus the
// ELBO.
double validation_loss(ScviTrainer& trainer, const ScviSizes& sizes, const ScviCounts& counts,
                       std::span<const uint32_t> rows, std::span<const uint32_t> batch, uint64_t seed) {
  constexpr size_t kCells = 128;
  ScviLoss total;
  for (size_t first = 0; first < rows.size(); first += kCells) {
    const auto part = rows.subspan(first, std::min(kCells, rows.size() - first));
    DenseMatrix<float> epsilon(part.size(), sizes.n_latent);
    for (size_t i = 0; i < part.size(); ++i) {
      Random random(mix64(seed, kValidationStream), part[i]);
      for (float& x : epsilon.row(i)) x = static_cast<float>(random.normal());
    }
    const auto loss = trainer.loss(counts.cells(part, batch), epsilon);
    total.reconstruction += loss.reconstruction;
    total.kl += loss.kl;
    total.n_cells += loss.n_cells;
  }
  return total.mean(1);
}

}  // namespace

size_t scvi_default_epochs(size_t n_cells) {
  if (n_cells == 0) return 1;
  const double epochs = std::nearbyint(20000.0 / static_cast<double>(n_cells) * 400);
  return static_cast<size_t>(std::clamp(epochs, 1.0, 400.0));
}

double scvi_kl_weight(size_t epoch, size_t n_epochs_warmup) {
  if (n_epochs_warmup == 0) return 1;
  return std::min(1.0, static_cast<double>(epoch) / static_cast<double>(n_epochs_warmup));
}

ScviSplit scvi_split(size_t n_cells, double train_size, size_t batch_size, uint32_t seed) {
  auto n_train = std::min(n_cells, static_cast<size_t>(std::ceil(train_size * static_cast<double>(n_cells))));
  const size_t rest = n_train % batch_size;
  if (n_train > batch_size && rest < 3) n_train -= rest;
  const auto order = NumpyMt19937(seed).permutation(n_cells);
  const auto cut = order.begin() + static_cast<ptrdiff_t>(n_cells - n_train);
  return {{cut, order.end()}, {order.begin(), cut}};
}

ScviCounts::ScviCounts(const RowStream& stream, size_t max_bytes) : n_genes_(stream.n_cols) {
  std::unique_ptr<FILE, CloseFile> index_file, value_file;
  stream.for_each_block([&](const RowBlock& block) {
    const auto& rows = block.values;
    for (size_t i = 0; i < rows.n_rows; ++i) {
      const size_t before = indices_.size();
      const auto genes = rows.row_indices(i);
      const auto counts = rows.row_values(i);
      // The logarithm of a cell's total is an input of the decoder.
      if (std::ranges::all_of(counts, [](float x) { return x == 0; }))
        throw Error::data({fmt::format("cell {} of scVI's training", block.first_row + i), "a count", "none",
                           "Leave cells without counts out"});
      for (size_t k = 0; k < genes.size(); ++k)
        if (counts[k] != 0) {
          indices_.push_back(genes[k]);
          values_.push_back(counts[k]);
        }
      indptr_.push_back(indptr_.back() + (indices_.size() - before));
    }
    // Vectors double, so that three quarters may be needed for the growth of one of them.
    if (!index_file && indices_.size() * 2 * (sizeof(uint32_t) + sizeof(float)) > max_bytes)
      index_file = unnamed_file(), value_file = unnamed_file();
    if (index_file) {
      write_all(index_file.get(), indices_.data(), indices_.size() * sizeof(uint32_t));
      write_all(value_file.get(), values_.data(), values_.size() * sizeof(float));
      indices_.clear();
      values_.clear();
    }
  });
  if (!index_file) {
    index_data_ = indices_.data();
    value_data_ = values_.data();
    return;
  }
  indices_ = {};
  values_ = {};
  // Both parts in one file: the counts follow the indices.
  flush_all(value_file.get());
  std::rewind(value_file.get());
  std::vector<char> buffer(1 << 20);
  while (const size_t got = std::fread(buffer.data(), 1, buffer.size(), value_file.get()))
    write_all(index_file.get(), buffer.data(), got);
  if (std::ferror(value_file.get())) fail_to_write();
  flush_all(index_file.get());
  map_bytes_ = nnz() * (sizeof(uint32_t) + sizeof(float));
  map_ = mmap(nullptr, map_bytes_, PROT_READ, MAP_PRIVATE, fileno(index_file.get()), 0);
  if (map_ == MAP_FAILED) {
    map_ = nullptr;
    throw Error::data({"counts in a temporary file", "a file that can be mapped", std::strerror(errno),
                       "Set TMPDIR to another disk, or give more --max-memory"});
  }
  index_data_ = static_cast<const uint32_t*>(map_);
  value_data_ = reinterpret_cast<const float*>(index_data_ + nnz());
}

ScviCounts::~ScviCounts() {
  if (map_) munmap(map_, map_bytes_);
}

ScviCells ScviCounts::cells(std::span<const uint32_t> rows, std::span<const uint32_t> batch) const {
  return {indptr_.data(), index_data_, value_data_, rows, batch};
}

ScviWeights train_scvi(const ScviCounts& counts, std::span<const uint32_t> batch, const ScviSizes& sizes,
                       const ScviTrainOptions& options, const MakeScviTrainer& make_trainer, ThreadPool& pool,
                       Progress& progress, ScviTraining& training) {
  const size_t n = counts.n_cells();
  const auto split = scvi_split(n, options.train_size, options.batch_size, options.split_seed);
  if (split.train.size() < 3)
    throw Error::data({"scVI", "at least 3 cells to train on", fmt::format("{}", split.train.size()),
                       "Give more cells, or a method that is not trained"});
  const size_t n_epochs = options.max_epochs ? options.max_epochs : scvi_default_epochs(n);
  scvi::AdamStep adam;
  adam.learning_rate = static_cast<float>(options.learning_rate);
  adam.epsilon = static_cast<float>(options.adam_epsilon);
  adam.weight_decay = static_cast<float>(options.weight_decay);
  const auto trainer = make_trainer(untrained_scvi(sizes, options.seed), adam);
  training = {};
  training.device = trainer->description();
  training.n_train = split.train.size();
  training.n_validation = split.validation.size();
  // Some forty looks at the validation cells cost a percent and draw the curve.
  const size_t validation_every = options.early_stopping ? 1 : std::max<size_t>(1, n_epochs / 40);
  ScviNoise noise, last_noise;
  double best = std::numeric_limits<double>::infinity();
  size_t best_epoch = 0;
  uint64_t step = 0;
  progress.stage("training scVI, epochs", n_epochs);
  const double start = now_seconds();
  double outside = 0;
  for (size_t epoch = 0; epoch < n_epochs; ++epoch) {
    const double kl_weight = scvi_kl_weight(epoch, options.n_epochs_kl_warmup);
    Random random(mix64(options.seed, kOrderStream), epoch);
    const auto order = permutation(split.train.size(), random);
    std::vector<uint32_t> rows(order.size());
    for (size_t i = 0; i < order.size(); ++i) rows[i] = split.train[order[i]];
    double sum = 0;
    size_t n_seen = 0;
    for (size_t at = 0; at < rows.size(); at += options.batch_size) {
      const size_t size = std::min(options.batch_size, rows.size() - at);
      if (size < 2) break;  // cannot be: see scvi_split
      progress.check();
      auto& drawn = size == options.batch_size ? noise : last_noise;
      draw(drawn, sizes, size, options.dropout_rate, mix64(options.seed, kNoiseStream, step), pool);
      const auto cells = counts.cells(std::span(rows).subspan(at, size), batch);
      const auto loss = trainer->step(cells, drawn, kl_weight);
      const double value = loss.mean(kl_weight);
      if (!std::isfinite(value))
        throw Error::data(
            {"scVI's training", "a loss that is a number",
             // NaN has a sign that says nothing.
             fmt::format("{} in epoch {}, minibatch {}", std::isnan(value) ? std::abs(value) : value,
                         epoch + 1, at / options.batch_size + 1),
             "Give a smaller learning_rate; check that the counts are raw counts"});
      sum += loss.reconstruction + kl_weight * loss.kl;
      n_seen += size;
      ++step;
    }
    training.train_loss.push_back(sum / static_cast<double>(n_seen));
    progress.detail(fmt::format("loss {:.1f}", training.train_loss.back()));
    progress.advance(1);
    const bool last = epoch + 1 == n_epochs;
    if (split.validation.empty() || !(last || (epoch + 1) % validation_every == 0)) continue;
    const double before = now_seconds();
    const double loss = validation_loss(*trainer, sizes, counts, split.validation, batch, options.seed);
    outside += now_seconds() - before;
    training.validation_epochs.push_back(epoch + 1);
    training.validation_loss.push_back(loss);
    if (loss < best) {
      best = loss;
      best_epoch = epoch;
    } else if (options.early_stopping && epoch - best_epoch >= options.early_stopping_patience) {
      training.stopped_early = true;
      break;
    }
  }
  training.seconds_per_epoch =
      (now_seconds() - start - outside) / static_cast<double>(training.train_loss.size());
  auto weights = trainer->weights();
  if (!std::ranges::all_of(weights.parameters, [](float x) { return std::isfinite(x); }))
    throw Error::data({"scVI's training", "weights that are numbers", "infinite ones or NaN",
                       "Give a smaller learning_rate; check that the counts are raw counts"});
  return weights;
}

ScviWeights train_scvi(const ScviCounts& counts, std::span<const uint32_t> batch, const ScviSizes& sizes,
                       const ScviTrainOptions& options, ThreadPool& pool, Progress& progress,
                       ScviTraining& training) {
  const auto on_the_processor = [&](ScviWeights start, const scvi::AdamStep& adam) {
    return make_cpu_scvi_trainer(std::move(start), adam, pool);
  };
  return train_scvi(counts, batch, sizes, options, on_the_processor, pool, progress, training);
}

}  // namespace zerocell
