#include "zerocell/models/scgpt/vocabulary.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/checkpoint/dictionary_parser.h"
#include "zerocell/checkpoint/mapped_file.h"
#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/core/error.h"
#include "zerocell/models/vocabulary_rows.h"

namespace zerocell {
namespace {

constexpr const char* kFileName = "vocab.json";
constexpr size_t kMaxBytes = size_t{64} << 20;
constexpr const char *kPad = "<pad>", *kCls = "<cls>", *kEoc = "<eoc>";
constexpr const char* kOwnVocabulary = "take the vocab.json that belongs to the weights";
constexpr const char* kWhyExact =
    "take the vocab.json that belongs to the weights. The scgpt package runs with such a pair too: it leaves "
    "the file's gene embedding out without a word and embeds by random numbers";

bool is_special(std::string_view name) {
  return name.starts_with('<') && name.ends_with('>');
}

[[noreturn]] void fail(const Dictionary& dictionary, const std::string& expected, const std::string& found,
                       const char* advice = kOwnVocabulary) {
  throw Error::data({dictionary.path, expected, found, advice});
}

/// Names in the order of their ids.
std::vector<std::string> names_by_id(const Dictionary& dictionary) {
  std::vector<std::string> names(dictionary.entries.size());
  std::vector<bool> is_taken(names.size());
  for (const auto& [name, value] : dictionary.entries) {
    const auto* id = std::get_if<int64_t>(&value);
    if (id == nullptr) fail(dictionary, "whole numbers as ids", "another value for " + shown(name));
    if (*id < 0 || static_cast<uint64_t>(*id) >= names.size())
      fail(dictionary, fmt::format("ids 0 to {} without gaps", names.size() - 1),
           fmt::format("id {} of {}", *id, shown(name)));
    const auto place = static_cast<size_t>(*id);
    if (is_taken[place])
      fail(dictionary, "one name an id",
           fmt::format("id {} of {} and {}", *id, shown(names[place]), shown(name)));
    is_taken[place] = true;
    names[place] = name;
  }
  return names;
}

uint32_t special_id(const Dictionary& dictionary, const std::vector<std::string>& names,
                    const std::string& token) {
  for (size_t id = 0; id < names.size(); ++id)
    if (names[id] == token) return static_cast<uint32_t>(id);
  fail(dictionary, fmt::format("the special token {}", shown(token)),
       fmt::format("none among {} names", names.size()),
       "take the vocab.json that belongs to the weights. The scgpt package appends an absent token, has then "
       "one row more than the file, and leaves the file's gene embedding out without a word");
}

}  // namespace

ScgptVocabulary make_scgpt_vocabulary(const Dictionary& dictionary, const std::string& pad_token,
                                      std::optional<size_t> n_rows) {
  if (dictionary.entries.empty()) fail(dictionary, "names of genes with their ids", "none");
  if (n_rows && !rows_fit(*n_rows, dictionary.entries.size()))
    fail(dictionary, fmt::format("{} names, as the weights have rows", *n_rows),
         fmt::format("{}", dictionary.entries.size()), kWhyExact);
  if (dictionary.entries.size() > static_cast<size_t>(INT32_MAX))
    fail(dictionary, "ids of 31 bits", fmt::format("{} names", dictionary.entries.size()));
  ScgptVocabulary vocabulary;
  vocabulary.path = dictionary.path;
  vocabulary.names = names_by_id(dictionary);
  vocabulary.pad = special_id(dictionary, vocabulary.names, pad_token);
  vocabulary.cls = special_id(dictionary, vocabulary.names, kCls);
  vocabulary.by_symbol.reserve(vocabulary.names.size());
  for (uint32_t id = 0; id < vocabulary.names.size(); ++id) {
    const std::string& name = vocabulary.names[id];
    if (name == kEoc) vocabulary.eoc = id;
    if (!is_special(name) && name != pad_token) vocabulary.by_symbol.emplace(name, id);
  }
  return vocabulary;
}

ScgptVocabulary read_scgpt_vocabulary(const std::string& path, const std::string& pad_token,
                                      std::optional<size_t> n_rows) {
  std::error_code error;
  const auto file =
      std::filesystem::is_directory(path, error) ? (std::filesystem::path(path) / kFileName).string() : path;
  if (file != path && !std::filesystem::exists(file, error))
    throw Error::data(
        {file, "the vocabulary of the weights", "none",
         "Copy vocab.json from the folder of the model that these weights are or were tuned from"});
  const auto mapped = MappedFile::open(file);
  if (mapped->bytes().size() > kMaxBytes)
    throw Error::data({file, fmt::format("a {} of at most 64 MiB", kFileName),
                       fmt::format("{} bytes", mapped->bytes().size()), kOwnVocabulary});
  return make_scgpt_vocabulary(parse_dictionary(mapped->bytes(), file), pad_token, n_rows);
}

ScgptVocabulary scgpt_vocabulary_of(std::span<const std::string> genes) {
  ScgptVocabulary vocabulary;
  for (const std::string& gene : genes) {
    if (is_special(gene))
      throw Error::data({"names of genes", "no name in angle brackets, which are special tokens", shown(gene),
                         "rename the gene"});
    if (vocabulary.by_symbol.emplace(gene, static_cast<uint32_t>(vocabulary.names.size())).second)
      vocabulary.names.push_back(gene);
  }
  if (vocabulary.names.empty())
    throw Error::data({"names of genes", "at least one", "none", "check the data set"});
  const auto n_genes = static_cast<uint32_t>(vocabulary.names.size());
  for (const char* special : {kPad, kCls, kEoc}) vocabulary.names.emplace_back(special);
  vocabulary.pad = n_genes;
  vocabulary.cls = n_genes + 1;
  vocabulary.eoc = n_genes + 2;
  return vocabulary;
}

std::string to_json(const ScgptVocabulary& vocabulary) {
  using Json = nlohmann::json;
  std::string text = "{\n";
  for (size_t id = 0; id < vocabulary.names.size(); ++id)
    text += fmt::format("  {}: {}{}\n",
                        Json(vocabulary.names[id]).dump(-1, ' ', true, Json::error_handler_t::replace), id,
                        id + 1 < vocabulary.names.size() ? "," : "");
  return text + "}\n";
}

}  // namespace zerocell
