#include "zerocell/models/geneformer/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "zerocell/core/error.h"
#include "zerocell/models/vocabulary_rows.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSameSeries = "take dictionaries and weights of one series";

[[noreturn]] void fail(const Dictionary& dictionary, const std::string& expected, const std::string& found) {
  throw Error::data({dictionary.path, expected, found, kSameSeries});
}

/// Keys in the order of their tokens.
std::vector<const std::string*> keys_by_token(const Dictionary& tokens) {
  std::vector<const std::string*> keys(tokens.entries.size(), nullptr);
  for (const auto& [key, value] : tokens.entries) {
    const int64_t* token = std::get_if<int64_t>(&value);
    if (token == nullptr)
      fail(tokens, "whole numbers as tokens", fmt::format("another value for {:.60}", key));
    if (*token < 0 || static_cast<uint64_t>(*token) >= keys.size())
      fail(tokens, fmt::format("tokens 0 to {} without gaps", keys.size() - 1),
           fmt::format("token {} of {:.60}", *token, key));
    const std::string*& place = keys[static_cast<size_t>(*token)];
    if (place != nullptr)
      fail(tokens, "one key a token", fmt::format("token {} of {:.60} and {:.60}", *token, *place, key));
    place = &key;
  }
  return keys;
}

std::unordered_map<std::string, double> read_medians(const Dictionary& medians) {
  std::unordered_map<std::string, double> values;
  values.reserve(medians.entries.size());
  for (const auto& [gene, value] : medians.entries) {
    double median = 0;
    if (const auto* whole = std::get_if<int64_t>(&value))
      median = static_cast<double>(*whole);
    else if (const auto* number = std::get_if<double>(&value))
      median = *number;
    else
      fail(medians, "numbers as medians", fmt::format("a text for {:.60}", gene));
    if (!(median > 0.0) || !std::isfinite(median))
      fail(medians, "positive, finite medians", fmt::format("{} for {:.60}", median, gene));
    values[gene] = median;
  }
  return values;
}

std::unordered_map<std::string, std::string> read_texts(const Dictionary* dictionary) {
  std::unordered_map<std::string, std::string> values;
  if (dictionary == nullptr) return values;
  values.reserve(dictionary->entries.size());
  for (const auto& [key, value] : dictionary->entries) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) fail(*dictionary, "Ensembl ids as values", fmt::format("a number for {:.60}", key));
    values[key] = *text;
  }
  return values;
}

/// Takes note of a special token; false where `key` is a gene.
bool set_special(GeneformerVocabulary& vocabulary, const std::string& key, uint32_t token) {
  if (key == "<cls>")
    vocabulary.cls = token;
  else if (key == "<eos>")
    vocabulary.eos = token;
  else
    return key == "<pad>" || key == "<mask>";
  return true;
}

void check_specials(const GeneformerVocabulary& vocabulary, const Dictionary& tokens,
                    const std::vector<const std::string*>& keys) {
  if (keys.size() < 3 || *keys[0] != "<pad>" || *keys[1] != "<mask>")
    fail(tokens, "<pad> as token 0, <mask> as token 1, then genes",
         keys.size() < 3 ? fmt::format("{} tokens", keys.size())
                         : fmt::format("{:.60} and {:.60}", *keys[0], *keys[1]));
  if (vocabulary.cls.has_value() != vocabulary.eos.has_value())
    fail(tokens, "both <cls> and <eos>, or neither", vocabulary.cls ? "<cls> alone" : "<eos> alone");
}

// --- Finding the files -------------------------------------------------------------------------------------

constexpr std::array<const char*, 2> kTypes{".pkl", ".json"};

/// Token dictionaries of a folder, by name.
std::vector<fs::path> token_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    const bool is_type = std::find(kTypes.begin(), kTypes.end(), path.extension().string()) != kTypes.end();
    if (is_type && path.filename().string().starts_with("token_dictionary")) files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The dictionary of the same series as `tokens`: same folder and ending; empty where there is none.
std::string of_same_series(const fs::path& tokens, const std::string& name) {
  const std::string ending = tokens.stem().string().substr(std::string("token_dictionary").size());
  std::vector<std::string> found;
  for (const char* type : kTypes) {
    const fs::path path = tokens.parent_path() / (name + ending + type);
    if (fs::exists(path)) found.push_back(path.string());
  }
  if (found.size() > 1)
    throw Error::data({tokens.parent_path().string(), fmt::format("one {}{}", name, ending),
                       fmt::format("{}", fmt::join(found, ", ")), "move all but one to another folder"});
  return found.empty() ? "" : found.front();
}

std::vector<fs::path> places(const fs::path& folder) {
  const fs::path beside = fs::absolute(folder / "..").lexically_normal();
  return {folder,
          folder / "geneformer",
          folder / "geneformer" / "gene_dictionaries_30m",
          folder / "gene_dictionaries_30m",
          beside / "geneformer",
          beside / "geneformer" / "gene_dictionaries_30m"};
}

