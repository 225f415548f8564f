#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/hash.h"

// Names of what is being made, and what killed processes left under them.
namespace zerocell {
namespace fs = std::filesystem;
namespace {

constexpr size_t kMaxNameBytes = 200;  // a name has 255 at most, with all that is added
constexpr size_t kHostDigits = 8;

/// Tells machines apart that share a file system, and containers whose processes have numbers of their own.
const std::string& host_digits() {
  static const std::string digits = [] {
    ContentHash hash;
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) == 0) hash.add(std::string_view(name.data()));
    std::string machine;
    std::ifstream("/etc/machine-id") >> machine;
    hash.add(std::string_view(machine));
    std::error_code none;
    hash.add(std::string_view(fs::read_symlink("/proc/self/ns/pid", none).string()));
    return hash.hex().substr(0, kHostDigits);
  }();
  return digits;
}

struct TemporaryName {
  pid_t process;
  std::string_view host;
};

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Takes the part behind the last dot off `text`.
std::string_view take_last(std::string_view& text) {
  const size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return {};
  const auto part = text.substr(dot + 1);
  text.remove_suffix(text.size() - dot);
  return part;
}

std::optional<pid_t> to_number(std::string_view text) {
  pid_t number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_canonical = status == std::errc() && end == text.data() + text.size() && number >= 0 &&
                            (text.size() == 1 || text.front() != '0');
  return is_canonical ? std::optional(number) : std::nullopt;
}

std::optional<TemporaryName> parse(std::string_view name) {
  if (!name.starts_with('.') || !name.ends_with(".tmp")) return std::nullopt;
  name.remove_suffix(4);
  const auto attempt = to_number(take_last(name));
  const auto host = take_last(name);
  const auto process = to_number(take_last(name));
  if (!attempt || !process || *process == 0 || host.size() != kHostDigits || !is_hex(host) || name.size() < 2)
    return std::nullopt;
  return TemporaryName{*process, host};
}

bool is_own(const fs::path& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0 && (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)) &&
         info.st_uid == geteuid();
}

}  // namespace

std::string temporary_name(std::string_view name, int attempt) {
  return fmt::format(".{}.{}.{}.{}.tmp", name.substr(0, kMaxNameBytes), getpid(), host_digits(), attempt);
}

bool is_temporary_name(std::string_view name) {
  return parse(name).has_value();
}

void remove_left_over(const std::string& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const auto name = entry->path().filename().string();
    const auto parsed = parse(name);
    if (!parsed || parsed->host != host_digits() || !is_own(entry->path())) continue;
    if (kill(parsed->process, 0) == 0 || errno != ESRCH) continue;
    std::error_code ignored;
    fs::remove_all(entry->path(), ignored);
  }
}

}  // namespace zerocell
