#include "zerocell/study/study_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "zerocell/study/inspect.h"
#include "zerocell/study/own_file.h"

namespace zerocell {
namespace fs = std::filesystem;
namespace {

constexpr const char* kHead = R"(# A study: every method on every data set. Run it with
#   zerocell study THIS_FILE --out FOLDER        (--dry-run first: what it would do, and how long)
# All keys are in docs/study.md. Paths are relative to this file.
title = "My study"
seed = 0
tasks = ["clustering", "batch", "reconstruction"]
# cluster_seeds = 10          # Louvain runs to average
# reduced_dims = 30           # score everything again on so many principal components
# save_models = true          # keep what scVI trained as files
# [limits]
# threads = 8
# max_memory = "16G"
)";

constexpr const char* kMethods = R"(
# ---- methods: as on the command line; 'zerocell models' lists them
[[method]]
spec = "hvg"

[[method]]
spec = "pca"

[[method]]
spec = "harmony"              # needs a batch column

[[method]]
spec = "scvi"
seeds = 3                     # one seed says little

# [[method]]
# spec = "geneformer=models/gf-6L-30M-i2048"
# controls = ["weights", "genes"]   # adds the untrained network, and shuffled genes
# subsample = 1000                  # on a sample only; all methods run on the same cells too

# [[method]]
# spec = "human@scgpt=models/scgpt_human"
# controls = ["weights"]
)";

/// A basic string of TOML.
std::string toml_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 32)
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + "\"";
}

/// The key counts for a matrix that is not taken by itself.
std::string in_study_counts(const Inspection& inspection) {
  constexpr std::string_view kLayers = "layers/";
  const auto& matrix = inspection.other_counts.front();
  return "layer:" + (matrix.starts_with(kLayers) ? matrix.substr(kLayers.size()) : matrix);
}

std::string columns_comment(const Inspection& inspection) {
  std::string names;
  size_t n = 0;
  for (const auto& column : inspection.columns) {
    if (++n > 8) {
      names += ", ...";
      break;
    }
    names += fmt::format("{}{} ({} groups)", names.empty() ? "" : ", ", column.name, column.n_groups);
  }
  std::ranges::replace(names, '\n', ' ');
  return names.empty() ? "none that splits the cells into groups" : names;
}

std::string column_line(const Inspection& inspection, const char* key) {
  const auto* column = inspection.suggested(key);
  return column ? fmt::format("{} = {}\n", key, toml_text(column->name))
                : fmt::format("# {} = \"\"                  # no column looks like one; obs has: {}\n", key,
                              columns_comment(inspection));
}

}  // namespace

std::string study_template(const std::vector<std::string>& data, const std::string& folder,
                           ThreadPool& pool) {
  std::string out = kHead;
  std::set<std::string> names;
  for (const auto& path : data) {
    const auto modality = suggested_modality(path);
    const auto inspection = inspect(path, pool, modality);
    auto name = fs::path(path).stem().string();
    for (size_t n = 2; !names.insert(name).second; ++n)
      name = fmt::format("{}-{}", fs::path(path).stem().string(), n);
    std::error_code error;
    const auto base = folder.empty() ? fs::current_path() : fs::absolute(folder);
    auto shown = fs::relative(fs::absolute(path), base, error).string();
    if (error || shown.empty()) shown = fs::absolute(path).string();
    out +=
        fmt::format("\n# ---- {} cells x {} genes; columns of obs: {}\n[[dataset]]\nname = {}\npath = {}\n",
                    inspection.n_cells, inspection.n_genes, columns_comment(inspection), toml_text(name),
                    toml_text(shown));
    if (!modality.empty()) out += fmt::format("modality = {}\n", toml_text(modality));
    out += column_line(inspection, "label") + column_line(inspection, "batch");
    if (!inspection.other_counts.empty())
      out += fmt::format("counts = {}\n", toml_text(in_study_counts(inspection)));
    else if (inspection.counts.empty())
      out += "# No matrix holds counts: methods that need them cannot run here.\n";
    else
      out += fmt::format("# counts = \"auto\"            # takes {} here\n", inspection.counts);
    out +=
        "# where = \"tissue == 'blood'\"\n# overlap = \"pretrained.txt\"   # run again without these cells\n"
        "# overlap_by = \"dataset_id\"    # the list holds values of this column, not names of cells\n";
  }
  return with_hash_line(out + kMethods + "\n");
}

}  // namespace zerocell
