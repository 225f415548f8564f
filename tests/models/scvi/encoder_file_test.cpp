#include "zerocell/models/scvi/encoder_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "data/temporary_folder.h"
#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/checkpoint/zip_file.h"
#include "zerocell/checkpoint/zip_writer.h"
#include "zerocell/core/error.h"
#include "zerocell/models/scvi/model_file.h"

// Reference: models that scvi-tools 1.4.2 trained and saved, and their latent means
// (tests/reference/make_scvi_variants.py and make_scvi_model.py).
namespace zerocell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kGolden = ZEROCELL_SOURCE_DIR "/tests/golden/scvi/";

const nlohmann::json& document() {
  static const auto json = nlohmann::json::parse(std::ifstream(kGolden + "variants.json"));
  return json;
}
std::string variant(const std::string& name) {
  return kGolden + "variants/" + name + ".pt";
}

/// Cells of a table of counts; codes of batches, or none.
struct Cells {
  explicit Cells(const nlohmann::json& rows_of_counts, std::vector<uint32_t> codes = {})
      : batch(std::move(codes)) {
    for (const auto& row : rows_of_counts) {
      for (size_t g = 0; g < row.size(); ++g)
        if (row[g].get<float>() != 0) {
          counts.indices.push_back(static_cast<uint32_t>(g));
          counts.values.push_back(row[g].get<float>());
        }
      counts.indptr.push_back(counts.indices.size());
      rows.push_back(static_cast<uint32_t>(rows.size()));
    }
  }
  ScviCells view() const {
    return {counts.indptr.data(), counts.indices.data(), counts.values.data(), rows, batch};
  }
  CsrMatrix counts;
  std::vector<uint32_t> rows, batch;
};

void expect_means(const ScviEncoder& encoder, const Cells& cells, const nlohmann::json& expected) {
  ThreadPool pool(2);
  const auto mean = scvi_means(encoder, cells.view(), pool);
  ASSERT_EQ(mean.n_rows(), expected.size());
  ASSERT_EQ(mean.n_cols(), expected[0].size());
  // Both compute in float32: sums of 6 to 40 terms near 1 round to about 40 x 6e-8, and two layers of norms
  // may magnify that.
  for (size_t i = 0; i < mean.n_rows(); ++i)
    for (size_t k = 0; k < mean.n_cols(); ++k)
      ASSERT_NEAR(static_cast<double>(mean(i, k)), expected[i][k].get<double>(), 1e-5) << i << " " << k;
}

class ScviEncoderFile : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Settings, ScviEncoderFile,
                         testing::Values("decoder", "layer_norm", "both_norms", "told_batch", "told_first",
                                         "flat"));

TEST_P(ScviEncoderFile, LatentMeansAreThoseOfScviTools) {
  const auto model = read_scvi_encoder(variant(GetParam()));
  std::vector<uint32_t> codes;
  if (model.encoder.settings.n_covariates > 0)
    for (const double site : document().at("site")) codes.push_back(site < 1 ? 0u : site < 2 ? 1u : 2u);
  expect_means(model.encoder, Cells(document().at("counts"), codes),
               document().at("latent_mean").at(GetParam()));
  EXPECT_EQ(model.genes, document().at("genes").get<std::vector<std::string>>());
}

TEST(ScviEncoderFile, WhatTheFilesSay) {
  const auto told = read_scvi_encoder(variant("told_batch"));
  EXPECT_THAT(told.batches, ElementsAre("0.5", "1", "2"));  // as a column of numbers is named
  EXPECT_EQ(told.encoder.settings.n_covariates, 3u);
  EXPECT_TRUE(told.encoder.settings.in_every_layer);
  EXPECT_FALSE(read_scvi_encoder(variant("told_first")).encoder.settings.in_every_layer);
  const auto decoder = read_scvi_encoder(variant("decoder"));
  EXPECT_EQ(decoder.gene_likelihood, "poisson");
  EXPECT_EQ(decoder.encoder.settings.n_covariates, 0u);
  EXPECT_FALSE(decoder.encoder.settings.layer_norm);
  EXPECT_EQ(decoder.n_cells, 60u);
  const auto both = read_scvi_encoder(variant("both_norms"));
  EXPECT_FALSE(both.encoder.settings.takes_log);
  EXPECT_TRUE(both.encoder.settings.batch_norm);
  EXPECT_TRUE(both.encoder.settings.layer_norm);
  EXPECT_EQ(both.gene_likelihood, "nb");
  EXPECT_EQ(both.batch_key, "");
  const auto flat = read_scvi_encoder(variant("flat"));
  EXPECT_THAT(flat.batches, IsEmpty());  // dates
  EXPECT_EQ(flat.batch_key, "day");
  EXPECT_FALSE(flat.encoder.settings.batch_norm);
  EXPECT_THAT(flat.notes, ElementsAre(HasSubstr("module")));
  EXPECT_THAT(decoder.notes, IsEmpty());
}

