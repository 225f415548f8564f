#include "zerocell/data/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/data/alias_table.h"

namespace zerocell {
namespace {

// What makes the data look as real data do. Shares and depths follow droplet data of blood and pancreas.
constexpr double kSdLogMean = 2.1;      ///< of base expression over genes
constexpr double kMaxShare = 0.01;      ///< of a cell's counts that one gene takes
constexpr double kDispersionShape = 2;  ///< r of variance = mean + mean^2 / r
constexpr double kSdDepth = 0.4;        ///< of log depth over cells
constexpr size_t kTypesPerLineage = 3;
constexpr double kLineageGenes = 0.05, kTypeGenes = 0.03;  ///< share of genes that tell them apart
constexpr double kMeanLogFold = 1.1, kSdLogFold = 0.5;
constexpr double kShareDown = 0.3;  ///< of these genes that are lowered
constexpr double kSdBatch = 0.4, kSdDonor = 0.1, kSdBatchDepth = 0.2, kSdComposition = 0.6;
constexpr size_t kProgrammes = 4;
constexpr double kProgrammeGenes = 0.05, kProgrammeShare = 0.04, kProgrammeShape = 0.7;

constexpr size_t kCellsPerTask = 64;
constexpr double kValuesPerBlock = 8e6;

/// Independent streams of random numbers of one seed.
enum Stream : uint64_t { kBase, kTypes, kLineages, kBatches, kShares, kProgrammeGeneStream, kCells };

void check(const SimulateOptions& o) {
  const auto require = [](bool good, const std::string& option, const std::string& expected) {
    if (!good)
      throw Error::usage({.read = "simulate, " + option, .expected = expected, .found = "", .advice = ""});
  };
  require(o.n_cells >= 1 && o.n_cells < UINT32_MAX, "cells", "from 1 to 4 thousand million");
  require(o.n_genes >= 1 && o.n_genes <= 100'000'000, "genes", "from 1 to 100 million");
  require(o.n_types >= 1, "types", "at least 1");
  require(o.n_batches >= 1 && o.n_donors_per_batch >= 1, "batches and donors", "at least 1");
  require(o.mean_umis >= 0 && o.mean_umis <= 1e6, "mean UMIs", "from 0 to a million");
  require(o.signal >= 0 && o.signal <= 10, "signal", "from 0 to 10");
  require(o.batch_effect >= 0 && o.batch_effect <= 10, "batch effect", "from 0 to 10");
  require(o.dropout >= 0 && o.dropout <= 1, "dropout", "from 0 to 1");
  require(o.gene_names.empty() || o.gene_names.size() >= o.n_genes, "gene names",
          fmt::format("at least {} of them, found {}", o.n_genes, o.gene_names.size()));
  const double rows = static_cast<double>(o.n_types) +
                      static_cast<double>(o.n_batches) * static_cast<double>(o.n_donors_per_batch);
  require(rows < 1e6 && rows * static_cast<double>(o.n_genes) < 1e9, "types, batches and donors",
          "fewer of them, or fewer genes: their product must stay below 1,000 million");
}

bool is_housekeeping(const std::string& symbol) {
  return symbol.starts_with("MT-") || symbol.starts_with("RPL") || symbol.starts_with("RPS");
}

std::vector<double> unequal_shares(size_t n, double shape, Random& random) {
  std::vector<double> shares(n);
  for (double& share : shares) share = 0.15 + random.gamma(shape);
  return shares;
}

/// The outcome i with chance weights[i] / sum, by a uniform number.
size_t pick(std::span<const double> weights, double uniform) {
  double at = uniform * std::accumulate(weights.begin(), weights.end(), 0.0);
  for (size_t i = 0; i + 1 < weights.size(); ++i) {
    if (at < weights[i]) return i;
    at -= weights[i];
  }
  return weights.size() - 1;
}

/// A sequence letter for every two bits of a number that differs for every cell: steps that can be undone
/// (odd product, shifted exclusive or) never map two numbers to one.
std::string barcode(uint32_t cell, size_t batch) {
  uint32_t x = cell * 0x9e3779b1u + 0x7f4a7c15u;
  x ^= x >> 15;
  x *= 0x85ebca6bu;
  x ^= x >> 13;
  std::string text(16, 'A');
  for (char& letter : text) {
    letter = "ACGT"[x & 3];
    x >>= 2;
  }
  return fmt::format("{}-{}", text, batch + 1);
}

Categorical numbered_categories(const std::string& stem, size_t n) {
  Categorical c;
  const size_t width = std::to_string(n).size();
  for (size_t i = 1; i <= n; ++i) c.categories.push_back(fmt::format("{}{:0{}}", stem, i, width));
  return c;
}

/// Multiplies the factor of a random share of the genes.
void change_genes(std::vector<double>& factors, double share, double strength, Random& random) {
  for (double& factor : factors) {
    const double chosen = random.uniform(), z = random.normal();
    if (chosen >= share) continue;
    const double log_fold = strength * std::max(0.2, kMeanLogFold + kSdLogFold * z);
    factor *= std::exp(chosen < share * kShareDown ? -log_fold : log_fold);
  }
}

size_t cells_of_block(double mean_umis) {
  const double per_block = kValuesPerBlock / (mean_umis + 1);
  return kCellsPerTask * std::clamp<size_t>(static_cast<size_t>(per_block / kCellsPerTask), 16, 1024);
}

/// What a cell is before its counts are drawn.
struct CellTraits {
  size_t batch, donor, type, programme;
  double depth;     ///< expected counts
  double activity;  ///< of its programme, as share of depth
};

}  // namespace

struct Simulation::Model {
  SimulateOptions options;
  std::vector<double> base;                      ///< (G) mean counts at mean depth
  std::vector<double> burst_size;                ///< (G) mean of the logarithmic series
  std::vector<double> theta, first_probability;  ///< (G) of the logarithmic series
  std::vector<uint32_t> loss;                    ///< (G) chance that a count is lost, of 2^32
  std::vector<std::vector<double>> burst_rates;  ///< (types + programmes, G) share of the bursts
  std::vector<AliasTable> tables;                ///< the same for drawing
  std::vector<uint32_t> accepted;       ///< (donors, G) factor of batch and donor, of 2^32 the largest
  std::vector<double> counts_per_draw;  ///< (types + programmes, donors)
  std::vector<double> batch_shares, batch_depth;  ///< (batches)
  std::vector<double> type_shares;                ///< (batches, types)

