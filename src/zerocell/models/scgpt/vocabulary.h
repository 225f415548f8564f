#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "zerocell/checkpoint/dictionary_file.h"
#include "zerocell/models/scgpt/config.h"

namespace zerocell {

/// scGPT's vocabulary: every gene's symbol and the special tokens, as ids 0..V-1, which are rows of the gene
/// embedding.
struct ScgptVocabulary {
  std::vector<std::string> names;                       ///< (V) by id
  std::unordered_map<std::string, uint32_t> by_symbol;  ///< gene -> id, without special tokens
  uint32_t pad = 0, cls = 0;                            ///< ids of <pad> and <cls>
  std::optional<uint32_t> eoc;                          ///< id of <eoc>, which nothing here needs
  std::string path;                                     ///< the file, for messages and content hashes

  size_t n_tokens() const { return names.size(); }     ///< V
  size_t n_genes() const { return by_symbol.size(); }  ///< V without special tokens
};

/// The vocabulary of a dictionary from name to id. A name in angle brackets is a special token, no gene.
/// `n_rows`: rows of the checkpoint's gene embedding, where there is one.
///
/// Throws Error(data) where ids are not whole numbers, not dense 0..V-1 or given twice, where `pad_token` or
/// <cls> is absent, or where n_rows do not fit V names (rows_fit: rows may be padded at the end). The scgpt
/// package appends an absent token, so that the network has more rows than the file, and then leaves the
/// file's embedding out without a word.
ScgptVocabulary make_scgpt_vocabulary(const Dictionary& dictionary, const std::string& pad_token = "<pad>",
                                      std::optional<size_t> n_rows = std::nullopt);

/// Reads vocab.json, of at most 64 MiB. `path`: the file, or a folder that holds vocab.json.
ScgptVocabulary read_scgpt_vocabulary(const std::string& path, const std::string& pad_token = "<pad>",
                                      std::optional<size_t> n_rows = std::nullopt);

/// A vocabulary of genes of one's own: each name once, in the order given, then <pad>, <cls> and <eoc> as in
/// the published files. Throws Error(data) for a gene in angle brackets and where there is no gene.
ScgptVocabulary scgpt_vocabulary_of(std::span<const std::string> genes);

/// As vocab.json, in the order of the ids.
std::string to_json(const ScgptVocabulary& vocabulary);

}  // namespace zerocell
