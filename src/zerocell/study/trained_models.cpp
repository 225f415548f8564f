#include "zerocell/study/trained_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/models/scvi/model_file.h"
#include "zerocell/study/methods.h"

namespace zerocell {
namespace fs = std::filesystem;

namespace {

/// True for a model that a run of zerocell trained and nobody wrote since.
bool is_own_model(const std::string& file) {
  if (!special_kind(file).empty()) return false;
  try {
    return !read_scvi_model(file).run.empty();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

bool trains_model(const EmbeddingSpec& spec) {
  const auto& method = find_method(spec);
  return method.trains != nullptr && method.trains(spec);
}

TrainedModels::TrainedModels(std::string folder, std::span<const EmbeddingSpec> specs)
    : folder_(std::move(folder)) {
  if (folder_.empty()) return;
  for (const auto& spec : specs) inputs_.add(spec);
  if (std::ranges::none_of(specs, trains_model))
    throw Error::usage({"--save-models", "an embedding that is trained, such as scvi", "none",
                        "Leave the option out, or add such an embedding"});
  for (const auto& spec : specs)
    if (trains_model(spec) &&
        (spec.tag.find('/') != std::string::npos || spec.tag == "." || spec.tag == ".."))
      throw Error::usage({fmt::format("--save-models, tag '{}'", spec.tag), "a tag that can name a folder",
                          "one that cannot", "Give the embedding another tag: NAME@" + spec.method});
}

bool TrainedModels::keeps(const EmbeddingSpec& spec) const {
  return !folder_.empty() && trains_model(spec);
}

std::string TrainedModels::path(const EmbeddingSpec& spec) const {
  return keeps(spec) ? folder_ + "/" + spec.tag + "/model.pt" : "";
}

bool TrainedModels::holds(const EmbeddingSpec& spec, const std::string& run) const {
  return is_model_of(run, path(spec));
}

bool TrainedModels::is_model_of(const std::string& run, const std::string& file) {
  std::error_code error;
  if (!fs::exists(file, error) || !special_kind(file).empty()) return false;
  try {
    return read_scvi_model(file).run == run;
  } catch (const Error&) {
    return false;  // whatever it is, it is not the model of this run
  }
}

void TrainedModels::prepare(const EmbeddingSpec& spec, const std::string& run, bool overwrite) const {
  const auto file = path(spec);
  std::error_code error;
  if (!inputs_.find(file).empty())
    throw Error::usage({file, "a file that this run does not read", "one of its inputs",
                        "Name another folder for --save-models"});
  if (!overwrite && fs::exists(file, error) && !holds(spec, run))
    throw Error::usage({file, "no model yet, or that of this very run", "another one",
                        "Overwrite it with --force, or name another folder for --save-models"});
  if (fs::exists(fs::symlink_status(file, error)) && !is_own_model(file))
    throw Error::usage({file, "no file yet, or a model that zerocell wrote", "another file",
                        "Move it away, or name another folder for --save-models"});
  make_folder(fs::path(file).parent_path().string());
  remove_left_over(fs::path(file).parent_path().string());
}

}  // namespace zerocell