  explicit Model(SimulateOptions given) : options(std::move(given)) {
    check(options);
    if (options.gene_names.empty()) options.gene_names = invented_gene_names(options.n_genes);
    options.gene_names.resize(options.n_genes);
    // Fewer genes are the better-covered part of a genome, so that counts fall less than genes do.
    if (options.mean_umis == 0)
      options.mean_umis = 4000 * std::pow(static_cast<double>(options.n_genes) / 20000, 0.75);
    make_genes();
    make_types();
    make_batches();
    make_expectations();
  }

  size_t n_genes() const { return options.n_genes; }
  size_t n_donors() const { return options.n_batches * options.n_donors_per_batch; }
  Random random(Stream stream, uint64_t number = 0) const {
    return Random(mix64(options.seed, stream), number);
  }

  void make_genes();
  void make_types();
  void make_batches();
  void make_expectations();
  CellTraits traits(Random& keyed) const;
  void add_bursts(size_t profile, double expected, size_t donor, Random& keyed, std::vector<uint32_t>& counts,
                  std::vector<uint64_t>& touched) const;
  CsrMatrix cells(size_t first, size_t n) const;
  RowBlock block(size_t first, size_t n, ThreadPool& pool) const;
};

void Simulation::Model::make_genes() {
  Random normal = random(kBase);
  double sum = 0;
  base.resize(n_genes());
  for (size_t g = 0; g < n_genes(); ++g) {
    const double z = normal.normal();
    const bool high = is_housekeeping(options.gene_names[g].symbol);
    sum += base[g] = std::exp(kSdLogMean * (high ? 1.3 + 0.5 * std::abs(z) : std::min(z, 2.5)));
  }
  double capped_sum = 0;
  const double cap = std::max(kMaxShare, 3.0 / static_cast<double>(n_genes()));
  for (double& mean : base) capped_sum += mean = std::min(mean / sum, cap);
  for (double& mean : base) {
    mean *= options.mean_umis / capped_sum;
    theta.push_back(mean / (mean + kDispersionShape));
    first_probability.push_back(-theta.back() / std::log1p(-theta.back()));
    burst_size.push_back(first_probability.back() / (1 - theta.back()));
    loss.push_back(static_cast<uint32_t>(std::min(options.dropout / (1 + mean), 0.999999) * 0x1p32));
  }
}

void Simulation::Model::make_types() {
  const size_t n_lineages = (options.n_types + kTypesPerLineage - 1) / kTypesPerLineage;
  for (size_t profile = 0; profile < options.n_types + kProgrammes; ++profile) {
    std::vector<double> factors(n_genes(), 1.0);
    if (profile < options.n_types) {
      Random lineage = random(kLineages, profile % n_lineages), own = random(kTypes, profile);
      change_genes(factors, kLineageGenes, options.signal, lineage);
      change_genes(factors, kTypeGenes, options.signal, own);
      for (size_t g = 0; g < n_genes(); ++g)
        if (is_housekeeping(options.gene_names[g].symbol)) factors[g] = 1;
    } else {
      Random chooser = random(kProgrammeGeneStream, profile);
      for (double& factor : factors)
        factor = chooser.uniform() < kProgrammeGenes ? std::exp(chooser.normal()) : 0;
      factors[chooser.below(n_genes())] = 1;  // no programme is empty
    }
    for (size_t g = 0; g < n_genes(); ++g) factors[g] *= base[g] / burst_size[g];
    const double sum = std::accumulate(factors.begin(), factors.end(), 0.0);
    for (double& rate : factors) rate /= sum;
    tables.emplace_back(factors);
    burst_rates.push_back(std::move(factors));
  }
}

void Simulation::Model::make_batches() {
  Random shares = random(kShares);
  batch_shares = unequal_shares(options.n_batches, 5, shares);
  const auto overall = unequal_shares(options.n_types, 1.2, shares);
  const bool several = options.n_batches > 1;
  for (size_t b = 0; b < options.n_batches; ++b) {
    Random random_batch = random(kBatches, b);
    batch_depth.push_back(several ? std::exp(options.batch_effect * kSdBatchDepth * random_batch.normal())
                                  : 1);
    for (const double share : overall)
      type_shares.push_back(share * (several ? std::exp(kSdComposition * random_batch.normal()) : 1));
    std::vector<double> batch_log(n_genes());
    for (double& x : batch_log) x = several ? kSdBatch * std::clamp(random_batch.normal(), -2.5, 2.5) : 0;
    for (size_t d = 0; d < options.n_donors_per_batch; ++d) {
      std::vector<double> factors(n_genes());
      for (size_t g = 0; g < n_genes(); ++g)
        factors[g] = std::exp(options.batch_effect *
                              (batch_log[g] + kSdDonor * std::clamp(random_batch.normal(), -2.5, 2.5)));
      const double largest = *std::max_element(factors.begin(), factors.end());
      for (const double factor : factors)
        accepted.push_back(static_cast<uint32_t>(std::min(factor / largest * 0x1p32, 4294967295.0)));
    }
  }
}

void Simulation::Model::make_expectations() {
  for (const auto& rates : burst_rates)
    for (size_t donor = 0; donor < n_donors(); ++donor) {
      double sum = 0;
      for (size_t g = 0; g < n_genes(); ++g)
        sum += rates[g] * burst_size[g] * accepted[donor * n_genes() + g];
      counts_per_draw.push_back(sum * 0x1p-32);
    }
}

CellTraits Simulation::Model::traits(Random& keyed) const {
  CellTraits t{};
  t.batch = pick(batch_shares, keyed.uniform());
  t.donor = t.batch * options.n_donors_per_batch + keyed.below(options.n_donors_per_batch);
  t.type = pick(std::span(type_shares).subspan(t.batch * options.n_types, options.n_types), keyed.uniform());
  t.depth = options.mean_umis * batch_depth[t.batch] *
            std::exp(kSdDepth * keyed.normal() - kSdDepth * kSdDepth / 2);
  t.programme = keyed.below(kProgrammes);
  t.activity = kProgrammeShare / kProgrammeShape * keyed.gamma(kProgrammeShape);
  return t;
}

void Simulation::Model::add_bursts(size_t profile, double expected, size_t donor, Random& keyed,
                                   std::vector<uint32_t>& counts, std::vector<uint64_t>& touched) const {
  const AliasTable& table = tables[profile];
  const uint32_t* accept = accepted.data() + donor * n_genes();
  const uint64_t n_draws = keyed.poisson(expected / counts_per_draw[profile * n_donors() + donor]);
  for (uint64_t i = 0; i < n_draws; ++i) {
    const uint32_t g = table(keyed());
    const uint64_t bits = keyed();
    if (static_cast<uint32_t>(bits) >= accept[g]) continue;
    // Logarithmic series by inversion; the bound on p ends it where rounding leaves a rest.
    double u = static_cast<double>(bits >> 32) * 0x1p-32, p = first_probability[g];
    uint32_t size = 1;
    while (u > p && p > 1e-12) {
      u -= p;
      p *= theta[g] * size / (size + 1);
      ++size;
    }
    counts[g] += size;
    touched[g / 64] |= uint64_t{1} << (g % 64);
  }
}

CsrMatrix Simulation::Model::cells(size_t first, size_t n) const {
  CsrMatrix rows;
  rows.n_rows = n;
  rows.n_cols = n_genes();
  std::vector<uint32_t> counts(n_genes(), 0);
  std::vector<uint64_t> touched((n_genes() + 63) / 64, 0);
  for (size_t cell = first; cell < first + n; ++cell) {
    Random keyed = random(kCells, cell);
    const CellTraits t = traits(keyed);
    add_bursts(t.type, t.depth, t.donor, keyed, counts, touched);
    add_bursts(options.n_types + t.programme, t.depth * t.activity, t.donor, keyed, counts, touched);
    for (size_t w = 0; w < touched.size(); ++w) {
      for (uint64_t bits = std::exchange(touched[w], 0); bits != 0; bits &= bits - 1) {
        const size_t g = 64 * w + static_cast<size_t>(std::countr_zero(bits));
        const uint32_t count = std::exchange(counts[g], 0);
        if (static_cast<uint32_t>(keyed() >> 32) < loss[g]) continue;
        rows.indices.push_back(static_cast<uint32_t>(g));
        rows.values.push_back(static_cast<float>(count));
      }
    }
    rows.indptr.push_back(rows.indices.size());
  }
  return rows;
}

RowBlock Simulation::Model::block(size_t first, size_t n, ThreadPool& pool) const {
  std::vector<CsrMatrix> parts((n + kCellsPerTask - 1) / kCellsPerTask);
  pool.parallel_for(parts.size(), [&](size_t task, int) {
    const size_t begin = task * kCellsPerTask;
    parts[task] = cells(first + begin, std::min(kCellsPerTask, n - begin));
  });
  RowBlock joined{.first_row = first, .values = {}};
  CsrMatrix& m = joined.values;
  m.n_rows = n;
  m.n_cols = n_genes();
  for (const auto& part : parts) {
    const uint64_t before = m.nnz();
    for (size_t i = 1; i <= part.n_rows; ++i) m.indptr.push_back(before + part.indptr[i]);
    m.indices.insert(m.indices.end(), part.indices.begin(), part.indices.end());
    m.values.insert(m.values.end(), part.values.begin(), part.values.end());
  }
  return joined;
}

Simulation::Simulation(SimulateOptions options) : model_(std::make_unique<const Model>(std::move(options))) {}
Simulation::~Simulation() = default;

DataFrame Simulation::obs() const {
  const auto& o = model_->options;
  DataFrame obs;
  Categorical type = numbered_categories("type_", o.n_types),
              batch = numbered_categories("batch_", o.n_batches),
              donor = numbered_categories("donor_", model_->n_donors());
  for (size_t cell = 0; cell < o.n_cells; ++cell) {
    Random keyed = model_->random(kCells, cell);
    const CellTraits t = model_->traits(keyed);
    obs.index.push_back(barcode(static_cast<uint32_t>(cell), t.batch));
    type.codes.push_back(static_cast<int32_t>(t.type));
    batch.codes.push_back(static_cast<int32_t>(t.batch));
    donor.codes.push_back(static_cast<int32_t>(t.donor));
  }
  obs.columns.push_back({"celltype", type.without_unused(), {}});
  obs.columns.push_back({"batch", batch.without_unused(), {}});
  obs.columns.push_back({"donor", donor.without_unused(), {}});
  return obs;
}

DataFrame Simulation::var() const {
  DataFrame var;
  std::vector<std::string> ensembl;
  for (const auto& name : model_->options.gene_names) {
    var.index.push_back(name.symbol);
    ensembl.push_back(name.ensembl);
  }
  var.columns.push_back({"ensembl_id", std::move(ensembl), {}});
  return var;
}

RowStream Simulation::counts(ThreadPool& pool) const {
  const auto& o = model_->options;
  const size_t block_cells = cells_of_block(o.mean_umis);
  return {.n_rows = o.n_cells,
          .n_cols = o.n_genes,
          .for_each_block = [model = model_.get(), block_cells, &pool](const auto& consume) {
            const size_t n = model->options.n_cells;
            for (size_t first = 0; first < n; first += block_cells)
              consume(model->block(first, std::min(block_cells, n - first), pool));
          }};
}

double simulation_bytes(const SimulateOptions& options, int n_threads) {
  check(options);
  const auto real = [](size_t n) { return static_cast<double>(n); };
  const double n_genes = real(options.n_genes), n_cells = real(options.n_cells);
  const double n_profiles = real(options.n_types + kProgrammes);
  const double n_donors = real(options.n_batches) * real(options.n_donors_per_batch);
  const double mean_umis = options.mean_umis > 0 ? options.mean_umis : 4000 * std::pow(n_genes / 20000, 0.75);
  // Names of genes in the model and in var; rates and their alias table; factors of donors.
  const double model = n_genes * (300 + n_profiles * 24 + n_donors * 4 + 12 * real(size_t(n_threads)));
  // A block's rows, in parts and joined.
  const double block =
      std::min(n_cells, real(cells_of_block(mean_umis))) * 16 * std::min(2 * mean_umis, n_genes);
  return model + block + n_cells * 160 + real(options.n_batches) * real(options.n_types) * 8;
}

}  // namespace zerocell
