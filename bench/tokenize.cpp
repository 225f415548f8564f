// Times Geneformer's tokeniser on one thread: cells of a given number of genes, Zipf-like counts, a
// vocabulary of V1's size.
//
// usage: bench_tokenize [CELLS]
#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <string>

#include "zerocell/core/matrix.h"
#include "zerocell/core/random.h"
#include "zerocell/models/geneformer/tokenize.h"

namespace zerocell {
namespace {

constexpr size_t kGenes = 25424, kColumns = 20000;

std::string gene_id(size_t g) {
  return fmt::format("ENSG{:011}", g);
}

GeneformerVocabulary vocabulary() {
  Random random(1);
  Dictionary tokens{"tokens", {{"<pad>", int64_t{0}}, {"<mask>", int64_t{1}}}}, medians{"medians", {}};
  for (size_t g = 0; g < kGenes; ++g) {
    tokens.entries.emplace_back(gene_id(g), static_cast<int64_t>(g + 2));
    medians.entries.emplace_back(gene_id(g), 0.1 + 10 * random.uniform());
  }
  return make_geneformer_vocabulary(tokens, medians, nullptr, nullptr, kGenes + 2);
}

CsrMatrix cells(size_t n, size_t n_genes) {
  Random random(2);
  CsrMatrix out;
  out.n_rows = n;
  out.n_cols = kColumns;
  for (size_t i = 0; i < n; ++i) {
    std::vector<uint32_t> columns = permutation(kColumns, random);
    columns.resize(n_genes);
    std::sort(columns.begin(), columns.end());
    out.indices.insert(out.indices.end(), columns.begin(), columns.end());
    for (size_t k = 0; k < n_genes; ++k)
      out.values.push_back(static_cast<float>(1 + static_cast<int>(0.5 / (0.01 + random.uniform()))));
    out.indptr.push_back(out.indices.size());
  }
  return out;
}

void run(size_t n_cells) {
  std::vector<std::string> genes;
  for (size_t g = 0; g < kColumns; ++g) genes.push_back(gene_id(g));
  const GeneformerTokenizer tokenizer(vocabulary(), genes, {});
  for (const size_t n_genes : {300, 600, 1000, 1500, 3000}) {
    const CsrMatrix x = cells(n_cells, n_genes);
    GeneformerTokenizer::Scratch scratch;
    std::vector<uint32_t> tokens;
    double best = std::numeric_limits<double>::infinity();
    for (int repeat = 0; repeat < 7; ++repeat) {
      const std::clock_t start = std::clock();
      for (size_t i = 0; i < x.n_rows; ++i) {
        tokens.clear();
        tokenizer(x.row_indices(i), x.row_values(i), tokens, scratch);
      }
      best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
    }
    fmt::print("{:5} genes a cell: {:8.0f} cells/s of CPU time\n", n_genes,
               static_cast<double>(n_cells) / best);
  }
}

}  // namespace
}  // namespace zerocell

int main(int argc, char** argv) {
  zerocell::run(argc > 1 ? std::stoul(argv[1]) : 500);
}
