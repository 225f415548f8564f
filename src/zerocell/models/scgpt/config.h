#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace zerocell {

/// Sizes and conventions of an scGPT network: args.json of the published folders.
struct ScgptConfig {
  size_t n_layers = 12;             ///< nlayers
  size_t dim = 512;                 ///< embsize, D
  size_t n_heads = 8;               ///< nheads
  size_t ffn_dim = 512;             ///< d_hid
  size_t n_bins = 51;               ///< n_bins: values are 0 (not expressed) and 1..n_bins-1
  size_t max_seq_len = 1200;        ///< max_seq_len: the longest cell, <cls> included
  std::string pad_token = "<pad>";  ///< pad_token: its name in vocab.json
  int pad_value = -2;               ///< pad_value: the value of padding, and in pretraining that of <cls>
  int mask_value = -1;              ///< mask_value: the value of a masked gene
  bool untrained = false;           ///< zerocell_untrained, our own entry: the weights beside it are random

  /// "12 layers, 512 dimensions, 8 heads, 51 bins, cells of up to 1,200 tokens"
  std::string text() const;
};

/// Reads args.json. embsize, nheads, d_hid and nlayers must be there, the rest defaults to what is published.
/// Entries that do not change the computation are passed over.
///
/// Throws Error(data) for a file that is no such object or above 1 MiB, a size that is missing or impossible
/// (embsize not a multiple of nheads, n_bins outside 3..513: values are clamped at 512), and for what would
/// compute something else: input_emb_style other than continuous, input_style other than binned,
/// cell_emb_style other than cls, pre_norm, a fast_transformer_backend other than flash.
ScgptConfig read_scgpt_config(const std::string& path);

/// read_scgpt_config on the bytes of a file; `path` is for messages.
ScgptConfig parse_scgpt_config(std::string_view text, const std::string& path);

/// Architectures by name: "human" (also that of the blood, kidney, brain, heart, lung and pan-cancer models),
/// and for trials "small" (4 layers, 256 dimensions, 4 heads) and "tiny" (2, 64, 4), which nobody published.
/// Throws Error(usage) that names them for any other.
ScgptConfig scgpt_architecture(const std::string& name);

/// Their names, the default first.
std::vector<std::string> scgpt_architectures();

/// As args.json, with the entries that the scgpt package's loaders read.
std::string to_json(const ScgptConfig& config);

}  // namespace zerocell
