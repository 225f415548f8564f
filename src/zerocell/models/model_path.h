#pragma once
#include <string>
#include <string_view>

namespace zerocell {

/// How a kind of model is stored and named, for messages.
struct ModelKind {
  std::string_view name;    ///< "Geneformer"
  std::string_view method;  ///< "geneformer", as in geneformer=PATH
  std::string_view config;  ///< "config.json": the file that makes a folder one of a model
};

inline constexpr ModelKind kGeneformerKind{"Geneformer", "geneformer", "config.json"};
inline constexpr ModelKind kScgptKind{"scGPT", "scgpt", "args.json"};

/// A model as the user names it.
struct ModelPath {
  std::string folder;   ///< with the configuration and the dictionaries
  std::string weights;  ///< what Checkpoint::open takes: the folder, or the one file that was named
  std::string config;   ///< path of the configuration
};

/// `path` is the folder of a model, or a file of weights in it. Throws Error(data) where it is something
/// else, with what it looks like and what to do: nothing there, an empty folder, the folder of another kind
/// of model, a folder of models, a folder or a file of weights without the configuration, a dictionary, an
/// archive, the remains of a download.
ModelPath find_model(const std::string& path, const ModelKind& kind);

}  // namespace zerocell
