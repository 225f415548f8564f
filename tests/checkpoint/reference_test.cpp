// Files of torch.save, safetensors and pickle, written by tests/reference/checkpoints.py.
#include <gmock/gmock.h>

#include <bit>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "checkpoint/checkpoint_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/checkpoint/checkpoint.h"
#include "zerocell/checkpoint/dictionary_file.h"

namespace zerocell {
namespace {

using testing::HasSubstr;

nlohmann::json expected() {
  return nlohmann::json::parse(read_text(golden("expected.json")));
}

bool is_float(DType type) {
  return type == DType::f64 || type == DType::f32 || type == DType::f16 || type == DType::bf16;
}

TEST(CheckpointReference, TensorsAreThoseOfPyTorch) {
  const auto files = expected()["checkpoints"];
  ASSERT_EQ(files.size(), 12u);
  for (const auto& [file, tensors] : files.items()) {
    SCOPED_TRACE(file);
    const auto checkpoint = Checkpoint::open(golden(file));
    EXPECT_EQ(checkpoint.tensors().size(), tensors.size());
    for (const auto& [name, wanted] : tensors.items()) {
      SCOPED_TRACE(name);
      const StoredTensor* tensor = checkpoint.find(name);
      ASSERT_NE(tensor, nullptr);
      EXPECT_EQ(to_string(tensor->dtype), wanted["dtype"].get<std::string>());
      EXPECT_EQ(tensor->shape, wanted["shape"].get<std::vector<size_t>>());
      EXPECT_EQ(tensor->n_elements(), wanted["values"].size());
      if (!is_float(tensor->dtype)) {
        EXPECT_THAT(message_of([&] { checkpoint.floats(*tensor); }), HasSubstr("expected floating-point"));
        continue;
      }
      const FloatTensor floats = checkpoint.floats(*tensor);
      EXPECT_EQ(floats.shape, tensor->shape);
      ASSERT_EQ(floats.values.size(), wanted["values"].size());
      // The same bits: conversions to float32 round as PyTorch's do.
      for (size_t i = 0; i < floats.values.size(); ++i)
        EXPECT_EQ(std::bit_cast<uint32_t>(floats.values[i]),
                  std::bit_cast<uint32_t>(static_cast<float>(wanted["values"][i].get<double>())))
            << i;
    }
  }
}

TEST(CheckpointReference, TiedTensorsAreOneStorage) {
  const auto checkpoint = Checkpoint::open(golden("all_kinds.bin"));
  const auto *embeddings = checkpoint.find("embeddings.weight"), *decoder = checkpoint.find("decoder.weight");
  ASSERT_TRUE(embeddings != nullptr && decoder != nullptr);
  EXPECT_EQ(embeddings->storage.data(), decoder->storage.data());
}

TEST(CheckpointReference, FloatsInOrderAreNotCopied) {
  const auto checkpoint = Checkpoint::open(golden("all_kinds.bin"));
  const auto is_view = [&](const char* name) {
    const StoredTensor* tensor = checkpoint.find(name);
    return static_cast<const void*>(checkpoint.floats(*tensor).values.data()) == tensor->storage.data();
  };
  EXPECT_TRUE(is_view("base"));
  EXPECT_TRUE(is_view("rows"));
  EXPECT_FALSE(is_view("transposed"));
  EXPECT_FALSE(is_view("half"));
}

TEST(CheckpointReference, ValuesOutliveTheCheckpoint) {
  FloatTensor floats;
  {
    const auto checkpoint = Checkpoint::open(golden("small.safetensors"));
    floats = checkpoint.floats(*checkpoint.find("weight"));
  }
  EXPECT_EQ(floats.values[0],
            expected()["checkpoints"]["small.safetensors"]["weight"]["values"][0].get<float>());
}

TEST(CheckpointReference, TensorsAreSortedByName) {
  const auto checkpoint = Checkpoint::open(golden("all_kinds_legacy.bin"));
  EXPECT_TRUE(std::is_sorted(checkpoint.tensors().begin(), checkpoint.tensors().end(),
                             [](const StoredTensor& a, const StoredTensor& b) { return a.name < b.name; }));
  EXPECT_EQ(checkpoint.find("absent"), nullptr);
  EXPECT_EQ(checkpoint.find("zzz"), nullptr);
}

TEST(DictionaryReference, EveryProtocolAndSpelling) {
  const auto wanted = expected()["dictionaries"];
  for (const char* file :
       {"dictionary_numpy1_2.pkl", "dictionary_numpy1_4.pkl", "dictionary_numpy1_5.pkl",
        "dictionary_numpy2_2.pkl", "dictionary_numpy2_4.pkl", "dictionary_numpy2_5.pkl", "dictionary.json"}) {
    SCOPED_TRACE(file);
    const Dictionary dictionary = read_dictionary(golden(file));
    ASSERT_EQ(dictionary.entries.size(), wanted.size());
    EXPECT_EQ(dictionary.entries.front().first, "int16");
    for (const auto& [key, value] : dictionary.entries) {
      SCOPED_TRACE(key);
      ASSERT_TRUE(wanted.contains(key));
      if (const auto* integer = std::get_if<int64_t>(&value)) {
        EXPECT_TRUE(wanted[key].is_number_integer());
        EXPECT_EQ(*integer, wanted[key].get<int64_t>());
      } else if (const auto* real = std::get_if<double>(&value)) {
        EXPECT_EQ(*real, wanted[key].get<double>());
      } else {
        EXPECT_EQ(std::get<std::string>(value), wanted[key].get<std::string>());
      }
    }
  }
}

/// Of an entry of the published dictionaries; null where the entry is absent.
const DictionaryValue* find(const Dictionary& dictionary, const std::string& key) {
  for (const auto& [name, value] : dictionary.entries)
    if (name == key) return &value;
  return nullptr;
}

TEST(DictionaryReference, PublishedVocabularyOfGeneformer) {
  const std::string folder = ZEROCELL_SHARED_DIR "/data/vocab/";
  const std::string path = folder + "geneformer_token_dictionary.pkl";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "shared test data is absent: " << path;
  const Dictionary tokens = read_dictionary(path);
  ASSERT_EQ(tokens.entries.size(), 25426u);
  for (size_t i = 0; i < tokens.entries.size(); ++i)
    ASSERT_EQ(std::get<int64_t>(tokens.entries[i].second), static_cast<int64_t>(i));
  EXPECT_EQ(tokens.entries[0].first, "<pad>");
  EXPECT_EQ(tokens.entries[1].first, "<mask>");
  for (const auto& [gene, token] :
       {std::pair{"ENSG00000075624", 1319}, {"ENSG00000111640", 3906}, {"ENSG00000167286", 11987}}) {
    ASSERT_NE(find(tokens, gene), nullptr);
    EXPECT_EQ(std::get<int64_t>(*find(tokens, gene)), token);
  }
  const Dictionary medians = read_dictionary(folder + "geneformer_gene_median_dictionary.pkl");
  EXPECT_EQ(medians.entries.size(), 25424u);
  ASSERT_NE(find(medians, "ENSG00000075624"), nullptr);
  EXPECT_EQ(std::get<double>(*find(medians, "ENSG00000075624")), 41.877031521142754);
  const Dictionary names = read_dictionary(folder + "geneformer_gene_name_id_dict.pkl");
  EXPECT_EQ(names.entries.size(), 40248u);
  ASSERT_NE(find(names, "ACTB"), nullptr);
  EXPECT_EQ(std::get<std::string>(*find(names, "ACTB")), "ENSG00000075624");
}

}  // namespace
}  // namespace zerocell
