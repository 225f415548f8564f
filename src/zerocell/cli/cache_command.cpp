#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "zerocell/cli/command.h"
#include "zerocell/core/error.h"
#include "zerocell/core/number_text.h"
#include "zerocell/core/system.h"
#include "zerocell/core/utf8.h"
#include "zerocell/study/cache.h"

namespace zerocell {
namespace {

struct CacheArguments {
  std::string folder, max_size, older_than;
  bool unusable = false;
};

std::string age_text(int64_t seconds) {
  return format_duration(static_cast<double>(std::max<int64_t>(seconds, 0)));
}

std::string entries_text(const std::vector<CacheEntry>& entries) {
  std::string out;
  uint64_t bytes = 0;
  for (const auto& entry : entries) {
    bytes += entry.bytes;
    out += fmt::format("{:<47}  {:<15}  {:>9}  {:>12}  {}{}\n", printable(entry.name), entry.kind,
                       format_size(entry.bytes), age_text(entry.age_seconds),
                       entry.state == CacheEntryState::good ? "" : to_string(entry.state) + " ",
                       printable(entry.what));
  }
  return out + fmt::format("{}, {}\n", counted(entries.size(), "entry", "entries"), format_size(bytes));
}

std::string entries_json(const std::vector<CacheEntry>& entries) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const auto& entry : entries)
    out.push_back({{"name", entry.name},
                   {"kind", entry.kind},
                   {"what", entry.what},
                   {"bytes", entry.bytes},
                   {"age_seconds", entry.age_seconds},
                   {"state", to_string(entry.state)}});
  return out.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

int list_cache(const CacheArguments& arguments, const CommonOptions& common) {
  size_t n_others = 0;
  const auto entries = cache_entries(arguments.folder, n_others);
  print_result(common.json ? entries_json(entries) : entries_text(entries));
  if (n_others && !common.json)
    print_result(fmt::format("{} here that {} not the cache's\n", counted(n_others, "file"),
                             n_others == 1 ? "is" : "are"));
  return 0;
}

int verify_cache(const CacheArguments& arguments, const CommonOptions& common) {
  size_t n_others = 0;
  auto entries = cache_entries(arguments.folder, n_others);
  const size_t n = entries.size();
  std::erase_if(entries, [](const CacheEntry& entry) { return entry.state != CacheEntryState::damaged; });
  if (common.json)
    print_result(entries_json(entries));
  else
    print_result((entries.empty() ? "" : entries_text(entries)) +
                 fmt::format("{} of {} damaged{}\n", entries.size(), counted(n, "entry", "entries"),
                             entries.empty() ? "" : "; they are computed again when they are needed"));
  return entries.empty() ? 0 : 1;
}

int prune(const CacheArguments& arguments, const CommonOptions& common) {
  CachePruneOptions options;
  if (!arguments.max_size.empty()) options.max_bytes = parse_size(arguments.max_size);
  if (!arguments.older_than.empty()) options.older_than_seconds = parse_age(arguments.older_than);
  options.unusable = arguments.unusable;
  if (!options.max_bytes && !options.older_than_seconds && !options.unusable)
    throw Error::usage({"cache prune", "--max-size, --older-than or --unusable", "none of them",
                        "To empty the cache, remove its folder"});
  const auto removed = prune_cache(arguments.folder, options);
  print_result(common.json ? entries_json(removed) : "removed: " + entries_text(removed));
  return 0;
}

}  // namespace

void add_cache_command(CommandSetup setup) {
  auto* command = setup.app.add_subcommand("cache", "Look at, check and tidy a folder of finished results");
  command->require_subcommand(1);
  auto arguments = std::make_shared<CacheArguments>();
  const auto add = [&](const char* name, const char* help,
                       int (*work)(const CacheArguments&, const CommonOptions&)) {
    auto* sub = command->add_subcommand(name, help);
    sub->add_option("DIR", arguments->folder, "Folder of --cache, or .cache inside a study")->required();
    add_common_options(*sub, setup.common);
    sub->callback([arguments, work, &common = setup.common, &run = setup.run] {
      run = [arguments, work, &common] { return work(*arguments, common); };
    });
    return sub;
  };
  add("list", "Every entry: what it is, its size and age", list_cache);
  add("verify", "Read every entry; exit status 1 where one is damaged", verify_cache);
  auto* pruning = add("prune", "Remove entries", prune);
  pruning->add_option("--max-size", arguments->max_size, "Oldest first, until the rest is no larger, as 10G")
      ->check(memory_size());
  pruning->add_option("--older-than", arguments->older_than, "Entries written longer ago, as 30d, 12h");
  pruning->add_flag("--unusable", arguments->unusable,
                    "Damaged entries, those of other versions, and what killed runs left over");
  command->footer("Example:\n  zerocell cache prune results/.cache --max-size 10G --unusable");
}

}  // namespace zerocell
