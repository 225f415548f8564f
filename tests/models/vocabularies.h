#pragma once
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "zerocell/checkpoint/dictionary_file.h"
#include "zerocell/models/geneformer/vocabulary.h"

namespace zerocell::test {

/// Ensembl id number i, not of a real gene.
inline std::string gene_id(size_t i) {
  std::string digits = std::to_string(i);
  return "ENSG9" + std::string(10 - digits.size(), '0') + digits;
}

struct TestDictionaries {
  Dictionary tokens{"tokens", {}}, medians{"medians", {}}, names{"names", {}}, mapping{"mapping", {}};

  GeneformerVocabulary vocabulary() const {
    return make_geneformer_vocabulary(tokens, medians, &names, mapping.entries.empty() ? nullptr : &mapping,
                                      tokens.entries.size());
  }
};

/// Genes gene_id(0), gene_id(1), ... with the given medians and symbols G0, G1, ...; V2: with <cls> and
/// <eos>.
inline TestDictionaries dictionaries(const std::vector<double>& medians, bool v2 = false) {
  TestDictionaries out;
  for (const char* special : {"<pad>", "<mask>", "<cls>", "<eos>"})
    if (v2 || out.tokens.entries.size() < 2)
      out.tokens.entries.emplace_back(special, static_cast<int64_t>(out.tokens.entries.size()));
  for (size_t i = 0; i < medians.size(); ++i) {
    out.tokens.entries.emplace_back(gene_id(i), static_cast<int64_t>(out.tokens.entries.size()));
    out.medians.entries.emplace_back(gene_id(i), medians[i]);
    out.names.entries.emplace_back("G" + std::to_string(i), gene_id(i));
  }
  return out;
}

}  // namespace zerocell::test
