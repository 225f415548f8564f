#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>

#include "zerocell/cli/command.h"
#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/core/system.h"
#include "zerocell/core/utf8.h"
#include "zerocell/study/make_backend.h"
#include "zerocell/study/own_file.h"

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
  DataSourceOptions options{data.layer, data.gene_ids,         data.accept_non_counts,
                            data.cells, common.memory_bytes(), data.modality};
  options.cells.seed = common.seed;
  return options;
}

void refuse_missing_device(const std::string& device) {
  if (device == "cuda") make_backend(device, Precision::float32);
}

void refuse_existing_file(const std::string& path, bool force, const InputFiles& inputs) {
  namespace fs = std::filesystem;
  const auto parent = fs::path(path).parent_path().string();
  remove_left_over(parent.empty() ? "." : parent);
  std::error_code error;
  if (!fs::exists(fs::symlink_status(path, error))) return;
  if (!inputs.find(path).empty())
    throw Error::usage(
        {path, "a file that this run does not read", "one of its inputs", "Name another file"});
  // A finished file is moved to its place: over a device that would be the end of the device.
  if (!fs::is_regular_file(path, error))
    throw Error::usage({path, "a file to write", "a folder, a device or a named pipe", "Name another file"});
  if (!force)
    throw Error::usage(
        {path, "", "the file already exists", "Overwrite it with --force, or name another file"});
  if (!is_own_file(path))
    throw Error::usage({path, "no file, or one that zerocell wrote and --force may overwrite",
                        "another file, or one that was changed since", "Move it away, or name another file"});
}

InputFiles input_files(const DataOptions& data, const std::vector<EmbeddingSpec>& specs) {
  InputFiles inputs;
  inputs.add_data_set(data.path);
  inputs.add(data.cells);
  for (const auto& spec : specs) inputs.add(spec);
  return inputs;
}

CLI::Validator whole_number(uint64_t least, uint64_t most) {
  return CLI::Validator(
      [least, most](std::string& text) {
        uint64_t number = 0;
        const char* const end = text.data() + text.size();
        const auto [stop, status] = std::from_chars(text.data(), end, number);
        if (status == std::errc() && stop == end && number >= least && number <= most) return std::string();
        return fmt::format("expected a whole number from {} to {}, found '{}'", least, most, text);
      },
      "");
}

CLI::Validator real_number(double least, double most) {
  return CLI::Validator(
      [least, most](std::string& text) {
        double number = 0;
        const char* const end = text.data() + text.size();
        const auto [stop, status] = std::from_chars(text.data(), end, number);
        if (status == std::errc() && stop == end && number >= least && number <= most) return std::string();
        if (most == std::numeric_limits<double>::max())
          return fmt::format("expected a number of at least {}, found '{}'", least, text);
        return fmt::format("expected a number from {} to {}, found '{}'", least, most, text);
      },
      "");
}

CLI::Validator memory_size() {
  return CLI::Validator(
      [](std::string& text) {
        try {
          parse_size(text);
        } catch (const Error& error) {
          return std::string(error.what()).substr(std::string_view("size: ").size());
        }
        return std::string();
      },
      "");
}

void add_common_options(CLI::App& command, CommonOptions& options) {
  const char* group = "Common";
  command.add_option("--threads", options.threads, "Threads to use (default: what the process may use)")
      ->check(whole_number(1, 4096))
      ->group(group);
  command
      .add_option(
          "--max-memory", options.max_memory,
          "Memory for caches and working space, as 8G; the embeddings come on top (default: 80 % of all)")
      ->check(memory_size())
      ->group(group);
  command.add_option("--seed", options.seed, "Seed of everything random")
      ->check(whole_number(0, UINT64_MAX))
      ->capture_default_str()
      ->group(group);
  command.add_flag("--quiet", options.quiet, "No progress, only warnings and errors")->group(group);
  command.add_flag("--json", options.json, "One JSON document on stdout instead of text")->group(group);
  command
      .add_flag("--force", options.force, "Replace what an earlier run wrote; other files and inputs stay")
      ->group(group);
  command.add_option("--log-level", options.log_level, "How much is said on stderr")
      ->check(CLI::IsMember({"error", "warn", "info", "debug"}))
      ->capture_default_str()
      ->group(group);
}

void add_data_path(CLI::App& command, std::string& path) {
  command.add_option("DATA", path, ".h5ad or .h5mu file, 10x .h5 file or 10x folder")
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
  command
      .add_option(
          "--modality", options.modality,
          "Which modality of a MuData file (.h5mu) is read, as rna: its cells, its columns and matrices")
      ->group(group);
  command.add_option("--gene-ids", options.gene_ids, "Column of var with the gene ids (default: the index)")
      ->group(group);
  command
      .add_option("--where", options.cells.where,
                  "Only cells that fulfil a condition, as \"tissue == 'blood' and n_genes >= 200\": == != < "
                  "<= > >= in, "
                  "not in; text equals the same text, numbers stand without quotes; a cell without a value "
                  "fulfils none, != included")
      ->group(group);
  command
      .add_option("--exclude-cells", options.cells.exclude_cells,
                  "File with names of cells to leave out, or hashes of their counts (inspect --cell-hashes)")
      ->group(group);
  command
      .add_option("--subsample", options.cells.subsample, "Look at no more than this many cells (0: at all)")
      ->check(whole_number(0, uint64_t{1} << 40))
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

namespace {

void write_to_stdout(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    throw Error::data({"standard output", "", fmt::format("can't be written: {}", std::strerror(errno)), ""});
}

}  // namespace

void print_result(const std::string& text) {
  write_to_stdout(terminal_text(text));
}

void print_json(const nlohmann::ordered_json& json) {
  print_result(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void print_table(const std::string& text) {
  // Colours are ours; names in a table are printable() and hold none.
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t colour = std::min(text.find("\x1b[", at), text.size());
    out += terminal_text(std::string_view(text).substr(at, colour - at));
    const size_t end = text.find_first_not_of("0123456789;", std::min(colour + 2, text.size()));
    if (end == std::string::npos || text[end] != 'm') {
      out += terminal_text(std::string_view(text).substr(colour));
      break;
    }
    out += text.substr(colour, end + 1 - colour);
    at = end + 1;
  }
  write_to_stdout(out);
}

}  // namespace zerocell