TEST(ScviEncoderFile, TheMeansAreThoseOfTheWholeNetwork) {
  for (const char* name : {"nb", "zinb"}) {
    const auto json = nlohmann::json::parse(std::ifstream(kGolden + name + ".json"));
    const Cells cells(json.at("counts"));
    const auto encoder = read_scvi_encoder(kGolden + name).encoder;
    expect_means(encoder, cells, json.at("latent_mean"));
    ThreadPool pool(2);
    DenseMatrix<float> whole;
    scvi_latent(read_scvi_model(kGolden + name).weights, cells.view(), pool, whole, nullptr);
    const auto mean = scvi_means(encoder, cells.view(), pool);
    for (size_t i = 0; i < mean.n_rows(); ++i) EXPECT_TRUE(std::ranges::equal(mean.row(i), whole.row(i)));
  }
}

TEST(ScviEncoderFile, TheBatchMattersWhereTheEncoderIsToldIt) {
  ThreadPool pool(1);
  const auto encoder = read_scvi_encoder(variant("told_batch")).encoder;
  const auto at = [&](uint32_t code) {
    return scvi_means(encoder, Cells(document().at("counts"), std::vector<uint32_t>(8, code)).view(), pool);
  };
  EXPECT_NE(at(0)(0, 0), at(1)(0, 0));
}

