#include "zerocell/study/cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <limits>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/models/scvi/model_file.h"
#include "zerocell/study/finished_part.h"
#include "zerocell/study/kept_file.h"

namespace zerocell {
namespace fs = std::filesystem;
namespace {

constexpr int64_t kRunningSeconds = 3600;

bool is_hash(std::string_view text) {
  return text.size() == 32 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// The first line of a file, as far as a format's name can reach.
std::string first_line(const std::string& path) {
  std::string trouble;
  const auto file = KeptFile::open(path, trouble);
  if (!file) return "";
  std::string begin(std::min<uint64_t>(64, file->size()), '\0');
  if (!file->read(0, begin.data(), begin.size())) return "";
  return begin.substr(0, begin.find('\n'));
}

/// Kind of a file by its name; nothing where it is not the cache's.
std::optional<std::string> kind_of(const std::string& name) {
  if (is_hash(name)) return "scores";
  if (name.ends_with(".embedding") && is_hash(name.substr(0, 32))) return "embedding";
  if (name.ends_with(".reconstruction") && is_hash(name.substr(0, 32))) return "reconstruction";
  if (name.ends_with(".model.pt") && is_hash(name.substr(0, 32))) return "trained model";
  if (name.ends_with(".rows") && is_hash(name.substr(0, 32))) return "unfinished rows";
  if (name.starts_with("cells-left-out-")) return "list of cells";
  // Files that are being written: a dot, the final name, the process.
  if (name.size() > 37 && name.front() == '.' && is_hash(name.substr(1, 32)) && name.ends_with(".tmp"))
    return "left over";
  return std::nullopt;
}

void read_part(const std::string& path, CacheEntry& entry) {
  if (entry.kind == "embedding") {
    const auto part = load_embedding(path, std::numeric_limits<uint32_t>::max());
    if (part)
      entry.what = fmt::format("{} ({}), {} cells x {} dimensions", part->tag, part->method,
                               n_rows(part->embedding.values), n_cols(part->embedding.values));
    else
      entry.state = CacheEntryState::damaged;
  } else if (entry.kind == "scores") {
    const auto part = load_part(path);
    if (part)
      entry.what =
          fmt::format("{} ({}), {} scores", part->result.tag, part->result.method, part->scores.size());
    else
      entry.state = CacheEntryState::damaged;
  } else if (entry.kind == "reconstruction") {
    const auto part = load_reconstruction_part(path);
    if (part)
      entry.what = fmt::format("{}, {} scores", part->result.tag, part->scores.size());
    else
      entry.state = CacheEntryState::damaged;
  } else if (entry.kind == "trained model") {
    try {
      const auto& sizes = read_scvi_model(path).weights.sizes;
      entry.what = fmt::format("scVI, {} genes, {} dimensions", sizes.n_genes, sizes.n_latent);
    } catch (const Error&) {
      entry.state = CacheEntryState::damaged;
    }
    return;
  } else {
    return;
  }
  const auto line = first_line(path);
  if (entry.state == CacheEntryState::damaged && line.starts_with("zerocell ") &&
      !is_part_format(line + "\n"))
    entry.state = CacheEntryState::foreign;
}

/// True where a file of such a name begins as zerocell's do: others may have been given that name.
bool begins_as_ours(const std::string& path, const std::string& kind) {
  if (kind == "left over" || kind == "list of cells") return true;
  std::error_code error;
  if (fs::file_size(path, error) == 0 && !error) return true;
  return first_line(path).starts_with(kind == "trained model" ? "PK\x03\x04" : "zerocell ");
}

}  // namespace

std::string to_string(CacheEntryState state) {
  switch (state) {
    case CacheEntryState::damaged:
      return "damaged";
    case CacheEntryState::foreign:
      return "of another version";
    case CacheEntryState::good:
      break;
  }
  return "good";
}

std::vector<CacheEntry> cache_entries(const std::string& folder, size_t& n_others) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw Error::usage({folder, "the folder of a cache", "no folder",
                        "Name the folder of --cache, or .cache inside the folder of a study"});
  std::vector<CacheEntry> entries;
  n_others = 0;
  const auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const auto name = it->path().filename().string();
    const auto kind = kind_of(name);
    std::error_code gone;  // another process may remove a file in the meantime
    const bool is_file = it->symlink_status(gone).type() == fs::file_type::regular;
    const auto bytes = is_file ? it->file_size(gone) : 0;
    const auto written = is_file ? it->last_write_time(gone) : fs::file_time_type();
    if (!kind || gone || !is_file) {
      ++n_others;
      continue;
    }
    CacheEntry entry{name, *kind, "", bytes, 0, CacheEntryState::good};
    entry.age_seconds = std::chrono::duration_cast<std::chrono::seconds>(now - written).count();
    read_part(it->path().string(), entry);
    entries.push_back(std::move(entry));
  }
  if (error) throw Error::data({folder, "a folder that can be read", error.message(), ""});
  std::ranges::sort(entries, {}, &CacheEntry::name);
  return entries;
}

std::vector<CacheEntry> prune_cache(const std::string& folder, const CachePruneOptions& options) {
  size_t n_others = 0;
  auto entries = cache_entries(folder, n_others);
  std::ranges::stable_sort(entries, std::greater(), &CacheEntry::age_seconds);
  uint64_t bytes = 0;
  for (const auto& entry : entries) bytes += entry.bytes;
  std::vector<CacheEntry> removed;
  for (auto& entry : entries) {
    const bool is_running =
        entry.age_seconds < kRunningSeconds && (entry.kind == "left over" || entry.kind == "unfinished rows");
    const bool is_unusable = entry.state != CacheEntryState::good || entry.kind == "left over";
    const bool goes = (options.unusable && is_unusable) ||
                      (options.older_than_seconds && entry.age_seconds > *options.older_than_seconds) ||
                      (options.max_bytes && bytes > *options.max_bytes);
    if (is_running || !goes || !begins_as_ours(folder + "/" + entry.name, entry.kind)) continue;
    std::error_code error;
    if (!fs::remove(folder + "/" + entry.name, error)) continue;
    bytes -= entry.bytes;
    removed.push_back(std::move(entry));
  }
  return removed;
}

void remove_kept_results(const std::string& folder) {
  if (special_kind(folder) != "a folder") return;
  remove_left_over(folder);
  std::error_code error;
  std::vector<fs::path> paths;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const auto kind = kind_of(it->path().filename().string());
    std::error_code gone;
    if (kind && *kind != "left over" && it->symlink_status(gone).type() == fs::file_type::regular &&
        begins_as_ours(it->path().string(), *kind))
      paths.push_back(it->path());
  }
  for (const auto& path : paths) fs::remove(path, error);
  fs::remove(folder, error);  // removes an empty folder only
}

int64_t parse_age(const std::string& text) {
  int64_t number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit(end, text.data() + text.size());
  const int64_t seconds = unit == "d" ? 86400 : unit == "h" ? 3600 : unit == "m" ? 60 : unit == "s" ? 1 : 0;
  if (status != std::errc() || number < 0 || seconds == 0 || number > 1'000'000'000)
    throw Error::usage({"age", "as 30d, 12h, 90m or 45s", fmt::format("'{}'", text), ""});
  return number * seconds;
}

}  // namespace zerocell
