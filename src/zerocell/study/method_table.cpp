#include "zerocell/study/methods.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "zerocell/baselines/hvg.h"
#include "zerocell/core/error.h"
#include "zerocell/study/geneformer_run.h"
#include "zerocell/study/given_embedding.h"
#include "zerocell/study/harmony_run.h"
#include "zerocell/study/hvg_run.h"
#include "zerocell/study/scgpt_run.h"
#include "zerocell/study/scgpt_settings.h"
#include "zerocell/study/scvi_model_run.h"
#include "zerocell/study/scvi_run.h"

namespace zerocell {
namespace {

ComputedEmbedding embed_hvg(const EmbeddingJob& job) {
  const auto options = hvg_options(job.spec);
  auto results = compute_hvg(job, options, job.spec.option("batch_key", ""));
  ComputedEmbedding embedding;
  if (results.genes.size() < options.n_top_genes)
    embedding.warnings.push_back(
        fmt::format("{} genes are left after filtering, fewer than n_top_genes={}; all are taken",
                    results.genes.size(), options.n_top_genes));
  warn_of_gene_choice(embedding, results);
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

bool always(const EmbeddingSpec&) {
  return true;
}
bool never(const EmbeddingSpec&) {
  return false;
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
  static const std::array<Method, 10> table{{
      {.name = "hvg",
       .title = "Highly variable genes, log-normalised",
       .needs = "counts",
       .weights = kNoWeights,
       .source = "Satija et al. 2015, doi:10.1038/nbt.3192; Zheng et al. 2017, doi:10.1038/ncomms14049; "
                 "Stuart et al. "
                 "2019, doi:10.1016/j.cell.2019.05.031; as scanpy 1.11.5",
       .example = "hvg:n_top_genes=3000,flavor=cell_ranger",
       .options = {kTopGenes, kFlavor, kBatchKey, kSeed},
       .needs_counts = true,
       .compute = embed_hvg,
       .check = check_hvg,
       .draws = never},
      {.name = "all-genes",
       .title = "All genes in at least 10 cells, log-normalised",
       .needs = "counts",
       .weights = kNoWeights,
       .source = "as scanpy 1.11.5",
       .example = "all-genes",
       .options = {kSeed},
       .needs_counts = true,
       .compute = embed_all_genes,
       .draws = never},
      {.name = "pca",
       .title = "Principal components of the highly variable genes",
       .needs = "counts",
       .weights = kNoWeights,
       .source = "Pearson 1901; on the hvg matrix, centred, not scaled, as scanpy 1.11.5",
       .example = "pca:n_comps=30",
       .options = {{"n_comps", "50", "how many components"}, kTopGenes, kFlavor, kBatchKey, kSeed},
       .needs_counts = true,
       .compute = embed_pca,
       .check = check_pca},
      {.name = "harmony",
       .title = "Principal components, corrected for batches by Harmony",
       .needs = "counts, a column of batches",
       .weights = kNoWeights,
       .source =
           "Korsunsky et al. 2019, doi:10.1038/s41592-019-0619-0; as harmonypy 2.1.0, or 0.0.10 (classic)",
       .example = "harmony:theta=1",
       .options =
           {{"n_comps", "50", "how many components"},
            {"variant", "harmony2", "harmony2: harmonypy 2.1.0; classic: harmonypy 0.0.10"},
            {"theta", "harmony2: 2, classic: 1", "weight of the diversity of batches in a cluster; 0: none"},
            {"max_iter", "10", "iterations at most"},
            {"batch_key", "--batch", "obs column with the batches that are corrected for"},
            kTopGenes,
            kFlavor,
            {"hvg_batch_key", "", "obs column; genes are ranked inside each batch and the ranks merged"},
            kSeed},
       .needs_counts = true,
       .compute = embed_harmony,
       .batches = BatchUse::needed,
       .check = check_harmony},
      {.name = "scvi",
       .title = "scVI, trained on the data set itself, or a trained model applied",
       .needs = "counts",
       .weights = "none, or with model=PATH a model.pt that scvi-tools or --save-models wrote",
       .source = "Lopez et al. 2018, doi:10.1038/s41592-018-0229-2; as scvi-tools 1.4.2",
       .example = "scvi:max_epochs=100",
       .options =
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
       .needs_counts = true,
       .compute = embed_scvi,
       .files = scvi_files,
       .batches = BatchUse::taken,
       .check = check_scvi_options,
       .uses_device = scvi_trains,
       .draws = scvi_trains,
       .trains = scvi_trains},
      {.name = "geneformer",
       .title = "Geneformer, zero-shot",
       .needs = "counts of genes of the model's species (the published ones: human)",
       .weights =
           "a folder with config.json, weights and dictionaries from "
           "huggingface.co/ctheodoris/Geneformer, or from 'zerocell init-model geneformer'; where it has "
           "several files of weights, the one that is meant",
       .source = "Theodoris et al. 2023, doi:10.1038/s41586-023-06139-9",
       .example = "geneformer=models/gf-6L:layer=last",
       .options = {{"layer", "second-to-last",
                    "hidden state: second-to-last, last, or a number (0 embedding, -1 last)"},
                   {"pool", "mean", "mean over the cell's genes, or cls (V2)"},
                   {"weights", "trained", "trained, or random: the same network untrained, as a control"},
                   {"genes", "as-is", "as-is, or shuffled: every gene under another's name, as a control"},
                   {"duplicates", "sum", "columns of one gene: sum or refuse"},
                   {"aliases", "", "table of the HGNC, for former symbols"},
                   {"dtype", "float32", "float32, or bfloat16 where the processor is fast at it"},
                   kSeed},
       .takes_path = true,
       .needs_counts = true,
       .compute_together = embed_geneformer,
       .pass_key = geneformer_pass_key,
       .files = geneformer_files,
       .reconstruct = reconstruct_geneformer,
       .outlook = inspect_geneformer,
       .check = check_geneformer,
       .cell_wise = [](const EmbeddingSpec&) { return true; },
       .untrained = geneformer_untrained,
       .uses_device = always,
       .draws = geneformer_draws},
      {.name = "scgpt",
       .title = "scGPT, zero-shot",
       .needs = "counts of genes of the model's species (the published ones: human)",
       .weights =
           "a folder with args.json, vocab.json and best_model.pt from github.com/bowang-lab/scGPT, or from "
           "'zerocell init-model scgpt'; where it has several files of weights, the one that is meant",
       .source = "Cui et al. 2024, doi:10.1038/s41592-024-02201-0",
       .example = "blood@scgpt=models/scgpt_blood:route=B",
       .options =
           {{"route", "A",
             "A: the authors' embed function, all genes; B: the study's, highly variable genes"},
            {"bin_ties", "keyed",
             "bin of a value on several edges: keyed (drawn for the cell), upper, lower, mid or "
             "numpy-mt19937"},
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
       .takes_path = true,
       .needs_counts = true,
       .compute_together = embed_scgpt,
       .pass_key = scgpt_pass_key,
       .files = scgpt_files,
       .reconstruct = reconstruct_scgpt,
       .outlook = inspect_scgpt,
       .check = check_scgpt,
       .cell_wise = scgpt_cell_wise,
       .untrained = scgpt_untrained,
       .uses_device = always},
      {.name = "obsm",
       .title = "An embedding that the file holds",
       .needs = "the entry of obsm",
       .weights = "whatever made the entry",
       .source = "the user",
       .example = "obsm:X_scvi",
       .is_given = true,
       .compute = embed_obsm,
       .draws = never},
      {.name = "X",
       .title = "The matrix X itself, where it is an embedding",
       .needs = "X, dense or sparse",
       .weights = "whatever made X",
       .source = "the user",
       .example = "X",
       .is_given = true,
       .compute = embed_x,
       .draws = never},
      {.name = "file",
       .title = "An embedding from a file: npy, csv or tsv, a row per cell",
       .needs = "the file",
       .weights = "whatever made the file",
       .source = "the user",
       .example = "mine@file=embedding.npy",
       .options = {kSeed},
       .takes_path = true,
       .is_given = true,
       .compute = embed_file,
       .draws = never},
  }};
  return table;
}

}  // namespace zerocell
