#include "zerocell/study/methods.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <filesystem>

#include <algorithm>
#include <filesystem>
#include <map>

#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/core/system.h"
#include "zerocell/study/stage_clock.h"

namespace zerocell {

std::vector<std::vector<size_t>> shared_passes(std::span<const EmbeddingJob> jobs) {
  std::vector<std::vector<size_t>> passes;
  std::map<std::string, size_t> of_key;
  std::map<std::string, size_t> n_jobs;  // a key is worth reading files only where it may be shared
  for (const auto& job : jobs) ++n_jobs[job.spec.method];
  for (size_t i = 0; i < jobs.size(); ++i) {
    const auto& method = find_method(jobs[i].spec);
    if (method.pass_key && n_jobs[method.name] > 1) {
      const auto [known, is_new] =
          of_key.emplace(method.name + ' ' + method.pass_key(jobs[i]), passes.size());
      if (!is_new) {
        passes[known->second].push_back(i);
        continue;
      }
    }
    passes.push_back({i});
  }
  return passes;
}

PassResults compute_pass(std::span<const EmbeddingJob> jobs) {
  const auto& method = find_method(jobs.front().spec);
  PassResults results;
  StageClock clock;
  clock.run("embedding", 0, [&] {
    if (method.compute_together)
      results.embeddings = method.compute_together(jobs);
    else
      for (const auto& job : jobs) results.embeddings.push_back(method.compute(job));
  });
  const auto own_seconds = [](const ComputedEmbedding& embedding) {
    double seconds = 0;
    for (const auto& stage : embedding.stages) seconds += stage.seconds;
    return seconds;
  };
  double all_seconds = 0;
  for (const auto& embedding : results.embeddings) all_seconds += own_seconds(embedding);
  for (size_t i = 0; i < jobs.size(); ++i) {
    StageCost cost = clock.stages.front();
    if (jobs.size() > 1)
      cost.seconds *= all_seconds > 0 ? own_seconds(results.embeddings[i]) / all_seconds
                                      : 1.0 / static_cast<double>(jobs.size());
    cost.cells_per_second = cost.seconds > 0 ? static_cast<double>(jobs[i].data.n_cells()) / cost.seconds : 0;
    results.costs.push_back(cost);
  }
  return results;
}

namespace {

/// Embeddings and weights are held in memory. A number takes 4 bytes there, and some 20 in the longest text.
constexpr uint64_t kBytesOfFile = 8;

void refuse_oversized(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error || size / kBytesOfFile < available_memory()) return;
  throw Error::data(
      {path,
       fmt::format("an embedding or a model that fits into {} of memory", format_size(available_memory())),
       fmt::format("a file of {}", format_size(size)), "Check that this is the right file"});
}

}  // namespace

std::string spec_files_hash(const EmbeddingSpec& spec, FileHashes& files) {
  const auto& method = find_method(spec);
  ContentHash hash;
  if (method.files)
    for (const auto& file : method.files(spec)) {
      refuse_oversized(file);
      hash.add(std::string_view(files.of(file)));
    }
  else if (method.takes_path) {
    refuse_oversized(spec.path);
    hash.add(std::string_view(files.of(spec.path)));
  }
  return hash.hex();
}

bool is_file_option(std::string_view option) {
  return option == "model" || option == "aliases";
}

void add_to_hash(ContentHash& hash, const EmbeddingSpec& spec, FileHashes& files) {
  const auto& method = find_method(spec);
  hash.add(std::string_view(spec.method));
  // What a path names counts by its content: of models their files, of a file also the extension that it is
  // read by. Other paths are names, as of obsm.
  if (!method.files)
    hash.add(std::string_view(method.takes_path ? std::filesystem::path(spec.path).extension().string()
                                                : spec.path));
  hash.add(std::string_view(spec_files_hash(spec, files)));
  auto options = spec.options;
  std::erase_if(options, [](const auto& option) { return option.first == "seed"; });
  std::ranges::sort(options);
  hash.add(static_cast<uint64_t>(options.size()));
  for (const auto& [key, value] : options)
    hash.add(std::string_view(key)).add(std::string_view(is_file_option(key) ? "" : value));
}

void require_batches(std::span<const EmbeddingSpec> specs, const std::string& batch) {
  for (const auto& spec : specs)
    if (find_method(spec).batches == BatchUse::needed && spec.option("batch_key", batch).empty())
      throw Error::usage({fmt::format("embedding '{}'", spec.text), "a column of obs with the batches",
                          "none", fmt::format("Give --batch COLUMN, or {}:batch_key=COLUMN", spec.method)});
}

const Method& find_method(const EmbeddingSpec& spec) {
  std::vector<std::string> names;
  for (const auto& method : method_table()) {
    names.push_back(method.name);
    if (method.name != spec.method) continue;
    if (method.takes_path == spec.path.empty() && method.name != "obsm")
      throw Error::usage({fmt::format("embedding '{}'", spec.text), method.takes_path ? "a path" : "no path",
                          method.takes_path ? "none" : fmt::format("'{}'", spec.path),
                          "Example: " + method.example});
    for (const auto& given : spec.options) {
      const std::string& key = given.first;
      const auto known = [&key](const MethodOption& option) { return option.name == key; };
      if (std::ranges::any_of(method.options, known)) continue;
      std::vector<std::string_view> options;
      for (const auto& option : method.options) options.push_back(option.name);
      throw Error::usage({fmt::format("embedding '{}'", spec.text),
                          fmt::format("one of: {}", fmt::join(options, ", ")),
                          fmt::format("option '{}'", key), "Example: " + method.example});
    }
    spec.option_size("seed", 0, 0);
    if (method.check) method.check(spec);
    return method;
  }
  throw Error::usage({fmt::format("embedding '{}'", spec.text),
                      fmt::format("one of: {}", fmt::join(names, ", ")),
                      fmt::format("method '{}'", spec.method), "See 'zerocell models'"});
}

}  // namespace zerocell