/// The token dictionary with vocab_size tokens of the first place that has one.
Dictionary find_tokens(const fs::path& folder, size_t vocab_size) {
  std::vector<std::string> looked_at;
  for (const fs::path& place : places(folder)) {
    std::vector<Dictionary> fitting, padded;
    const std::vector<fs::path> files = token_files(place);
    for (const fs::path& file : files) {
      Dictionary tokens = read_dictionary(file.string());
      const size_t n_tokens = tokens.entries.size();
      looked_at.push_back(fmt::format("{} with {} tokens", file.string(), n_tokens));
      if (rows_fit(vocab_size, n_tokens))
        (n_tokens == vocab_size ? fitting : padded).push_back(std::move(tokens));
    }
    if (fitting.empty()) fitting = std::move(padded);
    if (fitting.size() > 1)
      throw Error::data({place.string(), fmt::format("one token dictionary with {} tokens", vocab_size),
                         fmt::format("{}", fmt::join(looked_at, "; ")),
                         "copy the dictionaries that belong to the weights into the folder of the model"});
    if (!fitting.empty()) return std::move(fitting.front());
    if (place == folder && !files.empty()) break;  // the model's own dictionary is never passed over
  }
  throw Error::data(
      {folder.string(),
       fmt::format("token_dictionary*.pkl or .json with {} tokens, as the weights have", vocab_size),
       looked_at.empty() ? "none, nor in geneformer/ or gene_dictionaries_30m/ below or beside it"
                         : fmt::format("{}", fmt::join(looked_at, "; ")),
       looked_at.empty()
           ? "copy the dictionaries of the model that these weights are or were tuned from into its folder "
             "(token_dictionary*, gene_median_dictionary*, gene_name_id_dict*)"
           : kSameSeries});
}

}  // namespace

GeneformerVocabulary make_geneformer_vocabulary(const Dictionary& tokens, const Dictionary& medians,
                                                const Dictionary* names, const Dictionary* mapping,
                                                size_t vocab_size) {
  if (!rows_fit(vocab_size, tokens.entries.size()))
    fail(tokens, fmt::format("{} tokens, as the weights have", vocab_size),
         fmt::format("{}", tokens.entries.size()));
  const std::vector<const std::string*> keys = keys_by_token(tokens);
  const std::unordered_map<std::string, double> median_of = read_medians(medians);
  GeneformerVocabulary vocabulary;
  vocabulary.n_tokens = keys.size();
  for (uint32_t token = 0; token < keys.size(); ++token) {
    if (set_special(vocabulary, *keys[token], token)) continue;
    const auto median = median_of.find(*keys[token]);
    if (median == median_of.end())
      fail(medians, "a median for every gene of " + tokens.path,
           fmt::format("none for {:.60}", *keys[token]));
    vocabulary.by_ensembl.emplace(*keys[token], static_cast<uint32_t>(vocabulary.genes.size()));
    vocabulary.genes.push_back({*keys[token], token, median->second});
  }
  check_specials(vocabulary, tokens, keys);
  if (median_of.size() != vocabulary.genes.size())
    fail(medians, fmt::format("the {} genes of {}", vocabulary.genes.size(), tokens.path),
         fmt::format("{} genes", median_of.size()));
  vocabulary.name_to_ensembl = read_texts(names);
  vocabulary.mapping = read_texts(mapping);
  for (const Dictionary* dictionary : {&tokens, &medians, names, mapping})
    if (dictionary != nullptr && !dictionary->path.empty()) vocabulary.files.push_back(dictionary->path);
  return vocabulary;
}

GeneformerVocabulary load_geneformer_vocabulary(const std::string& folder, size_t vocab_size) {
  if (!fs::is_directory(folder))
    throw Error::data({folder, "the folder of a model", "no folder", "check the path"});
  const Dictionary tokens = find_tokens(folder, vocab_size);
  const std::string medians = of_same_series(tokens.path, "gene_median_dictionary");
  if (medians.empty())
    throw Error::data({tokens.path, "gene_median_dictionary with the same ending beside it", "none",
                       "copy it there from where the token dictionary was; the two belong together"});
  std::array<std::optional<Dictionary>, 2> optional;
  constexpr std::array<const char*, 2> kNames{"gene_name_id_dict", "ensembl_mapping_dict"};
  for (size_t i = 0; i < kNames.size(); ++i)
    if (const std::string path = of_same_series(tokens.path, kNames[i]); !path.empty())
      optional[i] = read_dictionary(path);
  return make_geneformer_vocabulary(tokens, read_dictionary(medians), optional[0] ? &*optional[0] : nullptr,
                                    optional[1] ? &*optional[1] : nullptr, vocab_size);
}

}  // namespace zerocell
