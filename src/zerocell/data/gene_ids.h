#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zerocell {

/// What the names of the genes are.
enum class GeneIdType { ensembl, symbols, numbers, mixed, unknown, database };

std::string_view to_string(GeneIdType type);

/// What a list of gene ids looks like. The type is that of at least 90 % of the ids (`database`: of one
/// database of genes other than Ensembl); `mixed` where only Ensembl ids and symbols together reach 90 %.
struct GeneIdSummary {
  GeneIdType type = GeneIdType::unknown;
  std::string species;  ///< "human", "mouse", another Ensembl species, or empty where it cannot be told
  size_t n_ids = 0;
  size_t n_ensembl = 0;     ///< Ensembl gene ids, with or without version
  size_t n_versioned = 0;   ///< those of them with a version (ENSG00000141510.17)
  size_t n_database = 0;    ///< ids of the one other database that has most of them
  std::string database;     ///< its name: "FlyBase"; empty where there are none
  size_t n_symbols = 0;     ///< look like symbols
  size_t n_numbers = 0;     ///< digits alone: Entrez ids or positions
  size_t n_prefixed = 0;    ///< with a genome in front (GRCh38_TP53), as aligned to several genomes
  size_t n_empty = 0;       ///< without any character
  size_t n_duplicates = 0;  ///< ids that repeat an earlier one
  size_t n_duplicates_unversioned = 0;          ///< the same after versions are stripped
  std::vector<std::string> duplicate_examples;  ///< up to five repeated ids, in order of appearance
  std::string sentence;                         ///< all of it in words
};

GeneIdSummary summarise_gene_ids(std::span<const std::string> ids);

/// True for an Ensembl gene id of any species, with or without version: ENS, up to four letters for the
/// species, G, eleven digits (ensembl.org/info/genome/stable_ids). Also for ENSGR and ten digits, as GENCODE
/// named the Y copies of pseudoautosomal genes up to release 24: a gene of its own.
bool is_ensembl_gene_id(std::string_view id);

/// True for a gene id of FlyBase, WormBase, TAIR, SGD, RAP-DB, ZFIN, MGI, RGD or the HGNC, with or without
/// version.
bool is_database_gene_id(std::string_view id);

/// An id of Ensembl (as strip_ensembl_version) or of one of those databases without version: AT1G01010.1 ->
/// AT1G01010. Anything else stays as it is: a dot in a symbol belongs to it.
std::string strip_gene_id_version(std::string_view id);

/// ENSG00000141510.17 -> ENSG00000141510; anything but a versioned Ensembl gene id stays as it is. GENCODE's
/// mark of the Y copy of a pseudoautosomal gene is kept, as that is another gene:
/// ENSG00000182378.15_PAR_Y -> ENSG00000182378_PAR_Y.
std::string strip_ensembl_version(std::string_view id);

}  // namespace zerocell