// A whole network is what could be trained further, or asked for expression.
TEST(ScviEncoderFile, WholeNetworksOfTheseSettingsAreRefusedByName) {
  const auto said = [](const std::string& name) -> std::string {
    try {
      read_scvi_model(variant(name));
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(said("decoder"), HasSubstr("setting 'size_factor_key'"));
  EXPECT_THAT(said("layer_norm"), HasSubstr("setting 'use_batch_norm': expected both, found none"));
  EXPECT_THAT(said("both_norms"), HasSubstr("setting 'log_variational': expected True, found False"));
  EXPECT_THAT(said("told_batch"), HasSubstr("setting 'encode_covariates': expected False, found True"));
  EXPECT_THAT(said("flat"), HasSubstr("a list of names"));
}

// --- Changed files ----------------------------------------------------------------------------------------

std::string text_code(std::string_view text) {
  std::string code = "X";
  append_number(code, static_cast<uint32_t>(text.size()));
  return code.append(text);
}

std::string with_pickle(const std::string& from, const std::string& to) {
  const TemporaryFolder folder;
  write_scvi_model(read_scvi_model(kGolden + "nb"), folder.file("model.pt"));
  const auto file = read_text(folder.file("model.pt"));
  size_t n_found = 0;
  {
    ZipWriter zip(folder.file("x"));
    for (const auto& [name, entry] : read_zip(as_bytes(file), "x")) {
      std::string content(as_text(entry.bytes));
      const auto at = content.find(from);
      if (name.ends_with("data.pkl") && at != std::string::npos) {
        ++n_found;
        content.replace(at, from.size(), to);
      }
      zip.add(name, content);
    }
    zip.commit();
  }
  EXPECT_EQ(n_found, 1u) << from;
  return read_text(folder.file("x"));
}
std::string with_setting(const std::string& name, const std::string& value) {
  const auto place = text_code("use_observed_lib_size");
  return with_pickle(place, text_code(name) + value + place);
}

/// The message of the Error(data) that reading gives; else the notes.
std::string message_of(const std::string& file) {
  try {
    const auto model = parse_scvi_encoder(as_bytes(file), "x/model.pt");
    return model.notes.empty() ? "no error" : model.notes.front();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
    return error.what();
  }
}

TEST(ScviEncoderFileRefusals, SettingsThatChangeTheMeans) {
  const std::string yes = "\x88", no = "\x89";
  EXPECT_THAT(message_of(with_setting("n_heads", "K\x03")), HasSubstr("setting 'n_heads'"));
  EXPECT_THAT(message_of(with_setting("extra_encoder_kwargs", "}(" + text_code("bias") + no + "u")),
              HasSubstr("setting 'extra_encoder_kwargs'"));
  EXPECT_THAT(message_of(with_setting("use_layer_norm", text_code("some"))),
              HasSubstr("setting 'use_layer_norm': expected none, both, encoder, decoder, found some"));
  EXPECT_THAT(message_of(with_setting("deeply_inject_covariates", "K\1")), HasSubstr("True or False"));
  EXPECT_THAT(message_of(with_pickle(text_code("latent_distribution") + text_code("normal"),
                                     text_code("latent_distribution") + text_code("ln"))),
              HasSubstr("setting 'latent_distribution': expected normal, found ln"));
  // Settings that the weights contradict.
  EXPECT_THAT(message_of(with_setting("use_batch_norm", text_code("none"))), HasSubstr("Layer 0.1."));
  EXPECT_THAT(message_of(with_setting("encode_covariates", yes)),
              HasSubstr("tensor 'z_encoder.encoder.fc_layers.Layer 0.0.weight'"));
  EXPECT_THAT(message_of(with_setting("encode_covariates",
                                      yes + text_code("batch_representation") + text_code("embedding"))),
              HasSubstr("setting 'batch_representation'"));
  for (const char* key : {"categorical_covariate_keys", "continuous_covariate_keys"}) {
    const auto file = with_pickle(text_code(key) + "N", text_code(key) + "](" + text_code("donor") + "e");
    EXPECT_EQ(message_of(file), "no error");
  }
  EXPECT_THAT(message_of(with_pickle(text_code("model_name") + text_code("SCVI"),
                                     text_code("model_name") + text_code("SCANVI"))),
              HasSubstr("expected SCVI, found SCANVI"));
  EXPECT_THAT(message_of(with_pickle(text_code("setup_method_name") + text_code("setup_anndata"),
                                     text_code("setup_method_name") + text_code("setup_mudata"))),
              HasSubstr("setup_mudata"));
}

TEST(ScviEncoderFileRefusals, WhatTheDecoderAloneIsToldIsOfNoAccount) {
  EXPECT_EQ(message_of(with_setting("use_size_factor_key", "\x88")), "no error");
  EXPECT_EQ(message_of(with_setting("extra_decoder_kwargs", "}(" + text_code("bias") + "\x89u")), "no error");
  EXPECT_EQ(message_of(with_setting("var_activation", "ctorch.nn.functional\nsoftplus\n")), "no error");
  EXPECT_EQ(message_of(with_setting("deeply_inject_covariates", "\x89")), "no error");
  EXPECT_EQ(message_of(with_setting("use_cuda", "\x88")), "no error");
  const auto likelihood = [](const char* name) {
    return message_of(with_pickle(text_code("gene_likelihood") + text_code("nb"),
                                  text_code("gene_likelihood") + text_code(name)));
  };
  EXPECT_EQ(likelihood("poisson"), "no error");
  EXPECT_THAT(likelihood("normal"), HasSubstr("no counts"));
  EXPECT_THAT(likelihood("other"), HasSubstr("expected nb, zinb, poisson or normal, found other"));
}

TEST(ScviEncoderFileRefusals, TensorsOfOtherNetworks) {
  EXPECT_EQ(message_of(with_pickle(text_code("px_r"), text_code("px_q"))).substr(0, 10), "x/model.pt");
  EXPECT_EQ(message_of(with_pickle(text_code("l_encoder.var_encoder.bias"), text_code("decoder.other"))),
            "no error");
  EXPECT_THAT(message_of(with_pickle(text_code("z_encoder.var_encoder.bias"), text_code("z_encoder.other"))),
              HasSubstr("tensor 'z_encoder.var_encoder.bias'"));
}

TEST(ScviEncoderFileRefusals, EveryTruncation) {
  const std::string file = read_text(variant("layer_norm"));
  for (size_t length = 0; length < file.size(); length += length + 2000 < file.size() ? 61 : 1)
    EXPECT_NE(message_of(file.substr(0, length)), "no error") << length;
}

// The advice for files of PyTorch's older form, followed.
TEST(ScviEncoderFileAdvice, OlderFormsAreReadOnceConvertedAsTheMessageSays) {
  const char* python = std::getenv("ZEROCELL_PEERS_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "ZEROCELL_PEERS_PYTHON names no Python with scvi-tools";
  if (std::system((std::string(python) + " -c 'import scvi' 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << "scvi-tools is not in ZEROCELL_PEERS_PYTHON";
  const TemporaryFolder folder;
  const auto run = [&](const std::string& code) {
    const auto script = folder.write("run.py", "import sys, pickle, numpy as np, torch, scvi\n" + code);
    const auto said = folder.file("said");
    EXPECT_EQ(std::system((std::string(python) + " " + script + " " + folder.path() + " " + kGolden +
                           "nb/model.pt >" + said + " 2>&1")
                              .c_str()),
              0)
        << read_text(said);
  };
  const auto refused = [](const std::string& path) -> std::string {
    try {
      read_scvi_encoder(path);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  run("torch.save(torch.load(sys.argv[2], weights_only=False), sys.argv[1] + '/old.pt',\n"
      "           _use_new_zipfile_serialization=False)\n");
  EXPECT_THAT(refused(folder.file("old.pt")),
              HasSubstr("torch.save(torch.load(FILE, weights_only=False), NEW_FILE)"));
  run("torch.save(torch.load(sys.argv[1] + '/old.pt', weights_only=False), sys.argv[1] + '/new.pt')\n");
  EXPECT_EQ(refused(folder.file("new.pt")), "no error");
  // The files of versions before 0.15, made of a new one.
  run("import os\n"
      "m = torch.load(sys.argv[2], weights_only=False); d = sys.argv[1] + '/legacy'; os.mkdir(d)\n"
      "m['model_state_dict'].pop('pyro_param_store')\n"
      "torch.save(m['model_state_dict'], d + '/old_model_params.pt')\n"
      "np.savetxt(d + '/old_var_names.csv', m['var_names'], fmt='%s')\n"
      "p = m['attr_dict']['init_params_']\n"
      "field = lambda key, names: {'original_key': key, 'mapping': np.array(names, dtype=object)}\n"
      "setup = {'scvi_version': '0.9.0', 'summary_stats': {'n_batch': 3, 'n_vars': 40, 'n_labels': 1},\n"
      "  'data_registry': {'X': {'attr_name': 'X', 'attr_key': None},\n"
      "     'batch_indices': {'attr_name': 'obs', 'attr_key': '_scvi_batch'}},\n"
      "  'categorical_mappings': {'_scvi_batch': field('site', ['Site_a', 'site_b', 'site_c'])}}\n"
      "pickle.dump({'init_params_': {**p['non_kwargs'], 'model_kwargs': {}, 'use_cuda': True},\n"
      "  'is_trained_': True, 'scvi_setup_dict_': setup}, open(d + '/old_attr.pkl', 'wb'))\n");
  EXPECT_THAT(refused(folder.file("legacy")),
              HasSubstr("scvi.model.SCVI.convert_legacy_save(FOLDER, NEW_FOLDER, prefix='old_')"));
  run("d = sys.argv[1]\n"
      "scvi.model.SCVI.convert_legacy_save(d + '/legacy', d + '/converted', prefix='old_')\n");
  const auto model = read_scvi_encoder(folder.file("converted"));
  EXPECT_EQ(model.batch_key, "site");
  const auto json = nlohmann::json::parse(std::ifstream(kGolden + "nb.json"));
  expect_means(model.encoder, Cells(json.at("counts")), json.at("latent_mean"));
}

}  // namespace
}  // namespace zerocell
