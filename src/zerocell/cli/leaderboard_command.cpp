#include "zerocell/report/leaderboard.h"

#include <fmt/format.h>

#include <filesystem>

#include "zerocell/cli/command.h"
#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/metrics/registry.h"
#include "zerocell/reconstruct/reconstruction_scores.h"
#include "zerocell/study/result_files.h"

namespace zerocell {
namespace {

struct LeaderboardArguments {
  std::vector<std::string> folders;
  std::string out;
  LeaderboardOptions options;
};

constexpr const char* kFooter =
    "Rows are methods (seeds of one method averaged), columns are metrics: the median over data sets and "
    "the\n"
    "mean rank. Values are compared where data set, metric, convention and number of cells are the same; "
    "what\n"
    "takes no part is listed with the reason. A data set is known by the hash of its file, its cells, "
    "label,\n"
    "batch and counts, or by its name where a folder does not say. Methods that lack a data set are shown "
    "but\n"
    "not ranked; --common compares on the data sets that all have.\n"
    "\n"
    "Files: leaderboard.csv, leaderboard_values.csv (every data set), leaderboard.md, leaderboard.html\n"
    "\n"
    "Examples:\n"
    "  zerocell leaderboard results/pbmc results/pancreas study_result --out board\n"
    "  zerocell leaderboard results/* --out board --metric avg_bio asw_batch --common";

/// Contents by file name.
std::vector<std::pair<std::string, std::string>> files_of(const Leaderboard& board) {
  return {{"leaderboard.csv", leaderboard_csv(board)},
          {"leaderboard_values.csv", leaderboard_values_csv(board)},
          {"leaderboard.md", leaderboard_markdown(board)},
          {"leaderboard.html", leaderboard_html(board)}};
}

/// Makes the files aside and puts them into the folder together; other files of the folder stay.
void write_files(const Leaderboard& board, const std::string& out, bool force) {
  namespace fs = std::filesystem;
  if (std::error_code error; fs::exists(out, error) && !fs::is_directory(out, error))
    throw Error::usage(
        {out, "a folder for the table and the page", "a file", "Name another folder with --out"});
  const auto files = files_of(board);
  FolderLayout layout{"leaderboard_manifest.json", {}, false};
  for (const auto& [name, text] : files) layout.files.push_back(name);
  MadeFolder made(out);
  ResultFiles results(out, layout, {});
  const auto manifest = FolderManifest::read(out, layout);
  for (const auto& name : layout.files)
    if (std::error_code error; !force && fs::exists(fs::symlink_status(fs::path(out) / name, error)))
      throw Error::usage({(fs::path(out) / name).string(), "", "the file already exists",
                          "Overwrite it with --force, or name another folder"});
  results.require_room(manifest);
  remove_left_over(out);
  results.make([&] {
    for (const auto& [name, text] : files) write_text_file(results.stage(name), text);
  });
  FolderManifest next;
  next.kind = "leaderboard";
  next.status = "complete";
  results.replace(manifest, next);
  made.keep();
}

int run_leaderboard(LeaderboardArguments& arguments, const CommonOptions& common) {
  const auto scores = metric_table(), predictions = reconstruction_metric_table();
  std::vector<MetricInfo> table(scores.begin(), scores.end());
  table.insert(table.end(), predictions.begin(), predictions.end());
  arguments.options.table = table;
  std::vector<std::string> notes;
  const auto folders = read_result_folders(arguments.folders, notes);
  Leaderboard board = make_leaderboard(folders, arguments.options);
  board.notes.insert(board.notes.begin(), notes.begin(), notes.end());
  write_files(board, arguments.out, common.force);
  if (common.json) {
    print_result(leaderboard_json(board));
    return 0;
  }
  const int width = terminal_width();
  print_result(leaderboard_text(board, width > 0 ? static_cast<size_t>(width) : 100));
  const auto page = std::filesystem::absolute(std::filesystem::path(arguments.out) / "leaderboard.html");
  print_result(fmt::format("\nPage: {}\n", page.string()));
  return 0;
}

}  // namespace

void add_leaderboard_command(CommandSetup setup) {
  auto* command = setup.app.add_subcommand("leaderboard", "One table and page from many results");
  auto arguments = std::make_shared<LeaderboardArguments>();
  auto& options = arguments->options;
  command->add_option("DIR", arguments->folders, "Folders of results (evaluate, reconstruct or study)")
      ->required()
      ->expected(1, -1);
  command->add_option("--out", arguments->out, "Folder for the table and the page")->required();
  command->add_option("--metric", options.metrics, "Show these metrics alone (default: all)");
  command->add_option("--convention", options.convention,
                      "Compare scores of this convention (default: the one that most scores follow)");
  command->add_option("--sort-by", options.sort_by, "Metric that orders the methods (default: avg_bio)");
  command->add_flag("--common", options.common_only,
                    "Compare on the data sets that all methods have (default: on all, ranking those methods "
                    "that have them all)");
  command->add_flag("--match-names", options.match_names,
                    "Take data sets of the same name for the same, though their files differ (as when an "
                    "embedding was added to obsm)");
  command
      ->add_option("--cells-tolerance", options.n_cells_tolerance,
                   "Share by which the numbers of cells of compared scores may differ, as 0.01")
      ->check(real_number(0, 1))
      ->capture_default_str();
  command->add_flag("--json", setup.common.json, "One JSON document on stdout instead of text");
  command->add_flag("--force", setup.common.force, "Replace the files of an earlier leaderboard");
  command->footer(kFooter);
  command->callback([arguments, &common = setup.common, &run = setup.run] {
    run = [arguments, &common] { return run_leaderboard(*arguments, common); };
  });
}

}  // namespace zerocell
