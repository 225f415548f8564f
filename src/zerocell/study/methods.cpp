#include "zerocell/study/methods.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "zerocell/baselines/hvg.h"
#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/data/embedding_file.h"
#include "zerocell/study/geneformer_run.h"
#include "zerocell/study/harmony_run.h"
#include "zerocell/study/hvg_run.h"
#include "zerocell/study/scgpt_run.h"
#include "zerocell/study/scgpt_settings.h"
#include "zerocell/study/scvi_model_run.h"
#include "zerocell/study/scvi_run.h"
#include "zerocell/study/stage_clock.h"

namespace zerocell {
namespace {

std::vector<uint32_t> every_cell(size_t n) {
  std::vector<uint32_t> cells(n);
  std::iota(cells.begin(), cells.end(), 0u);
  return cells;
}

ComputedEmbedding embed_hvg(const EmbeddingJob& job) {
  const auto options = hvg_options(job.spec);
  auto results = compute_hvg(job, options, job.spec.option("batch_key", ""));
  ComputedEmbedding embedding;
  if (results.genes.size() < options.n_top_genes)
    embedding.warnings.push_back(
        fmt::format("{} genes are left after filtering, fewer than n_top_genes={}; all are taken",
                    results.genes.size(), options.n_top_genes));
  warn_of_tied_genes(embedding, results);
  embedding.values = std::move(results.values);
  embedding.cells = std::move(results.cells);
  embedding.losses = std::move(results.losses);
  warn_of_lost_cells(embedding, job.data.n_cells(), options.filter.min_genes);
  embedding.options = describe_hvg(options, job.spec, job.spec.option("batch_key", ""));
  return embedding;
}

ComputedEmbedding embed_all_genes(const EmbeddingJob& job) {
  HvgOptions options;
  options.cache_bytes = 0;
  auto results = all_genes(job.data.counts(), options, job.pool, job.progress);
  ComputedEmbedding embedding;
  embedding.values = std::move(results.values);
  embedding.cells = std::move(results.cells);
  embedding.losses = std::move(results.losses);
  embedding.options = fmt::format("min_genes={},min_cells={},target_sum={}", options.filter.min_genes,
                                  options.filter.min_cells, options.target_sum);
  warn_of_lost_cells(embedding, job.data.n_cells(), options.filter.min_genes);
  return embedding;
}

ComputedEmbedding embed_pca(const EmbeddingJob& job) {
  return compute_pca(job, job.spec.option("batch_key", ""));
}

// Rows of NaN alone are how other programs write "no embedding for this cell".
ComputedEmbedding without_missing_rows(DenseMatrix<float> values, const std::string& source) {
  ComputedEmbedding embedding;
  embedding.options = source;
  for (uint32_t i = 0; i < values.n_rows(); ++i)
    if (!std::ranges::all_of(values.row(i), [](float x) { return std::isnan(x); }))
      embedding.cells.push_back(i);
  const size_t n_missing = values.n_rows() - embedding.cells.size();
  if (embedding.cells.empty())
    throw Error::data({source, "an embedding", "NaN alone", "Leave it out, or write the embedding again"});
  if (n_missing == 0) {
    embedding.values = std::move(values);
    return embedding;
  }
  embedding.losses.push_back({"cells", static_cast<double>(n_missing), static_cast<double>(values.n_rows()),
                              "rows of NaN in " + source});
  embedding.warnings.push_back(
      fmt::format("{} of {} cells have no embedding (rows of NaN in {}) and are left out of "
                  "its scores",
                  n_missing, values.n_rows(), source));
  DenseMatrix<float> present(embedding.cells.size(), values.n_cols());
  for (size_t i = 0; i < embedding.cells.size(); ++i)
    std::ranges::copy(values.row(embedding.cells[i]), present.row(i).begin());
  embedding.values = std::move(present);
  return embedding;
}

ComputedEmbedding embed_obsm(const EmbeddingJob& job) {
  return without_missing_rows(job.data.obsm(job.spec.path), "obsm/" + job.spec.path);
}

ComputedEmbedding embed_file(const EmbeddingJob& job) {
  auto& data = job.data;
  // A file may have a row for every cell of the data set, or for every selected cell.
  auto names = data.file().cell_names();
  if (!data.all_cells() && read_embedding_table(job.spec.path).values.n_rows() == data.n_cells())
    names = data.cell_names();
  ComputedEmbedding embedding;
  embedding.values = data.select_rows(read_embedding_file(job.spec.path, names));
  embedding.cells = every_cell(data.n_cells());
  embedding.options = "path=" + job.spec.path;
  return embedding;
}

// Values of options are looked at before anything is computed.
void check_hvg(const EmbeddingSpec& spec) {
  hvg_options(spec);
}
void check_pca(const EmbeddingSpec& spec) {
  hvg_options(spec);
  spec.option_size("n_comps", 50);
}
void check_harmony(const EmbeddingSpec& spec) {
  check_pca(spec);
  harmony_options(spec, 0);
}
void check_geneformer(const EmbeddingSpec& spec) {
  parse_geneformer_settings(spec, 0);
}
void check_scgpt(const EmbeddingSpec& spec) {
  parse_scgpt_settings(spec, 0);
}

constexpr MethodOption kSeed{"seed", "--seed", "seed of this method alone"};
constexpr MethodOption kTopGenes{"n_top_genes", "2000", "how many genes to take"};
constexpr MethodOption kFlavor{"flavor", "seurat",
                               "how genes are ranked: seurat, cell_ranger, seurat_v3 or seurat_v3_paper"};
constexpr MethodOption kBatchKey{"batch_key", "",
                                 "obs column; genes are ranked inside each batch and the ranks merged"};
constexpr const char* kNoWeights = "none: nothing is trained beforehand";

}  // namespace

std::span<const Method> method_table() {
  static const std::array<Method, 9> table{{
      {"hvg",
       "Highly variable genes, log-normalised",
       "counts",
       kNoWeights,
       "Satija et al. 2015, doi:10.1038/nbt.3192; Zheng et al. 2017, doi:10.1038/ncomms14049; Stuart et al. "
       "2019, doi:10.1016/j.cell.2019.05.031; as scanpy 1.11.5",
       "hvg:n_top_genes=3000,flavor=cell_ranger",
       {kTopGenes, kFlavor, kBatchKey, kSeed},
       false,
       true,
       embed_hvg,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       false,
       check_hvg},
      {"all-genes",
       "All genes in at least 10 cells, log-normalised",
       "counts",
       kNoWeights,
       "as scanpy 1.11.5",
       "all-genes",
       {kSeed},
       false,
       true,
       embed_all_genes},
      {"pca",
       "Principal components of the highly variable genes",
       "counts",
       kNoWeights,
       "Pearson 1901; on the hvg matrix, centred, not scaled, as scanpy 1.11.5",
       "pca:n_comps=30",
       {{"n_comps", "50", "how many components"}, kTopGenes, kFlavor, kBatchKey, kSeed},
       false,
       true,
       embed_pca,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       false,
       check_pca},
      {"harmony",
       "Principal components, corrected for batches by Harmony",
       "counts, a column of batches",
       kNoWeights,
       "Korsunsky et al. 2019, doi:10.1038/s41592-019-0619-0; as harmonypy 2.1.0, or 0.0.10 (classic)",
       "harmony:theta=1",
       {{"n_comps", "50", "how many components"},
        {"variant", "harmony2", "harmony2: harmonypy 2.1.0; classic: harmonypy 0.0.10"},
        {"theta", "harmony2: 2, classic: 1", "weight of the diversity of batches in a cluster; 0: none"},
        {"max_iter", "10", "iterations at most"},
        {"batch_key", "--batch", "obs column with the batches that are corrected for"},
        kTopGenes,
        kFlavor,
        {"hvg_batch_key", "", "obs column; genes are ranked inside each batch and the ranks merged"},
        kSeed},
       false,
       true,
       embed_harmony,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       true,
       check_harmony},
      {"scvi",
       "scVI, trained on the data set itself, or a trained model applied",
       "counts",
       "none, or with model=PATH a model.pt that scvi-tools or --save-models wrote",
       "Lopez et al. 2018, doi:10.1038/s41592-018-0229-2; as scvi-tools 1.4.2",
       "scvi:max_epochs=100",
       {{"model", "", "folder or model.pt of a trained model, which is applied without training"},
        {"max_epochs", "min(round(8000000 / cells), 400)", "passes over the training cells"},
        {"n_latent", "30", "dimensions of the embedding"},
        {"n_layers", "2", "hidden layers of encoder and decoder"},
        {"n_hidden", "128", "width of a hidden layer"},
        {"gene_likelihood", "nb", "nb, or zinb: with zero inflation"},
        {"genes", "all", "all that a cell has, or hvg: the highly variable ones"},
        {"batch_key", "--batch", "obs column that the decoder is told; none without --batch"},
        {"learning_rate", "0.001", "of Adam"},
        {"early_stopping", "false", "true: stop once the validation loss has not fallen for 45 epochs"},
        kTopGenes,
        kFlavor,
        {"hvg_batch_key", "", "obs column; genes are ranked inside each batch and the ranks merged"},
        kSeed},
       false,
       true,
       embed_scvi,
       nullptr,
       nullptr,
       scvi_files,
       nullptr,
       nullptr,
       false,
       check_scvi_options,
       scvi_trains},
      {"geneformer",
       "Geneformer, zero-shot",
       "counts of human genes",
       "a folder with config.json, weights and dictionaries from huggingface.co/ctheodoris/Geneformer, or "
       "from "
       "'zerocell init-model geneformer'",
       "Theodoris et al. 2023, doi:10.1038/s41586-023-06139-9",
       "geneformer=models/gf-6L:layer=last",
       {{"layer", "second-to-last", "hidden state: second-to-last, last, or a number (0 embedding, -1 last)"},
        {"pool", "mean", "mean over the cell's genes, or cls (V2)"},
        {"weights", "trained", "trained, or random: the same network untrained, as a control"},
        {"genes", "as-is", "as-is, or shuffled: every gene under another's name, as a control"},
        {"duplicates", "sum", "columns of one gene: sum or refuse"},
        {"aliases", "", "table of the HGNC, for former symbols"},
        {"dtype", "float32", "float32, or bfloat16 where the processor is fast at it"},
        kSeed},
       true,
       true,
       nullptr,
       embed_geneformer,
       geneformer_pass_key,
       geneformer_files,
       reconstruct_geneformer,
       inspect_geneformer,
       false,
       check_geneformer},
      {"scgpt",
       "scGPT, zero-shot",
       "counts of human genes",
       "a folder with args.json, vocab.json and best_model.pt from github.com/bowang-lab/scGPT, or from "
       "'zerocell init-model scgpt'",
       "Cui et al. 2024, doi:10.1038/s41592-024-02201-0",
       "blood@scgpt=models/scgpt_blood:route=B",
       {{"route", "A", "A: the authors' embed function, all genes; B: the study's, highly variable genes"},
        {"bin_ties", "keyed",
         "bin of a value on several edges: keyed (drawn for the cell), upper, lower, mid or numpy-mt19937"},
        {"long_cells", "keyed", "genes of cells that are too long: keyed (drawn for the cell) or first"},
        {"n_top_genes", "A: 0, B: 1200", "highly variable genes, chosen on all cells; 0: all genes"},
        {"flavor", "seurat_v3", "how they are ranked: seurat_v3, seurat_v3_paper, cell_ranger or seurat"},
        kBatchKey,
        {"filter_gene_by_counts", "A: 0, B: 3", "genes with fewer counts over all cells are left out"},
        {"normalize_total", "A: 0, B: 10000", "counts of a cell afterwards; 0: as they are"},
        {"log1p", "A: false, B: true", "log(1 + x) before the bins"},
        {"cls_value", "A: pad_value, B: 0", "value beside <cls>: pad_value (as pretrained) or 0"},
        {"weights", "trained", "trained, or random: the same network untrained, as a control"},
        {"init", "independent", "with weights=random: independent layers, or package: all layers equal"},
        {"genes", "as-is", "as-is, or shuffled: every gene under another's name, as a control"},
        {"values", "as-is", "as-is, or shuffled: a cell's values dealt out anew, as a control"},
        {"mask", "0", "reconstruct alone: share of genes whose value is masked, which alone are scored"},
        {"aliases", "", "table of the HGNC, for Ensembl ids and former symbols"},
        {"dtype", "float32", "float32, or bfloat16 where the processor is fast at it"},
        kSeed},
       true,
       true,
       nullptr,
       embed_scgpt,
       scgpt_pass_key,
       scgpt_files,
       reconstruct_scgpt,
       inspect_scgpt,
       false,
       check_scgpt},
      {"obsm",
       "An embedding that the file holds",
       "the entry of obsm",
       "whatever made the entry",
       "the user",
       "obsm:X_scvi",
       {},
       false,
       false,
       embed_obsm},
      {"file",
       "An embedding from a file: npy, csv or tsv, a row per cell",
       "the file",
       "whatever made the file",
       "the user",
       "mine@file=embedding.npy",
       {kSeed},
       true,
       false,
       embed_file},
  }};
  return table;
}

std::vector<std::vector<size_t>> shared_passes(std::span<const EmbeddingJob> jobs) {
  std::vector<std::vector<size_t>> passes;
  std::map<std::string, size_t> of_key;
  std::map<std::string, size_t> n_jobs;  // a key is worth reading files only where it may be shared
  for (const auto& job : jobs) ++n_jobs[job.spec.method];
  for (size_t i = 0; i < jobs.size(); ++i) {
    const auto& method = find_method(jobs[i].spec);
    if (method.pass_key && n_jobs[method.name] > 1) {
      const auto [known, is_new] =
          of_key.emplace(method.name + ' ' + method.pass_key(jobs[i]), passes.size());
      if (!is_new) {
        passes[known->second].push_back(i);
        continue;
      }
    }
    passes.push_back({i});
  }
  return passes;
}

PassResults compute_pass(std::span<const EmbeddingJob> jobs) {
  const auto& method = find_method(jobs.front().spec);
  PassResults results;
  StageClock clock;
  clock.run("embedding", 0, [&] {
    if (method.compute_together)
      results.embeddings = method.compute_together(jobs);
    else
      for (const auto& job : jobs) results.embeddings.push_back(method.compute(job));
  });
  const auto own_seconds = [](const ComputedEmbedding& embedding) {
    double seconds = 0;
    for (const auto& stage : embedding.stages) seconds += stage.seconds;
    return seconds;
  };
  double all_seconds = 0;
  for (const auto& embedding : results.embeddings) all_seconds += own_seconds(embedding);
  for (size_t i = 0; i < jobs.size(); ++i) {
    StageCost cost = clock.stages.front();
    if (jobs.size() > 1)
      cost.seconds *= all_seconds > 0 ? own_seconds(results.embeddings[i]) / all_seconds
                                      : 1.0 / static_cast<double>(jobs.size());
    cost.cells_per_second = cost.seconds > 0 ? static_cast<double>(jobs[i].data.n_cells()) / cost.seconds : 0;
    results.costs.push_back(cost);
  }
  return results;
}

std::string spec_files_hash(const EmbeddingSpec& spec) {
  const auto& method = find_method(spec);
  ContentHash hash;
  if (method.files)
    for (const auto& file : method.files(spec)) hash.add(std::string_view(hash_path(file)));
  else if (method.takes_path)
    hash.add(std::string_view(hash_path(spec.path)));
  return hash.hex();
}

void require_batches(std::span<const EmbeddingSpec> specs, const std::string& batch) {
  for (const auto& spec : specs)
    if (find_method(spec).needs_batches && spec.option("batch_key", batch).empty())
      throw Error::usage({fmt::format("embedding '{}'", spec.text), "a column of obs with the batches",
                          "none", fmt::format("Give --batch COLUMN, or {}:batch_key=COLUMN", spec.method)});
}

const Method& find_method(const EmbeddingSpec& spec) {
  std::vector<std::string> names;
  for (const auto& method : method_table()) {
    names.push_back(method.name);
    if (method.name != spec.method) continue;
    if (method.takes_path == spec.path.empty() && method.name != "obsm")
      throw Error::usage({fmt::format("embedding '{}'", spec.text), method.takes_path ? "a path" : "no path",
                          method.takes_path ? "none" : fmt::format("'{}'", spec.path),
                          "Example: " + method.example});
    for (const auto& [key, value] : spec.options) {
      const auto known = [&key](const MethodOption& option) { return option.name == key; };
      if (std::ranges::any_of(method.options, known)) continue;
      std::vector<std::string_view> options;
      for (const auto& option : method.options) options.push_back(option.name);
      throw Error::usage({fmt::format("embedding '{}'", spec.text),
                          fmt::format("one of: {}", fmt::join(options, ", ")),
                          fmt::format("option '{}'", key), "Example: " + method.example});
    }
    spec.option_size("seed", 0, 0);
    if (method.check) method.check(spec);
    return method;
  }
  throw Error::usage({fmt::format("embedding '{}'", spec.text),
                      fmt::format("one of: {}", fmt::join(names, ", ")),
                      fmt::format("method '{}'", spec.method), "See 'zerocell models'"});
}

}  // namespace zerocell
