#include "zerocell/models/scvi/model_file.h"

#include <fmt/format.h>

#include <deque>
#include <map>
#include <set>

#include "zerocell/checkpoint/mapped_file.h"
#include "zerocell/checkpoint/torch_writer.h"
#include "zerocell/core/error.h"
#include "zerocell/models/scvi/model_folder.h"
#include "zerocell/models/scvi/model_registry.h"
#include "zerocell/models/scvi/tensor_reader.h"

namespace zerocell {
namespace {

// --- Tensors that a network of these sizes stores ---------------------------------------------------------

/// Parameters that scvi-tools stores and does not use with these settings.
std::vector<ScviTensor> unused_tensors(const ScviSizes& s) {
  std::vector<ScviTensor> tensors;
  const auto add = [&](std::string name, std::vector<size_t> shape) {
    size_t size = 1;
    for (const size_t n : shape) size *= n;
    tensors.push_back({std::move(name), std::move(shape), 0, size, false});
  };
  const auto add_linear = [&](const std::string& name, size_t n_out, size_t n_in) {
    add(name + ".weight", {n_out, n_in});
    add(name + ".bias", {n_out});
  };
  // The encoder of library sizes has one layer, whatever n_layers is.
  const std::string layer = "l_encoder.encoder.fc_layers.Layer 0";
  add_linear(layer + ".0", s.n_hidden, s.n_genes);
  for (const char* part : {".1.weight", ".1.bias", ".1.running_mean", ".1.running_var"})
    add(layer + part, {s.n_hidden});
  add_linear("l_encoder.mean_encoder", 1, s.n_hidden);
  add_linear("l_encoder.var_encoder", 1, s.n_hidden);
  add_linear("decoder.px_r_decoder", s.n_genes, s.n_hidden);
  if (s.gene_likelihood == GeneLikelihood::nb)
    add_linear("decoder.px_dropout_decoder", s.n_genes, s.n_hidden);
  return tensors;
}

/// Names of the counters of minibatches that each batch norm has; they are whole numbers.
std::set<std::string> counters(const ScviSizes& s) {
  std::set<std::string> names{"l_encoder.encoder.fc_layers.Layer 0.1.num_batches_tracked"};
  for (const char* part : {"z_encoder.encoder", "decoder.px_decoder"})
    for (size_t l = 0; l < s.n_layers; ++l)
      names.insert(fmt::format("{}.fc_layers.Layer {}.1.num_batches_tracked", part, l));
  return names;
}

// --- Reading ----------------------------------------------------------------------------------------------

ScviWeights read_weights(const ScviTensorReader& tensors, const ScviSizes& sizes) {
  const ScviLayout layout(sizes);
  std::set<std::string, std::less<>> known;
  for (auto& name : counters(sizes)) known.insert(name);
  // All shapes before any memory.
  size_t n_values = 0;
  for (const auto* list : {&layout.parameters(), &layout.statistics()})
    for (const auto& tensor : *list) {
      tensors.find(tensor.name, tensor.shape);
      known.insert(tensor.name);
      n_values += tensor.size;
    }
  tensors.require_backed(n_values);
  for (const auto& tensor : unused_tensors(sizes)) {
    if (tensors.contains(tensor.name)) tensors.find(tensor.name, tensor.shape);
    known.insert(tensor.name);
  }
  tensors.refuse_others([&](std::string_view name) { return known.contains(name); });
  ScviWeights weights(sizes);
  for (const auto* list : {&layout.parameters(), &layout.statistics()})
    for (const auto& tensor : *list) weights.set_tensor(tensor, tensors.values(tensor.name, tensor.shape));
  return weights;
}

// --- Writing ----------------------------------------------------------------------------------------------

void write_weights(TorchWriter& out, const ScviWeights& weights, std::deque<std::vector<float>>& values) {
  const ScviLayout layout(weights.sizes);
  out.begin_ordered_dict();
  const auto write = [&](const ScviTensor& tensor, std::vector<float> content) {
    out.text(tensor.name);
    values.push_back(std::move(content));
    out.tensor(tensor.shape, values.back());
  };
  for (const auto* list : {&layout.parameters(), &layout.statistics()})
    for (const auto& tensor : *list) write(tensor, weights.tensor(tensor));
  for (const auto& tensor : unused_tensors(weights.sizes)) {
    const bool is_one = tensor.name.ends_with(".1.weight") || tensor.name.ends_with(".running_var");
    write(tensor, std::vector<float>(tensor.size, is_one ? 1.0f : 0.0f));
  }
  for (const auto& name : counters(weights.sizes)) {
    out.text(name);
    out.scalar_tensor(0);
  }
  out.end_dict();
}

/// One field of scvi-tools' registry of a data set.
class FieldWriter {
 public:
  explicit FieldWriter(TorchWriter& out) : out_(out) {}

  void begin(const char* name, const char* attr_name, const char* attr_key) {
    out_.text(name);
    out_.begin_dict();
    out_.text("data_registry");
    out_.begin_dict();
    if (attr_name != nullptr) {
      out_.text("attr_name");
      out_.text(attr_name);
      out_.text("attr_key");
      attr_key != nullptr ? out_.text(attr_key) : out_.none();
    }
    out_.end_dict();
    out_.text("state_registry");
    out_.begin_dict();
  }
  void number(const char* name, size_t value) {
    out_.text(name);
    out_.integer(static_cast<int64_t>(value));
  }
  void begin_summary() {
    out_.end_dict();
    out_.text("summary_stats");
    out_.begin_dict();
  }
  void end() {
    out_.end_dict();
    out_.end_dict();
  }
  /// A field that the model was set up without.
  void unused(const char* name, const char* summary) {
    begin(name, nullptr, nullptr);
    begin_summary();
    if (summary != nullptr) number(summary, 0);
    end();
  }

