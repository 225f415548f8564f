#pragma once
#include <CLI/CLI.hpp>
#include <csignal>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "zerocell/cli/terminal_progress.h"
#include "zerocell/core/parallel.h"
#include "zerocell/study/data_source.h"
#include "zerocell/study/input_files.h"

namespace zerocell {

/// Options that every command takes.
struct CommonOptions {
  int threads = 0;         ///< 0: what the process may use
  std::string max_memory;  ///< empty: 80 % of what the process may use
  uint64_t seed = 0;
  bool quiet = false, json = false, force = false;
  std::string log_level = "info";
  const volatile std::sig_atomic_t* interrupted = nullptr;
  std::string command_line;

  int n_threads() const;
  uint64_t memory_bytes() const;
  TerminalProgress::Options progress_options() const;
};

/// Options of the commands that read a data set.
struct DataOptions {
  std::string path;
  std::string layer = "auto", modality;
  std::string gene_ids;
  std::string device = "auto";
  bool accept_non_counts = false;
  CellSelectionOptions cells;
};

/// What a command needs while it is set up: each adds itself as a sub-command, whose callback sets `run`.
struct CommandSetup {
  CLI::App& app;
  CommonOptions& common;
  std::function<int()>& run;
};

/// Throws Error(interrupted) once the user has asked to stop: for work without a Progress.
std::function<void()> interrupt_check(const CommonOptions& common);
/// The data options as the pipeline takes them.
DataSourceOptions source_options(const DataOptions& data, const CommonOptions& common);
/// Error(usage) where this build or machine has no such device.
void refuse_missing_device(const std::string& device);
/// Error(usage) where the file is there and may not be overwritten: without `force` always, with it where it
/// is one of `inputs` or zerocell did not write it. Removes what killed runs left beside it.
void refuse_existing_file(const std::string& path, bool force, const InputFiles& inputs);
/// The files that the data options name.
InputFiles input_files(const DataOptions& data, const std::vector<EmbeddingSpec>& specs);

/// Accepts decimal digits alone, no sign, no exponent: a whole number in the range.
CLI::Validator whole_number(uint64_t least, uint64_t most);
/// Accepts a finite number in the range.
CLI::Validator real_number(double least, double most);
/// Accepts what parse_size() reads.
CLI::Validator memory_size();

void add_common_options(CLI::App& command, CommonOptions& options);
/// The positional DATA, which all commands on a data set take.
void add_data_path(CLI::App& command, std::string& path);
void add_data_options(CLI::App& command, DataOptions& options);
/// --cache of the commands on one data set.
void add_cache_option(CLI::App& command, std::string& folder);

void add_inspect_command(CommandSetup setup);
void add_evaluate_command(CommandSetup setup);
void add_embed_command(CommandSetup setup);
void add_reconstruct_command(CommandSetup setup);
void add_init_model_command(CommandSetup setup);
void add_compare_command(CommandSetup setup);
void add_study_command(CommandSetup setup);
void add_cache_command(CommandSetup setup);
void add_leaderboard_command(CommandSetup setup);
void add_simulate_command(CommandSetup setup);
void add_models_command(CommandSetup setup);
/// `man` and `completion`: documents made from the commands themselves.
void add_document_commands(CommandSetup setup);

/// True where the stream (1 stdout, 2 stderr) is a terminal that shows colours (NO_COLOR is honoured).
bool shows_colour(int stream);
/// Columns of the terminal on stdout; 0 where it is none.
int terminal_width();
/// Writes to stdout; Error(data) when that fails (closed pipe, disk full).
void print_result(const std::string& text);
/// The same of a document.
void print_json(const nlohmann::ordered_json& json);
/// The same of text with colours, whose names are printable().
void print_table(const std::string& text);

}  // namespace zerocell
