#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "zerocell/cli/command.h"
#include "zerocell/core/error.h"
#include "zerocell/core/system.h"
#include "zerocell/study/make_backend.h"

namespace zerocell {

int CommonOptions::n_threads() const {
  return threads > 0 ? threads : available_threads();
}

uint64_t CommonOptions::memory_bytes() const {
  return max_memory.empty() ? available_memory() / 10 * 8 : parse_size(max_memory);
}

TerminalProgress::Options CommonOptions::progress_options() const {
  return {quiet || log_level == "warn" || log_level == "error", isatty(STDERR_FILENO) != 0, interrupted};
}

std::function<void()> interrupt_check(const CommonOptions& common) {
  return [flag = common.interrupted] {
    if (flag != nullptr && *flag != 0)
      throw Error(ErrorKind::interrupted, "interrupted; what was finished is kept");
  };
}

DataSourceOptions source_options(const DataOptions& data, const CommonOptions& common) {
  DataSourceOptions options{data.layer, data.gene_ids, data.accept_non_counts, data.cells,
                            common.memory_bytes()};
  options.cells.seed = common.seed;
  return options;
}

void refuse_missing_device(const std::string& device) {
  if (device == "cuda") make_backend(device, Precision::float32);
}

void refuse_existing_file(const std::string& path, bool force) {
  std::error_code error;
  // A finished file is moved to its place: over a device that would be the end of the device.
  if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error))
    throw Error::usage({path, "a file to write", "a folder, a device or a named pipe", "Name another file"});
  if (!force && std::filesystem::exists(path, error))
    throw Error::usage({path, "a file that is not there yet", "one that is", "Overwrite it with --force"});
}

void add_common_options(CLI::App& command, CommonOptions& options) {
  const char* group = "Common";
  command.add_option("--threads", options.threads, "Threads to use (default: what the process may use)")
      ->check(CLI::Range(1, 4096))
      ->group(group);
  command
      .add_option(
          "--max-memory", options.max_memory,
          "Memory for caches and working space, as 8G; the embeddings come on top (default: 80 % of all)")
      ->group(group);
  command.add_option("--seed", options.seed, "Seed of everything random")
      ->capture_default_str()
      ->group(group);
  command.add_flag("--quiet", options.quiet, "No progress, only warnings and errors")->group(group);
  command.add_flag("--json", options.json, "One JSON document on stdout instead of text")->group(group);
  command.add_flag("--force", options.force, "Overwrite what is there")->group(group);
  command.add_option("--log-level", options.log_level, "How much is said on stderr")
      ->check(CLI::IsMember({"error", "warn", "info", "debug"}))
      ->capture_default_str()
      ->group(group);
}

void add_data_path(CLI::App& command, std::string& path) {
  command.add_option("DATA", path, ".h5ad file, 10x .h5 file or 10x folder")
      ->required()
      ->check(CLI::Validator(
          [](std::string& value) {
            return value == "-" ? std::string(
                                      "'-' (standard input) is not supported: a data set is read in several "
                                      "passes, so give a file")
                                : std::string();
          },
          ""));
}

void add_cache_option(CLI::App& command, std::string& folder) {
  command.add_option("--cache", folder,
                     "Folder that keeps what is finished for later runs, shared with studies");
}

void add_data_options(CLI::App& command, DataOptions& options) {
  const char* group = "Data";
  add_data_path(command, options.path);
  command
      .add_option("--layer", options.layer,
                  "Where the counts are: NAME of a layer, X, raw, or auto (first of layers/counts, raw, X)")
      ->capture_default_str()
      ->group(group);
  command.add_option("--gene-ids", options.gene_ids, "Column of var with the gene ids (default: the index)")
      ->group(group);
  command
      .add_option("--where", options.cells.where,
                  "Only cells that fulfil a condition, as \"tissue == 'blood'\"")
      ->group(group);
  command
      .add_option("--exclude-cells", options.cells.exclude_cells,
                  "File with names of cells to leave out, or hashes of their counts (inspect --cell-hashes)")
      ->group(group);
  command.add_option("--subsample", options.cells.subsample, "Look at no more than this many cells")
      ->group(group);
  command
      .add_flag("--accept-non-counts", options.accept_non_counts,
                "Use expression that does not look like counts as if it were")
      ->group(group);
  command.add_option("--device", options.device, "Where models run")
      ->check(CLI::IsMember({"cpu", "cuda", "auto"}))
      ->capture_default_str()
      ->group(group);
}

bool shows_colour(int stream) {
  const char* terminal = std::getenv("TERM");
  return isatty(stream) != 0 && !std::getenv("NO_COLOR") && !(terminal && std::strcmp(terminal, "dumb") == 0);
}

int terminal_width() {
  winsize size{};
  if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) return size.ws_col;
  return 0;
}

void print_result(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    throw Error::data({"standard output", "", fmt::format("can't be written: {}", std::strerror(errno)), ""});
}

}  // namespace zerocell
