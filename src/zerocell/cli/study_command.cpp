#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "zerocell/cli/command.h"
#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/core/regular_file.h"
#include "zerocell/core/shell_text.h"
#include "zerocell/core/system.h"
#include "zerocell/core/utf8.h"
#include "zerocell/study/run_study.h"
#include "zerocell/study/study_template.h"

namespace zerocell {
namespace {

struct StudyArguments {
  std::string path, out, cache, device = "auto";
  bool dry_run = false, strict = false;
};

struct InitArguments {
  std::vector<std::string> data;
  std::string out = "study.toml";
};

std::string padded(const std::string& text, size_t width) {
  const size_t used = display_width(text);
  return text + std::string(used < width ? width - used : 0, ' ');
}

/// Rows of texts as a table; the first column to the left, the others to the right.
std::string table_text(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows)
    for (size_t j = 0; j < row.size(); ++j) {
      if (widths.size() <= j) widths.push_back(0);
      widths[j] = std::max(widths[j], display_width(row[j]));
    }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (size_t j = 0; j < row.size(); ++j)
      line += j == 0 ? padded(row[j], widths[j])
                     : "  " + std::string(widths[j] - display_width(row[j]), ' ') + row[j];
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string tags_of(const std::vector<EmbeddingSpec>& specs) {
  std::string out;
  for (const auto& spec : specs) out += (out.empty() ? "" : " ") + printable(spec.tag);
  return out.empty() ? "nothing" : out;
}

int print_plan(const StudyFile& study, const StudyPlan& plan, ThreadPool& pool, const CommonOptions& common,
               TerminalProgress& progress) {
  std::vector<std::vector<std::string>> rows{
      {"data set", "cells", "embeddings", "reconstructions", "seconds", "memory"}};
  nlohmann::ordered_json json{{"title", study.title}, {"parts", nlohmann::ordered_json::array()}};
  std::string details;
  double seconds = 0;
  for (const auto& part : plan.parts) {
    const auto estimate = estimate_part(study, part, pool, common.memory_bytes(), progress);
    seconds += estimate.seconds;
    rows.push_back({printable(part.name), std::to_string(part.n_cells),
                    std::to_string(part.embeddings.size()), std::to_string(part.reconstructions.size()),
                    fmt::format("{:.0f}{}", estimate.seconds, estimate.unknown.empty() ? "" : " + ?"),
                    format_size(estimate.bytes)});
    details += fmt::format("{}: {}", printable(part.name), tags_of(part.embeddings));
    if (!part.reconstructions.empty()) details += "; reconstruction: " + tags_of(part.reconstructions);
    details += "\n";
    for (const auto& missing : part.not_applicable)
      details += fmt::format("  without {}: {}\n", printable(missing.tag), printable(missing.message));
    for (const auto& tag : estimate.unknown)
      details += fmt::format("  the time of {} could not be told\n", printable(tag));
    auto tags = nlohmann::ordered_json::array(), missing = nlohmann::ordered_json::array();
    for (const auto& spec : part.embeddings) tags.push_back(spec.tag);
    for (const auto& one : part.not_applicable)
      missing.push_back({{"method", one.tag}, {"reason", one.message}});
    json["parts"].push_back({{"name", part.name},
                             {"variant", to_string(part.variant)},
                             {"n_cells", part.n_cells},
                             {"embeddings", std::move(tags)},
                             {"n_reconstructions", part.reconstructions.size()},
                             {"not_applicable", std::move(missing)},
                             {"unknown_cost", estimate.unknown},
                             {"seconds", estimate.seconds},
                             {"bytes", estimate.bytes}});
  }
  progress.finish();
  json["seconds"] = seconds;
  if (common.json) {
    print_result(json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    return 0;
  }
  print_result(fmt::format(
      "{}\n\n{}\n{}\nAbout {} with {} threads where no earlier run has finished anything of it; files "
      "come on top. Nothing was computed.\n",
      printable(study.title), table_text(rows), details, format_duration(seconds), pool.size()));
  return 0;
}

/// Data sets x methods of one metric, means over seeds.
std::string matrix_text(const StudyResults& results, const char* metric) {
  std::vector<std::vector<std::string>> rows{{metric}};
  for (const auto& method : results.methods) rows[0].push_back(printable(method.tag));
  bool any = false;
  for (const auto& dataset : results.datasets) {
    rows.push_back({printable(dataset.name)});
    for (const auto& method : results.methods) {
      const auto value = method_value(dataset.evaluation, method.tag, metric);
      any |= value.has_value();
      rows.back().push_back(value ? fmt::format("{:.3f}", value->mean) : "-");
    }
  }
  return any ? table_text(rows) + "\n" : "";
}

void print_summary(const StudyResults& results, const std::string& out, const CommonOptions& common) {
  if (common.json) {
    print_result(read_whole_file(out + "/results.json", std::numeric_limits<uint32_t>::max()));
    return;
  }
  std::string text = printable(results.title) + "\n\n";
  for (const char* const metric : {"avg_bio", "asw_batch"}) text += matrix_text(results, metric);
  if (!results.failures.empty()) {
    text += fmt::format("{} could not be computed:\n", results.failures.size());
    for (const auto& failure : results.failures)
      text += fmt::format("  {}{}{} ({}): {}\n", printable(failure.dataset), failure.tag.empty() ? "" : ", ",
                          printable(failure.tag), failure.task, printable(failure.message));
    text += "\n";
  }
  text += fmt::format("Report: {}\n", std::filesystem::absolute(out + "/index.html").string());
  print_result(text);
}

int run_study_command(const StudyArguments& arguments, const CommonOptions& common) {
  if (arguments.path.empty())
    throw Error::usage({"study", "a STUDY.toml", "none",
                        "zerocell study STUDY.toml --out FOLDER, or zerocell study init DATA..."});
  if (arguments.out.empty() && !arguments.dry_run)
    throw Error::usage({"study", "--out FOLDER, or --dry-run", "neither", ""});
  refuse_missing_device(arguments.device);
  TerminalProgress progress(common.progress_options());
  StudyFile study;
  {
    ThreadPool pool(common.n_threads());
    study = read_study_file(arguments.path, pool);
  }
  ThreadPool pool(study.threads && common.threads == 0
                      ? std::min(static_cast<int>(study.threads), common.n_threads())
                      : common.n_threads());
  const auto plan = plan_study(study, pool);
  if (arguments.dry_run) return print_plan(study, plan, pool, common, progress);
  RunStudyOptions options;
  options.out = arguments.out;
  options.cache = arguments.cache;
  options.device = arguments.device;
  options.command_line = common.command_line;
  options.max_memory = common.memory_bytes();
  options.force = common.force;
  const auto results = run_study(study, plan, options, pool, progress);
  progress.finish();
  print_summary(results, arguments.out, common);
  return arguments.strict && !results.failures.empty() ? 1 : 0;
}

int run_init_command(const InitArguments& arguments, const CommonOptions& common) {
  InputFiles inputs;
  for (const auto& data : arguments.data) inputs.add_data_set(data);
  refuse_existing_file(arguments.out, common.force, inputs);
  ThreadPool pool(common.n_threads());
  const auto folder = std::filesystem::path(arguments.out).parent_path().string();
  write_text_file(arguments.out, study_template(arguments.data, folder, pool));
  print_result(fmt::format("{}: look at labels, batches and methods, then\n  zerocell study {} --dry-run\n",
                           arguments.out, shell_word(arguments.out)));
  return 0;
}

}  // namespace

void add_study_command(CommandSetup setup) {
  auto* command =
      setup.app.add_subcommand("study", "Many data sets and methods in one run that can be resumed");
  auto arguments = std::make_shared<StudyArguments>();
  command->add_option("STUDY", arguments->path, "STUDY.toml: data sets, methods, tasks (docs/study.md)");
  command->add_option("--out", arguments->out, "Folder for the results; an earlier run goes on there");
  command->add_option("--cache", arguments->cache,
                      "Folder for what is finished, shared by studies (default: .cache in --out)");
  command->add_option("--device", arguments->device, "Where models run")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
      ->capture_default_str();
  command->add_flag("--dry-run", arguments->dry_run,
                    "Check everything, print plan and estimate, compute nothing");
  command->add_flag("--strict", arguments->strict, "Exit status 1 when anything could not be computed");
  add_common_options(*command, setup.common);
  command->footer(
      "Examples:\n"
      "  zerocell study init pbmc.h5ad pancreas.h5ad --out study.toml\n"
      "  zerocell study study.toml --dry-run\n"
      "  zerocell study study.toml --out results");
  auto* init = command->add_subcommand("init", "Write a commented STUDY.toml for data sets");
  auto init_arguments = std::make_shared<InitArguments>();
  init->add_option("DATA", init_arguments->data, "Data sets")->required();
  init->add_option("--out", init_arguments->out, "File to write")->capture_default_str();
  add_common_options(*init, setup.common);
  init->callback([init_arguments, &common = setup.common, &run = setup.run] {
    run = [init_arguments, &common] { return run_init_command(*init_arguments, common); };
  });
  command->callback([command, arguments, &common = setup.common, &run = setup.run] {
    if (!command->get_subcommands().empty()) return;
    run = [arguments, &common] { return run_study_command(*arguments, common); };
  });
}

}  // namespace zerocell
