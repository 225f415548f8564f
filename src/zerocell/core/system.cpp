#include "zerocell/core/system.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <thread>
#ifdef __linux__
#include <sched.h>
#endif

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

// First number of a cgroup file; none for "max" or a file that is not there.
double read_number(const char* path) {
  std::ifstream in(path);
  double value = 0;
  return in >> value ? value : 0;
}

double cgroup_cpus() {
  std::ifstream in("/sys/fs/cgroup/cpu.max");
  double quota = 0, period = 0;
  if (in >> quota >> period && period > 0) return quota / period;
  quota = read_number("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  period = read_number("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  return quota > 0 && period > 0 ? quota / period : 0;
}

uint64_t status_field(const std::string& key) {
  std::ifstream in("/proc/self/status");
  std::string word;
  while (in >> word)
    if (word == key) {
      uint64_t kilobytes = 0;
      in >> kilobytes;
      return kilobytes * 1024;
    }
  return 0;
}

}  // namespace

int available_threads() {
  int n = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) n = std::max(1, CPU_COUNT(&set));
#endif
  if (const double cpus = cgroup_cpus(); cpus > 0) n = std::min(n, std::max(1, static_cast<int>(cpus + 0.5)));
  if (const char* slurm = std::getenv("SLURM_CPUS_PER_TASK"))
    if (const int cpus = std::atoi(slurm); cpus > 0) n = std::min(n, cpus);
  return n;
}

uint64_t available_memory() {
  auto bytes = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  for (const char* path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
    if (const double limit = read_number(path); limit > 0) bytes = std::min(bytes, limit);
  return static_cast<uint64_t>(bytes);
}

uint64_t peak_memory() {
  if (const uint64_t peak = status_field("VmHWM:")) return peak;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

bool reset_peak_memory() {
  std::ofstream out("/proc/self/clear_refs");
  return static_cast<bool>(out << "5" << std::flush);
}

std::string cpu_description() {
  std::string name = "unknown processor";
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.rfind("model name", 0) == 0 && line.find(':') != std::string::npos) {
      name = line.substr(line.find(':') + 2);
      break;
    }
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return name + ", AVX-512";
  if (__builtin_cpu_supports("avx2")) return name + ", AVX2";
  return name + ", SSE";
#elif defined(__aarch64__)
  return name + ", NEON";
#else
  return name;
#endif
}

uint64_t parse_size(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  std::string unit(end);
  if (!unit.empty() && (unit.back() == 'B' || unit.back() == 'b')) unit.pop_back();
  double factor = 1;
  if (unit.size() == 1) {
    const auto at = std::string("KMGT").find(static_cast<char>(std::toupper(unit[0])));
    factor = at == std::string::npos ? 0 : std::pow(1024.0, static_cast<double>(at + 1));
  } else if (!unit.empty()) {
    factor = 0;
  }
  // strtod also reads hexadecimal numbers, "inf" and "nan".
  const bool plain = text.find_first_not_of("0123456789.+-eEkKmMgGtTbB") == std::string::npos;
  if (end == text.c_str() || !plain || !(number * factor >= 1) || number * factor > 1e18)
    throw Error::usage(
        {"size", "a number above 0 with an optional unit, as 8G or 512M", "'" + text + "'", ""});
  return static_cast<uint64_t>(number * factor);
}

std::string format_size(uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (value < 1024) return fmt::format("{} B", bytes);
  if (value < 1024.0 * 1024) return fmt::format("{:.0f} KB", value / 1024);
  if (value < 1024.0 * 1024 * 1024) return fmt::format("{:.0f} MB", value / 1024 / 1024);
  return fmt::format("{:.2f} GB", value / 1024 / 1024 / 1024);
}

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace zerocell
