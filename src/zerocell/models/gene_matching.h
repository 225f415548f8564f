#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "zerocell/models/gene_aliases.h"

namespace zerocell {

/// What a model can see of a data set's genes: which column is which entry of its vocabulary.
struct GeneMatch {
  static constexpr int32_t kUnknown = -1;
  std::vector<int32_t> gene;  ///< (G) entry of the vocabulary for every column, or kUnknown
  size_t n_columns = 0;
  size_t n_matched = 0;       ///< columns with an entry
  size_t n_ensembl = 0;       ///< of them by an id of Ensembl or another database, with or without version
  size_t n_symbols = 0;       ///< by another key of the vocabulary, or through its dictionary of names
  size_t n_aliases = 0;       ///< by another symbol, former symbol or alias of the gene
  size_t n_by_table = 0;      ///< of all these, those that needed the table of the HGNC
  size_t n_ambiguous = 0;     ///< columns left out: their name is an alias of several genes
  size_t n_prefixed = 0;      ///< matched only without the genome in front (GRCh38_TP53)
  size_t n_other_names = 0;   ///< columns that a dictionary or table names but the model has no entry for
  size_t n_untranslated = 0;  ///< Ensembl ids that a vocabulary of symbols needs a table to read
  size_t n_duplicates = 0;    ///< columns whose entry an earlier column has already
  std::vector<std::string> duplicate_examples;  ///< up to five column names
  std::vector<std::string> duplicated_names;    ///< for each of them the name of the earlier column
  std::vector<std::string> unknown_examples;    ///< up to five column names without entry

  double share_matched() const {
    return n_columns ? static_cast<double>(n_matched) / static_cast<double>(n_columns) : 0.0;
  }
};

/// How a model names genes. A view: what it points to must outlive it.
struct GeneDictionary {
  std::string model;                                                    ///< "Geneformer", for messages
  const std::unordered_map<std::string, uint32_t>& by_ensembl;          ///< Ensembl id -> entry
  const std::unordered_map<std::string, std::string>& name_to_ensembl;  ///< symbol -> Ensembl id
  const std::unordered_map<std::string, std::string>& mapping;          ///< id -> current id; may be empty
};

/// How a model that knows symbols alone names genes. A view: what it points to must outlive it.
struct SymbolDictionary {
  std::string model;                                           ///< "scGPT", for messages
  const std::unordered_map<std::string, uint32_t>& by_symbol;  ///< symbol -> entry
};

/// Finds every column's gene, each column by itself:
///
/// 1. A key of the dictionary, letter for letter, whatever it looks like. 2. An id of Ensembl (in any case)
/// or of another database (FlyBase, WormBase, TAIR ...) in another version than the key. 3. For other ids
/// `mapping`. 4. Other names through name_to_ensembl, letter for letter. A name that is found there is not
/// looked up anywhere else. 5. Where `aliases` is given: approved symbols, then former symbols and aliases
/// that belong to one gene alone. 6. What matches nothing is tried again without the name of a genome of the
/// dictionary's species in front (GRCh38_, GRCh37_, hg38_, hg19_; mouse: GRCm39_, GRCm38_, mm39_, mm10_). The
/// species is that of the keys.
///
/// Throws Error(data) where under 5 % of the columns match, naming the species where it is another one.
GeneMatch match_genes(std::span<const std::string> genes, const GeneDictionary& dictionary,
                      const GeneAliases* aliases = nullptr);

/// The same for a vocabulary of symbols:
///
/// 1. The column's own name, letter for letter. 2. Ids (as above): an entry that is this id in any version;
/// of Ensembl else by `aliases` the gene's symbol. 3. By `aliases` the gene of another name (approved symbols
/// first, then former symbols and aliases of one gene alone). A gene that the table leads to has the entry of
/// its approved symbol, else of its former symbols, else of its aliases, as far as they are no other gene's;
/// where two entries come into question, none. 4. As above without the name of a genome in front.
///
/// Throws as above; where the columns are Ensembl ids and there is no table, the message says what to give.
GeneMatch match_genes(std::span<const std::string> genes, const SymbolDictionary& dictionary,
                      const GeneAliases* aliases = nullptr);

/// Columns (G): the first column of the same entry, itself where it is the first, unmatched or alone.
std::vector<uint32_t> first_columns(const GeneMatch& match);

/// "3 columns are of a gene that an earlier column has (such as ...)"; empty where there is none.
std::string duplicate_warning(const GeneMatch& match);

/// What the user should be told of a match: under 50 % matched, names read in another way than letter for
/// letter, names left out as ambiguous. Duplicates are the model's to tell.
std::vector<std::string> match_warnings(const GeneMatch& match, const std::string& model);

}  // namespace zerocell
