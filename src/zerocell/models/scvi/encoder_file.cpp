#include "zerocell/models/scvi/encoder_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "zerocell/checkpoint/mapped_file.h"
#include "zerocell/models/scvi/model_folder.h"
#include "zerocell/models/scvi/model_registry.h"
#include "zerocell/models/scvi/tensor_reader.h"

namespace zerocell {
namespace {

/// Beginnings of the names of tensors that the means of q(z | x) do not depend on. Source: scvi-tools 1.4.2,
/// module/_vae.py.
constexpr std::array<std::string_view, 5> kNotNeeded = {"decoder.", "l_encoder.", "px_r", "library_log_",
                                                        "_embeddings_dict."};

class EncoderReader {
 public:
  EncoderReader(const ScviTensorReader& tensors, const ScviDescription& description)
      : tensors_(tensors), sizes_(description.model.weights.sizes) {
    encoder_.settings = description.encoder;
    encoder_.n_genes = sizes_.n_genes;
    encoder_.n_hidden = sizes_.n_hidden;
    encoder_.n_latent = sizes_.n_latent;
  }

  ScviEncoder read() {
    require_shapes();
    for (size_t l = 0; l < sizes_.n_layers; ++l) encoder_.layers.push_back(layer(l));
    encoder_.mean_weight = weight("z_encoder.mean_encoder.weight", sizes_.n_latent, sizes_.n_hidden);
    encoder_.mean_bias = vector("z_encoder.mean_encoder.bias", sizes_.n_latent);
    return std::move(encoder_);
  }

 private:
  struct Place {
    std::string name;
    std::vector<size_t> shape;
  };

  static std::string layer_name(size_t l) { return fmt::format("z_encoder.encoder.fc_layers.Layer {}", l); }
  size_t n_inputs(size_t l) const {
    const bool is_told = l == 0 || encoder_.settings.in_every_layer;
    return (l == 0 ? sizes_.n_genes : sizes_.n_hidden) + (is_told ? encoder_.settings.n_covariates : 0);
  }

  /// All shapes before any memory, and nothing of the encoder that is not understood.
  void require_shapes() const {
    std::vector<Place> places;
    std::set<std::string, std::less<>> known;
    const auto add = [&](std::string name, std::vector<size_t> shape) {
      known.insert(name);
      places.push_back({std::move(name), std::move(shape)});
    };
    const auto add_linear = [&](const std::string& name, size_t n_out, size_t n_in) {
      add(name + ".weight", {n_out, n_in});
      add(name + ".bias", {n_out});
    };
    for (size_t l = 0; l < sizes_.n_layers; ++l) {
      add_linear(layer_name(l) + ".0", sizes_.n_hidden, n_inputs(l));
      if (!encoder_.settings.batch_norm) continue;
      for (const char* part : {".1.weight", ".1.bias", ".1.running_mean", ".1.running_var"})
        add(layer_name(l) + part, {sizes_.n_hidden});
      known.insert(layer_name(l) + ".1.num_batches_tracked");
    }
    add_linear("z_encoder.mean_encoder", sizes_.n_latent, sizes_.n_hidden);
    add_linear("z_encoder.var_encoder", sizes_.n_latent, sizes_.n_hidden);
    size_t n_values = 0;
    for (const auto& place : places) {
      tensors_.find(place.name, place.shape);
      size_t size = 1;
      for (const size_t n : place.shape) size *= n;
      n_values += size;
    }
    tensors_.require_backed(n_values);
    tensors_.refuse_others([&](std::string_view name) {
      return known.contains(name) || std::ranges::any_of(kNotNeeded, [name](std::string_view beginning) {
               return name.starts_with(beginning);
             });
    });
  }

  AlignedVector<float> vector(const std::string& name, size_t size) const {
    const auto values = tensors_.values(name, std::array{size});
    return {values.begin(), values.end()};
  }
  /// PyTorch's (out, in) as (in, out).
  AlignedVector<float> weight(const std::string& name, size_t n_out, size_t n_in) const {
    const auto values = tensors_.values(name, std::array{n_out, n_in});
    AlignedVector<float> turned(values.size());
    for (size_t o = 0; o < n_out; ++o)
      for (size_t i = 0; i < n_in; ++i) turned[i * n_out + o] = values[o * n_in + i];
    return turned;
  }
  ScviEncoder::Layer layer(size_t l) const {
    const auto name = layer_name(l);
    const size_t h = sizes_.n_hidden;
    ScviEncoder::Layer layer;
    layer.weight = weight(name + ".0.weight", h, n_inputs(l));
    layer.bias = vector(name + ".0.bias", h);
    if (!encoder_.settings.batch_norm) return layer;
    layer.norm_weight = vector(name + ".1.weight", h);
    layer.norm_bias = vector(name + ".1.bias", h);
    layer.moving_mean = vector(name + ".1.running_mean", h);
    layer.moving_variance = vector(name + ".1.running_var", h);
    return layer;
  }

  const ScviTensorReader& tensors_;
  ScviSizes sizes_;
  ScviEncoder encoder_;
};

}  // namespace

ScviEncoderModel parse_scvi_encoder(std::span<const std::byte> bytes, const std::string& path) {
  const TorchZip file = open_scvi_file(bytes, path);
  ScviDescription description = read_scvi_registry(file.pickle, path, ScviPart::encoder);
  const ScviTensorReader tensors(file, bytes.size(), path);
  ScviEncoderModel result;
  result.encoder = EncoderReader(tensors, description).read();
  ScviModel& model = description.model;
  result.genes = std::move(model.genes);
  result.batches = std::move(model.batches);
  result.batch_key = std::move(model.batch_key);
  result.gene_likelihood = std::move(description.gene_likelihood);
  result.n_cells = model.n_cells;
  result.notes = std::move(description.notes);
  if (!tensors.note().empty()) result.notes.push_back(tensors.note());
  return result;
}

ScviEncoderModel read_scvi_encoder(const std::string& path) {
  const auto file = scvi_model_file(path);
  return parse_scvi_encoder(MappedFile::open(file)->bytes(), file);
}

}  // namespace zerocell
