#include "zerocell/models/scvi/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "data/temporary_folder.h"
#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/checkpoint/checkpoint.h"
#include "zerocell/checkpoint/pickle.h"
#include "zerocell/checkpoint/zip_file.h"
#include "zerocell/checkpoint/zip_writer.h"
#include "zerocell/core/error.h"
#include "zerocell/models/scvi/network.h"

// Reference: models that scvi-tools 1.4.2 trained and saved (tests/reference/make_scvi_model.py).
namespace zerocell {
namespace {

using testing::HasSubstr;

std::string golden(const std::string& name) {
  return ZEROCELL_SOURCE_DIR "/tests/golden/scvi/" + name;
}

nlohmann::json expected(const std::string& name) {
  return nlohmann::json::parse(std::ifstream(golden(name + ".json")));
}

ScviModel parse(std::string_view file) {
  // A block of its own without spare room: the sanitizer sees a read behind its end.
  const std::vector<char> copy(file.begin(), file.end());
  return parse_scvi_model(as_bytes({copy.data(), copy.size()}), "x/model.pt");
}

/// The message of the Error(data) that reading gives; "no error" where it gives none.
std::string message_of(std::string_view file) {
  try {
    parse(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
    EXPECT_THAT(error.what(), HasSubstr("model.pt"));
    return error.what();
  }
  return "no error";
}

class ScviModelFile : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(SavedByScviTools, ScviModelFile, testing::Values("nb", "zinb"));

TEST_P(ScviModelFile, NamesSizesAndEveryWeight) {
  const auto json = expected(GetParam());
  const auto model = read_scvi_model(golden(GetParam()));
  const auto& sizes = model.weights.sizes;
  EXPECT_EQ(sizes.n_genes, 40u);
  EXPECT_EQ(sizes.n_hidden, json.at("n_hidden"));
  EXPECT_EQ(sizes.n_latent, json.at("n_latent"));
  EXPECT_EQ(sizes.n_layers, json.at("n_layers"));
  EXPECT_EQ(to_string(sizes.gene_likelihood), json.at("gene_likelihood"));
  EXPECT_EQ(model.genes, json.at("genes").get<std::vector<std::string>>());
  EXPECT_EQ(model.batches, json.at("batches").get<std::vector<std::string>>());
  EXPECT_EQ(model.batch_key, json.at("batch_key"));
  EXPECT_EQ(model.dropout_rate, 0.1);
  EXPECT_EQ(model.n_cells, 240u);
  EXPECT_EQ(model.run, "");
  const ScviLayout layout(sizes);
  for (const auto* list : {&layout.parameters(), &layout.statistics()})
    for (const auto& tensor : *list) {
      // Nine digits name a float32.
      EXPECT_EQ(model.weights.tensor(tensor), json.at("tensors").at(tensor.name).get<std::vector<float>>())
          << tensor.name;
      EXPECT_EQ(tensor.shape, json.at("shapes").at(tensor.name).get<std::vector<size_t>>()) << tensor.name;
    }
}

DenseMatrix<float> latent(const ScviModel& model, const nlohmann::json& json) {
  CsrMatrix counts;
  std::vector<uint32_t> rows;
  for (const auto& row : json.at("counts")) {
    for (size_t g = 0; g < row.size(); ++g)
      if (row[g].get<float>() != 0) {
        counts.indices.push_back(static_cast<uint32_t>(g));
        counts.values.push_back(row[g].get<float>());
      }
    counts.indptr.push_back(counts.indices.size());
    rows.push_back(static_cast<uint32_t>(rows.size()));
  }
  ThreadPool pool(2);
  DenseMatrix<float> mean;
  scvi_latent(model.weights, {counts.indptr.data(), counts.indices.data(), counts.values.data(), rows, {}},
              pool, mean, nullptr);
  return mean;
}

TEST_P(ScviModelFile, LatentMeansAreThoseOfScviTools) {
  const auto json = expected(GetParam());
  const auto mean = latent(read_scvi_model(golden(GetParam())), json);
  ASSERT_EQ(mean.n_rows(), 12u);
  // Both compute in float32: sums of 40 terms near 1 round to about 40 x 6e-8, and two layers of batch norm
  // may magnify that.
  for (size_t i = 0; i < mean.n_rows(); ++i)
    for (size_t k = 0; k < mean.n_cols(); ++k)
      ASSERT_NEAR(static_cast<double>(mean(i, k)), json.at("latent_mean")[i][k].get<double>(), 1e-5)
          << i << " " << k;
}

TEST_P(ScviModelFile, WhatIsWrittenIsReadBackExactly) {
  const TemporaryFolder folder;
  auto model = read_scvi_model(golden(GetParam()));
  model.run = "0123";
  write_scvi_model(model, folder.file("model.pt"));
  write_scvi_model(model, folder.file("again.pt"));
  EXPECT_EQ(read_text(folder.file("model.pt")), read_text(folder.file("again.pt")));
  const auto back = read_scvi_model(folder.path());
  EXPECT_EQ(back.weights.sizes, model.weights.sizes);
  EXPECT_EQ(back.weights.parameters, model.weights.parameters);
  EXPECT_EQ(back.weights.statistics, model.weights.statistics);
  EXPECT_EQ(back.genes, model.genes);
  EXPECT_EQ(back.batches, model.batches);
  EXPECT_EQ(back.batch_key, model.batch_key);
  EXPECT_EQ(back.dropout_rate, model.dropout_rate);
  EXPECT_EQ(back.n_cells, model.n_cells);
  EXPECT_EQ(back.run, "0123");
}

// The decoder and the order of the batches too: the loss at the latent means, of sums near 100 in float32.
TEST_P(ScviModelFile, ScviToolsLoadsWhatIsWritten) {
  const char* python = std::getenv("ZEROCELL_PEERS_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "ZEROCELL_PEERS_PYTHON names no Python with scvi-tools";
  if (std::system((std::string(python) + " -c 'import scvi' 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << "scvi-tools is not in ZEROCELL_PEERS_PYTHON";
  const TemporaryFolder folder;
  write_scvi_model(read_scvi_model(golden(GetParam())), folder.file("model.pt"));
  const auto script = folder.write(
      "load.py",
      "import json, sys, anndata, numpy as np, pandas as pd, scvi, torch\n"
      "g = json.load(open(sys.argv[2]))\n"
      "data = anndata.AnnData(np.array(g['counts'], dtype=np.float32),\n"
      "    obs=pd.DataFrame({'site': pd.Categorical(g['batch'])}, index=[f'c{i}' for i in range(12)]),\n"
      "    var=pd.DataFrame(index=g['genes']))\n"
      "model = scvi.model.SCVI.load(sys.argv[1], data, accelerator='cpu')\n"
      "state = model.module.state_dict()\n"
      "assert {k: list(v.shape) for k, v in state.items() if v.is_floating_point()} == g['shapes']\n"
      "assert np.allclose(model.get_latent_representation(), g['latent_mean'], rtol=0, atol=1e-5)\n"
      "torch.distributions.Normal.rsample = lambda self, shape=torch.Size(): self.loc\n"
      "loss = -model.get_elbo(data, return_mean=False).numpy()\n"
      "assert np.allclose(loss, g['loss'], rtol=1e-6, atol=1e-4), np.abs(loss - g['loss']).max()\n"
      "assert scvi.model.SCVI.load(sys.argv[1], False, accelerator='cpu').is_trained\n");
  const auto command = std::string(python) + " " + script + " " + folder.path() + " " +
                       golden(std::string(GetParam()) + ".json") + " >/dev/null 2>" + folder.file("said");
  EXPECT_EQ(std::system(command.c_str()), 0) << read_text(folder.file("said"));
}

// --- Changed files ----------------------------------------------------------------------------------------

std::string text_code(std::string_view text) {
  std::string code = "X";
  append_number(code, static_cast<uint32_t>(text.size()));
  return code.append(text);
}

/// A zip file with its pickle, and the storages, passed through `change`; checksums are made anew.
template <class Change>
std::string changed(std::string_view file, Change change) {
  const TemporaryFolder folder;
  {
    ZipWriter zip(folder.file("x"));
    for (const auto& [name, entry] : read_zip(as_bytes(file), "x")) {
      std::string content(as_text(entry.bytes));
      change(name, content);
      zip.add(name, content);
    }
    zip.commit();
  }
  return read_text(folder.file("x"));
}

std::string with_pickle(std::string_view file, const std::string& from, const std::string& to) {
  size_t n_found = 0;
  auto out = changed(file, [&](const std::string& name, std::string& content) {
    if (!name.ends_with("data.pkl")) return;
    const auto at = content.find(from);
    if (at == std::string::npos) return;
    ++n_found;
    content.replace(at, from.size(), to);
  });
  EXPECT_EQ(n_found, 1u) << from;
  return out;
}

/// The model "nb" as zerocell writes it, without the memo of Python's pickler, which is easy to change.
std::string plain_file() {
  static const std::string file = [] {
    const TemporaryFolder folder;
    write_scvi_model(read_scvi_model(golden("nb")), folder.file("model.pt"));
    return read_text(folder.file("model.pt"));
  }();
  return file;
}

std::string with_setting(const std::string& name, const std::string& value) {
  const auto place = text_code("use_observed_lib_size");
  return with_pickle(plain_file(), place, text_code(name) + value + place);
}

struct Refusal {
  std::string name, value, said;
};

TEST(ScviModelFileRefusals, SettingsThatChangeTheNetwork) {
  const std::string yes = "\x88", no = "\x89", three = "K\x03";
  const std::vector<Refusal> refusals{
      {"latent_distribution_", text_code("ln"), "latent_distribution_"},  // not known
      {"encode_covariates", yes, "encode_covariates"},
      {"use_layer_norm", text_code("both"), "use_layer_norm"},
      {"use_batch_norm", text_code("none"), "use_batch_norm"},
      {"batch_representation", text_code("embedding"), "batch_representation"},
      {"log_variational", no, "log_variational"},
      {"deeply_inject_covariates", no, "deeply_inject_covariates"},
      {"use_size_factor_key", yes, "use_size_factor_key"},
      {"extra_decoder_kwargs", "}(" + text_code("bias") + no + "u", "extra_decoder_kwargs"},
      {"var_activation", "ctorch.nn.functional\nsoftplus\n", "var_activation"},
      {"n_heads", three, "n_heads"},
  };
  for (const auto& refusal : refusals)
    EXPECT_THAT(message_of(with_setting(refusal.name, refusal.value)),
                HasSubstr("setting '" + refusal.said + "'"));
  EXPECT_EQ(message_of(with_setting("use_layer_norm", text_code("none"))), "no error");
  EXPECT_EQ(message_of(with_setting("extra_encoder_kwargs", "}")), "no error");
}

TEST(ScviModelFileRefusals, ValuesOfSettingsThatAreThere) {
  const auto change = [](const std::string& key, const std::string& from, const std::string& to) {
    return message_of(with_pickle(plain_file(), text_code(key) + from, text_code(key) + to));
  };
  const auto none = std::string("N");
  const auto list = "](" + text_code("donor") + "e";
  EXPECT_THAT(change("dispersion", text_code("gene"), text_code("gene-batch")),
              HasSubstr("setting 'dispersion': expected gene, found gene-batch"));
  for (const char* other : {"poisson", "normal"})
    EXPECT_THAT(change("gene_likelihood", text_code("nb"), text_code(other)),
                HasSubstr("gene_likelihood': expected nb or zinb"));
  EXPECT_THAT(change("latent_distribution", text_code("normal"), text_code("ln")),
              HasSubstr("latent_distribution"));
  EXPECT_THAT(change("use_observed_lib_size", "\x88", "\x89"), HasSubstr("use_observed_lib_size"));
  EXPECT_THAT(change("size_factor_key", none, text_code("total")), HasSubstr("size_factor_key"));
  EXPECT_THAT(change("categorical_covariate_keys", none, list), HasSubstr("categorical_covariate_keys"));
  EXPECT_THAT(change("continuous_covariate_keys", none, list), HasSubstr("continuous_covariate_keys"));
  EXPECT_EQ(change("continuous_covariate_keys", none, "]"), "no error");
  EXPECT_THAT(change("model_name", text_code("SCVI"), text_code("SCANVI")), HasSubstr("SCANVI"));
  EXPECT_THAT(change("setup_method_name", text_code("setup_anndata"), text_code("setup_mudata")),
              HasSubstr("setup_mudata"));
  const std::string sixteen = std::string("J\x10\0\0\0", 5);
  EXPECT_THAT(change("n_hidden", sixteen, "K\x11"), HasSubstr("tensor 'z_encoder"));
  EXPECT_THAT(change("n_hidden", sixteen, "N"), HasSubstr("setting 'n_hidden'"));
  EXPECT_THAT(change("n_hidden", sixteen, std::string("\x8a\x08\0\0\0\0\0\0\0\x7f", 10)),
              HasSubstr("setting 'n_hidden'"));
  EXPECT_THAT(change("n_layers", std::string("J\2\0\0\0", 5), "K\x40"), HasSubstr("Layer 2.0.weight"));
  EXPECT_THAT(change("n_layers", std::string("J\2\0\0\0", 5), "K\x01"), HasSubstr("Layer 1"));
}

TEST(ScviModelFileRefusals, Tensors) {
  const auto file = plain_file();
  EXPECT_THAT(message_of(with_pickle(file, text_code("px_r"), text_code("px_q"))),
              HasSubstr("tensor 'px_r': expected 40, found none"));
  EXPECT_THAT(
      message_of(with_pickle(file, text_code("l_encoder.var_encoder.bias"), text_code("batch_embedding"))),
      HasSubstr("batch_embedding"));
  // A decoder that is told three batches does not fit a registry with one.
  EXPECT_THAT(message_of(with_pickle(file, text_code("Site_a") + text_code("site_b") + text_code("site_c"),
                                     text_code("Site_a"))),
              HasSubstr("categorical_mapping"));
  const auto with_value = [&](float value) {
    return message_of(changed(file, [value](const std::string& name, std::string& content) {
      if (name.ends_with("data/0")) std::memcpy(content.data() + 8, &value, sizeof value);
    }));
  };
  EXPECT_EQ(with_value(1.5f), "no error");
  for (const float value : {std::nanf(""), std::numeric_limits<float>::infinity()})
    EXPECT_THAT(with_value(value), HasSubstr("tensor 'px_r': expected finite numbers"));
  const ScviLayout layout(parse(file).weights.sizes);
  size_t place = layout.parameters().size();
  while (!layout.statistics()[place - layout.parameters().size()].name.ends_with(".running_var")) ++place;
  EXPECT_THAT(message_of(changed(file,
                                 [&](const std::string& name, std::string& content) {
                                   const float value = -1;
                                   if (name.ends_with("data/" + std::to_string(place)))
                                     std::memcpy(content.data(), &value, sizeof value);
                                 })),
              HasSubstr("none negative"));
}

TEST(ScviModelFileRefusals, OtherFilesAndFolders) {
  const TemporaryFolder folder;
  const auto said = [](const std::string& path) -> std::string {
    try {
      read_scvi_model(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(said(folder.path()), HasSubstr("model.save(FOLDER)"));
  folder.write("attr.pkl", "x");
  EXPECT_THAT(said(folder.path()), HasSubstr("convert_legacy_save"));
  EXPECT_THAT(said(folder.file("nowhere.pt")), HasSubstr("nowhere.pt"));
  EXPECT_THAT(said(folder.write("empty.pt", "")), HasSubstr("empty"));
  EXPECT_THAT(said(folder.write("text.pt", "some text")), HasSubstr("another kind of file"));
  const std::vector<float> one{1};
  write_torch_zip(folder.file("weights.pt"), std::vector<NamedTensor>{{"px_r", {1}, one}});
  EXPECT_THAT(said(folder.file("weights.pt")), HasSubstr("weights alone"));
}

// --- Hostile files ----------------------------------------------------------------------------------------

TEST(ScviModelFileSafety, OtherReadersAcceptNoMoreThanBefore) {
  EXPECT_THROW(Checkpoint::open(golden("nb") + "/model.pt"), Error);
  const std::string frame =
      "\x80\x02"
      "cpandas.core.frame\nDataFrame\n)\x81.";
  EXPECT_THROW(Pickle::parse(as_bytes(frame), "x"), Error);
  EXPECT_EQ(Pickle::parse(as_bytes(frame), "x", PickleNames::data_classes).root().kind, PickleKind::opaque);
}

// getattr is how Python writes a method, and a class of a module that nobody knows is a user's own: both are
// passed over (pickle_data_classes_test.cpp).
TEST(ScviModelFileSafety, FunctionsThatAreNoDataAreRefusedByName) {
  for (const std::string named :
       {"os\nsystem", "posix\nsystem", "builtins\neval", "__builtin__\nexec", "builtins\nopen",
        "subprocess\nPopen", "importlib\nimport_module", "shutil\nrmtree"}) {
    const std::string call =
        "\x80\x02"
        "c" +
        named + "\n" + text_code("true") + "\x85R.";
    try {
      Pickle::parse(as_bytes(call), "x", PickleNames::data_classes);
      FAIL() << named;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("nothing was run"));
    }
  }
}

TEST(ScviModelFileSafety, EveryTruncation) {
  const std::string file = read_text(golden("zinb") + "/model.pt");
  size_t n_read = 0;
  for (size_t length = 0; length < file.size(); length += length + 3000 < file.size() ? 61 : 1)
    n_read += message_of(std::string_view(file).substr(0, length)) == "no error";
  EXPECT_EQ(n_read, 0u);
}

TEST(ScviModelFileSafety, FlippedBytesGiveAnErrorOrAreOfNoAccount) {
  std::string file = read_text(golden("zinb") + "/model.pt");
  size_t n_failed = 0;
  for (size_t i = 0; i < file.size(); i += 7) {
    const char original = file[i];
    file[i] = static_cast<char>(original ^ 0x40);
    n_failed += message_of(file) != "no error";
    file[i] = original;
  }
  // Checksums guard the pickle and every tensor that is used.
  EXPECT_GT(n_failed, file.size() / 7 / 3);
}

/// Reads copies of a file with bytes of its pickle changed and no checksum of it; returns the share of
/// errors.
double share_refused(std::string file) {
  const auto entries = read_zip(as_bytes(file), "x");
  const auto entry =
      std::ranges::find_if(entries, [](const auto& e) { return e.first.ends_with("data.pkl"); });
  const std::string name = entry->first;
  const auto begin = static_cast<size_t>(as_text(entry->second.bytes).data() - file.data());
  const size_t end = begin + entry->second.bytes.size();
  // The checksum that counts is the directory's; 0 is none.
  constexpr size_t kChecksum = 16, kName = 46;
  std::memset(file.data() + file.rfind(name) - kName + kChecksum, 0, 4);
  EXPECT_EQ(message_of(file), "no error");
  size_t n_failed = 0, n_tried = 0;
  for (size_t i = begin; i < end; i += 5)
    for (const int mask : {0x01, 0x20, 0xFF}) {
      const char original = file[i];
      file[i] = static_cast<char>(original ^ mask);
      n_failed += message_of(file) != "no error";
      ++n_tried;
      file[i] = original;
    }
  return static_cast<double>(n_failed) / static_cast<double>(n_tried);
}

TEST(ScviModelFileSafety, FlippedBytesOfAPickleWithoutChecksum) {
  // Most bytes are of names and structure; scvi-tools' own file also has tables that are passed over.
  EXPECT_GT(share_refused(plain_file()), 0.5);
  EXPECT_GT(share_refused(read_text(golden("zinb") + "/model.pt")), 0.2);
}

}  // namespace
}  // namespace zerocell
