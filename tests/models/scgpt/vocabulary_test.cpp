#include "zerocell/models/scgpt/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "data/temporary_folder.h"
#include "zerocell/checkpoint/dictionary_parser.h"
#include "zerocell/core/error.h"
#include "zerocell/data/gzip_lines.h"
#include "zerocell/models/gene_matching.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Dictionary dictionary() {
  return {"vocab.json",
          {{"<cls>", int64_t{3}}, {"TP53", int64_t{1}}, {"<pad>", int64_t{2}}, {"ACTB", int64_t{0}}}};
}

std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  return "no error";
}

TEST(ScgptVocabulary, NamesById) {
  const ScgptVocabulary v = make_scgpt_vocabulary(dictionary(), "<pad>", 4);
  EXPECT_THAT(v.names, ElementsAre("ACTB", "TP53", "<pad>", "<cls>"));
  EXPECT_EQ(v.pad, 2u);
  EXPECT_EQ(v.cls, 3u);
  EXPECT_EQ(v.eoc, std::nullopt);
  EXPECT_EQ(v.n_tokens(), 4u);
  EXPECT_EQ(v.n_genes(), 2u);
  EXPECT_EQ(v.by_symbol.at("TP53"), 1u);
  EXPECT_FALSE(v.by_symbol.contains("<cls>"));
  EXPECT_EQ(v.path, "vocab.json");
}

TEST(ScgptVocabulary, AnotherPadTokenIsNoGene) {
  Dictionary d = dictionary();
  d.entries[2].first = "[PAD]";
  const ScgptVocabulary v = make_scgpt_vocabulary(d, "[PAD]");
  EXPECT_EQ(v.pad, 2u);
  EXPECT_FALSE(v.by_symbol.contains("[PAD]"));
}

TEST(ScgptVocabulary, RefusesWhatDoesNotFit) {
  const auto with = [](const std::function<void(Dictionary&)>& damage) {
    Dictionary d = dictionary();
    damage(d);
    return message([&] { make_scgpt_vocabulary(d); });
  };
  EXPECT_EQ(with([](auto&) {}), "no error");
  EXPECT_THAT(with([](auto& d) { d.entries[1].second = int64_t{0}; }), HasSubstr("id 0 of TP53 and ACTB"));
  EXPECT_THAT(with([](auto& d) { d.entries[1].second = int64_t{4}; }), HasSubstr("ids 0 to 3 without gaps"));
  EXPECT_THAT(with([](auto& d) { d.entries[1].second = int64_t{-1}; }), HasSubstr("without gaps"));
  EXPECT_THAT(with([](auto& d) { d.entries[1].second = 1.0; }), HasSubstr("whole numbers"));
  EXPECT_THAT(with([](auto& d) { d.entries[1].second = std::string("1"); }), HasSubstr("whole numbers"));
  EXPECT_THAT(with([](auto& d) { d.entries.clear(); }), HasSubstr("none"));
  EXPECT_THAT(with([](auto& d) { d.entries[0].first = "CLS"; }),
              AllOf(HasSubstr("the special token <cls>"), HasSubstr("without a word")));
  EXPECT_THAT(with([](auto& d) { d.entries[2].first = "PAD"; }), HasSubstr("the special token <pad>"));
  for (const size_t n_rows : {3, 5})
    EXPECT_THAT(message([&] { make_scgpt_vocabulary(dictionary(), "<pad>", n_rows); }),
                AllOf(HasSubstr(std::to_string(n_rows) + " names, as the weights have rows"),
                      HasSubstr("found 4"), HasSubstr("without a word")));
}

TEST(ScgptVocabulary, FilesAndFolders) {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& text) { std::ofstream(folder.file("vocab.json")) << text; };
  write(R"({"A": 0, "<pad>": 1, "<cls>": 2, "<eoc>": 3})");
  EXPECT_EQ(read_scgpt_vocabulary(folder.path()).eoc, 3u);
  EXPECT_EQ(read_scgpt_vocabulary(folder.file("vocab.json"), "<pad>", 4).path, folder.file("vocab.json"));
  const auto found = [&](const std::string& text) {
    write(text);
    return message([&] { read_scgpt_vocabulary(folder.path()); });
  };
  EXPECT_THAT(found(R"({"A": 0, "A": 1})"), HasSubstr("'A' twice"));
  EXPECT_THAT(found(R"({"A": [0]})"), HasSubstr("a list"));
  EXPECT_THAT(found(R"({"A": {"B": 0}})"), HasSubstr("an object"));
  EXPECT_THAT(found(R"({"A": true})"), HasSubstr("a truth value"));
  EXPECT_THAT(found(R"({"A": 99999999999999999999})"), HasSubstr("whole numbers"));
  EXPECT_THAT(found("[]"), HasSubstr("vocab.json"));
  EXPECT_THAT(found(""), HasSubstr("vocab.json"));
  EXPECT_THAT(found(R"({"A": 0)"), HasSubstr("vocab.json"));
  write("");
  std::filesystem::resize_file(folder.file("vocab.json"), (size_t{64} << 20) + 1);
  EXPECT_THAT(message([&] { read_scgpt_vocabulary(folder.path()); }), HasSubstr("at most 64 MiB"));
  EXPECT_THAT(message([&] { read_scgpt_vocabulary(folder.file("nothing")); }), HasSubstr("nothing"));
}

