#pragma once
#include <string>
#include <vector>

namespace zerocell {

/// A gene by its two usual names.
struct GeneName {
  std::string symbol;
  std::string ensembl;
};

/// n names for genes that do not exist, in the style of human annotation: families with numbers,
/// mitochondrial and ribosomal genes, clones; the Ensembl id belongs to the symbol here alone. The first n
/// of n + k names are the n names. Throws Error(usage) above 100,000.
std::vector<GeneName> invented_gene_names(size_t n);

/// Reads names from a text file, one gene a line: fields separated by tab or comma, plain or gzip. The first
/// field that is an Ensembl gene id is the id, the first other field that could be a symbol the symbol; each
/// stands for the other where it is missing. Lines that begin with '#', lines without a name, a header and
/// repeated names are passed over. Throws Error(data) where no name is found.
std::vector<GeneName> read_gene_names(const std::string& path);

}  // namespace zerocell
