#pragma once
#include <cstdint>
#include <string>

namespace zerocell {

/// Threads this process may use: affinity, cgroup quota and SLURM_CPUS_PER_TASK, whichever is least.
int available_threads();
/// Memory this process may use, in bytes: physical or cgroup limit, whichever is less.
uint64_t available_memory();
/// Largest resident size so far, in bytes.
uint64_t peak_memory();
/// Starts a new measurement of peak_memory() where the kernel allows it; true if it did.
bool reset_peak_memory();
/// Model name of the processor and the widest vector instructions in use, for provenance.
std::string cpu_description();
/// Parses "8G", "512M", "1.5T", "1000000" (powers of 1024); throws Error(usage).
uint64_t parse_size(const std::string& text);
/// "1.5 GB", "312 MB", powers of 1024.
std::string format_size(uint64_t bytes);
/// Seconds of a monotonic clock.
double now_seconds();

}  // namespace zerocell
