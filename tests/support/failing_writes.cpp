// A library for LD_PRELOAD that lets one call of a program's writing fail, to see what the program makes of
// it.
//
// Counted are the calls that change files below FAILING_FOLDER: open for writing, mkdir, write, pwrite,
// ftruncate, fsync, close of a file written, rename. The call with number FAILING_CALL (from 1) fails with
// FAILING_ERROR; the number of calls is written to FAILING_COUNT at the end. Nothing of it is thread-safe:
// run the program with one thread.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kMostDescriptors = 4096;
bool is_written[kMostDescriptors];
long n_calls = 0;

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

long number_of(const char* variable) {
  const char* const text = getenv(variable);
  return text ? atol(text) : 0;
}

bool is_below(const char* path) {
  const char* const folder = getenv("FAILING_FOLDER");
  return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

bool knows(int descriptor) {
  return descriptor >= 0 && descriptor < kMostDescriptors && is_written[descriptor];
}

/// Counts a call; true where it is the one to fail.
bool fails() {
  if (++n_calls != number_of("FAILING_CALL")) return false;
  errno = static_cast<int>(number_of("FAILING_ERROR"));
  return true;
}

void report() {
  const char* const path = getenv("FAILING_COUNT");
  if (!path) return;
  if (FILE* const file = fopen(path, "w")) {
    fprintf(file, "%ld\n", n_calls);
    fclose(file);
  }
}

template <class Open>
int open_counted(const char* path, int flags, Open open) {
  const bool counts = (flags & O_ACCMODE) != O_RDONLY && is_below(path);
  if (counts && fails()) return -1;
  const int descriptor = open();
  if (counts && descriptor >= 0 && descriptor < kMostDescriptors) is_written[descriptor] = true;
  return descriptor;
}

mode_t mode_of(int flags, va_list arguments) {
  return flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_counted(path, flags,
                      [&] { return real<int (*)(const char*, int, mode_t)>("open")(path, flags, mode); });
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_counted(path, flags,
                      [&] { return real<int (*)(const char*, int, mode_t)>("open64")(path, flags, mode); });
}

int mkdir(const char* path, mode_t mode) {
  if (is_below(path) && fails()) return -1;
  return real<int (*)(const char*, mode_t)>("mkdir")(path, mode);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  if (knows(descriptor) && fails()) return -1;
  return real<ssize_t (*)(int, const void*, size_t)>("write")(descriptor, bytes, size);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  if (knows(descriptor) && fails()) return -1;
  return real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite")(descriptor, bytes, size, offset);
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
  if (knows(descriptor) && fails()) return -1;
  return real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64")(descriptor, bytes, size, offset);
}

int ftruncate(int descriptor, off_t size) {
  if (knows(descriptor) && fails()) return -1;
  return real<int (*)(int, off_t)>("ftruncate")(descriptor, size);
}

int ftruncate64(int descriptor, off64_t size) {
  if (knows(descriptor) && fails()) return -1;
  return real<int (*)(int, off64_t)>("ftruncate64")(descriptor, size);
}

int fsync(int descriptor) {
  if (knows(descriptor) && fails()) return -1;
  return real<int (*)(int)>("fsync")(descriptor);
}

int close(int descriptor) {
  const bool counts = knows(descriptor);
  if (counts) is_written[descriptor] = false;
  const bool failing = counts && fails();
  const int error = errno;
  // The descriptor is gone all the same.
  const int result = real<int (*)(int)>("close")(descriptor);
  if (!failing) return result;
  errno = error;
  return -1;
}

int rename(const char* from, const char* to) {
  if (is_below(to) && fails()) return -1;
  return real<int (*)(const char*, const char*)>("rename")(from, to);
}

}  // extern "C"

// The program ends by this call, without the destructors of libraries.
extern "C" void _exit(int status) {
  report();
  syscall(SYS_exit_group, status);
  __builtin_unreachable();
}