TEST(ScgptVocabulary, GenesOfOnesOwn) {
  const std::vector<std::string> genes{"B", "A", "B", "say \"hi\""};
  const ScgptVocabulary v = scgpt_vocabulary_of(genes);
  EXPECT_THAT(v.names, ElementsAre("B", "A", "say \"hi\"", "<pad>", "<cls>", "<eoc>"));
  EXPECT_EQ(v.n_genes(), 3u);
  const std::string text = to_json(v);
  const Dictionary d = parse_dictionary(std::as_bytes(std::span(text)), "x");
  EXPECT_EQ(make_scgpt_vocabulary(d).names, v.names);
  EXPECT_EQ(make_scgpt_vocabulary(d).cls, v.cls);
  EXPECT_THAT(message([] {
                scgpt_vocabulary_of(std::vector<std::string>{"A", "<cls>"});
              }),
              HasSubstr("angle brackets"));
  EXPECT_THAT(message([] { scgpt_vocabulary_of({}); }), HasSubstr("at least one"));
}

TEST(ScgptVocabulary, ReadsThePublishedFile) {
  const std::string path = ZEROCELL_SHARED_DIR "/data/vocab/scgpt_human_vocab.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no published vocab.json";
  const ScgptVocabulary v = read_scgpt_vocabulary(path, "<pad>", 60697);
  EXPECT_EQ(v.n_tokens(), 60697u);
  EXPECT_EQ(v.n_genes(), 60694u);
  EXPECT_EQ(v.pad, 60694u);
  EXPECT_EQ(v.cls, 60695u);
  EXPECT_EQ(v.eoc, 60696u);
  EXPECT_EQ(v.names[60693], "RP5-973N23.5");  // first line of the file
}

/// Ensembl ids of the genes of CELLxGENE, with the names that they have there.
TEST(ScgptVocabulary, IdsLeadWhereNamesLead) {
  const std::string folder = ZEROCELL_SHARED_DIR "/data/vocab/";
  if (!std::filesystem::exists(folder + "cellxgene_genes_homo_sapiens.csv.gz"))
    GTEST_SKIP() << "no list of genes";
  std::vector<std::string> ids, names;
  GzipLines lines(folder + "cellxgene_genes_homo_sapiens.csv.gz");
  for (std::string_view line; lines.next(line);) {
    const size_t first = line.find(','), second = line.find(',', first + 1);
    ids.emplace_back(line.substr(0, first));
    names.emplace_back(line.substr(first + 1, second - first - 1));
  }
  const ScgptVocabulary v = read_scgpt_vocabulary(folder + "scgpt_human_vocab.json");
  const SymbolDictionary dictionary{"scGPT", v.by_symbol};
  const GeneAliases aliases = read_gene_aliases(folder + "hgnc_compact.tsv.gz");
  const GeneMatch by_id = match_genes(ids, dictionary, &aliases), by_name = match_genes(names, dictionary);
  // Counted apart, by a few lines of Python over the same three files.
  EXPECT_EQ(by_id.n_columns, 78894u);
  EXPECT_EQ(by_id.n_matched, 39259u);
  EXPECT_EQ(by_name.n_symbols, 38994u);
  size_t same = 0, other = 0;
  for (size_t g = 0; g < ids.size(); ++g) {
    if (by_id.gene[g] == GeneMatch::kUnknown || !v.by_symbol.contains(names[g])) continue;
    ++(by_id.gene[g] == by_name.gene[g] ? same : other);
  }
  EXPECT_EQ(same, 38048u);
  EXPECT_EQ(other, 2u);  // whose ids have another symbol in the table
}

}  // namespace
}  // namespace zerocell