 private:
  TorchWriter& out_;
};

void write_fields(TorchWriter& out, const ScviModel& model) {
  constexpr int64_t kOnlyCategory = 0;  // scvi-tools' name where there is no column
  FieldWriter field(out);
  out.begin_dict();
  field.begin("X", "X", nullptr);
  field.number("n_obs", model.n_cells);
  field.number("n_vars", model.genes.size());
  out.text("column_names");
  out.text_array(model.genes);
  field.begin_summary();
  field.number("n_vars", model.genes.size());
  field.number("n_cells", model.n_cells);
  field.end();
  field.begin("batch", "obs", "_scvi_batch");
  out.text("categorical_mapping");
  model.batch_key.empty() ? out.integer_array({&kOnlyCategory, 1}) : out.text_array(model.batches);
  out.text("original_key");
  out.text(model.batch_key.empty() ? "_scvi_batch" : model.batch_key);
  field.begin_summary();
  field.number("n_batch", model.weights.sizes.n_batches);
  field.end();
  field.begin("labels", "obs", "_scvi_labels");
  out.text("categorical_mapping");
  out.integer_array({&kOnlyCategory, 1});
  out.text("original_key");
  out.text("_scvi_labels");
  field.begin_summary();
  field.number("n_labels", 1);
  field.end();
  field.unused("size_factor", nullptr);
  field.unused("extra_categorical_covs", "n_extra_categorical_covs");
  field.unused("extra_continuous_covs", "n_extra_continuous_covs");
  out.end_dict();
}

void write_registry(TorchWriter& out, const ScviModel& model) {
  const auto entry = [&](const char* name, const char* value) {
    out.text(name);
    out.text(value);
  };
  out.begin_dict();
  entry("scvi_version", "1.4.2");
  entry("model_name", "SCVI");
  entry("setup_method_name", "setup_anndata");
  if (!model.run.empty()) entry("zerocell_run", model.run.c_str());
  out.text("setup_args");
  out.begin_dict();
  for (const char* name : {"layer", "labels_key", "size_factor_key", "categorical_covariate_keys",
                           "continuous_covariate_keys"}) {
    out.text(name);
    out.none();
  }
  out.text("batch_key");
  model.batch_key.empty() ? out.none() : out.text(model.batch_key);
  out.end_dict();
  out.text("field_registries");
  write_fields(out, model);
  out.end_dict();
}

void write_settings(TorchWriter& out, const ScviModel& model) {
  const auto& s = model.weights.sizes;
  out.begin_dict();
  out.text("non_kwargs");
  out.begin_dict();
  const std::map<std::string, size_t> sizes{
      {"n_hidden", s.n_hidden}, {"n_latent", s.n_latent}, {"n_layers", s.n_layers}};
  for (const auto& [name, size] : sizes) {
    out.text(name);
    out.integer(static_cast<int64_t>(size));
  }
  out.text("dropout_rate");
  out.real(model.dropout_rate);
  const std::map<std::string, std::string> texts{{"dispersion", "gene"},
                                                 {"gene_likelihood", to_string(s.gene_likelihood)},
                                                 {"latent_distribution", "normal"}};
  for (const auto& [name, text] : texts) {
    out.text(name);
    out.text(text);
  }
  out.text("use_observed_lib_size");
  out.boolean(true);
  out.end_dict();
  out.text("kwargs");
  out.begin_dict();
  out.text("kwargs");
  out.begin_dict();
  for (int i = 0; i < 3; ++i) out.end_dict();
}

}  // namespace

ScviModel parse_scvi_model(std::span<const std::byte> bytes, const std::string& path) {
  const TorchZip file = open_scvi_file(bytes, path);
  ScviModel model = read_scvi_registry(file.pickle, path, ScviPart::all).model;
  model.weights = read_weights(ScviTensorReader(file, bytes.size(), path), model.weights.sizes);
  return model;
}

ScviModel read_scvi_model(const std::string& path) {
  const auto file = scvi_model_file(path);
  return parse_scvi_model(MappedFile::open(file)->bytes(), file);
}

void write_scvi_model(const ScviModel& model, const std::string& path) {
  const auto& sizes = model.weights.sizes;
  if (model.genes.size() != sizes.n_genes || model.batches.size() != sizes.n_batches)
    throw Error::internal("write_scvi_model: names of genes or batches are not as many as the sizes say");
  TorchWriter out;
  std::deque<std::vector<float>> values;
  out.begin_dict();
  out.text("model_state_dict");
  write_weights(out, model.weights, values);
  out.text("var_names");
  out.text_array(model.genes);
  out.text("attr_dict");
  out.begin_dict();
  out.text("is_trained_");
  out.boolean(true);
  out.text("init_params_");
  write_settings(out, model);
  out.text("registry_");
  write_registry(out, model);
  out.end_dict();
  out.end_dict();
  out.write(path);
}

}  // namespace zerocell
