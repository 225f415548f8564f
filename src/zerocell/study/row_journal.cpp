#include "zerocell/study/row_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/study/kept_file.h"

namespace zerocell {
namespace {

constexpr std::string_view kMagic = "zerocell rows 1\n";

std::string header(const std::string& key, const DenseMatrix<float>& values) {
  return fmt::format("{}{}\n{} {}\n", kMagic, key, values.n_rows(), values.n_cols());
}

std::string checksum(uint64_t begin, uint64_t end, const float* rows, size_t n_floats) {
  return ContentHash().add(begin).add(end).add(rows, n_floats * sizeof(float)).hex();
}

}  // namespace

RowJournal::RowJournal(std::string path, const std::string& key, DenseMatrix<float>& values)
    : path_(std::move(path)), values_(values) {
  if (path_.empty()) return;
  const auto expected = header(key, values);
  try {
    if (const auto folder = std::filesystem::path(path_).parent_path(); !folder.empty())
      make_folder(folder.string());
    size_ = read(expected);
    if (warning_.empty()) open_file();
  } catch (const Error& error) {
    end(error.what());
  }
  if (descriptor_ >= 0 && size_ == 0 && write(0, expected.data(), expected.size())) size_ = expected.size();
}

/// Opens the file for what follows and cuts off what is not whole.
void RowJournal::open_file() {
  do {
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0666);
  } while (descriptor_ < 0 && errno == EINTR);
  struct stat info {};
  if (descriptor_ < 0 || fstat(descriptor_, &info) != 0) throw_write_error(path_, errno);
  if (!S_ISREG(info.st_mode)) throw_write_error(path_, EINVAL);
  int failed = 0;
  do {
    failed = ftruncate(descriptor_, static_cast<off_t>(size_));
  } while (failed != 0 && errno == EINTR);
  if (failed != 0) throw_write_error(path_, errno);
}

RowJournal::~RowJournal() {
  if (descriptor_ >= 0) close(descriptor_);
}

/// Reads the finished rows of the same job; the number of bytes that are whole, 0 where it is another job's.
uint64_t RowJournal::read(const std::string& expected) {
  std::string trouble;
  const auto file = KeptFile::open(path_, trouble);
  if (!trouble.empty()) end(path_ + ": " + trouble);
  std::string found(expected.size(), '\0');
  if (!file || !file->read(0, found.data(), found.size()) || found != expected) return 0;
  uint64_t valid = expected.size();
  const size_t d = values_.n_cols();
  uint64_t bounds[2];
  std::string sum(checksum(0, 0, nullptr, 0).size(), '\0');
  while (file->read(valid, bounds, sizeof bounds)) {
    const auto [begin, end] = bounds;
    if (begin != rows_done_ || end <= begin || end > values_.n_rows()) break;
    float* rows = values_.data() + begin * d;
    const size_t n_floats = (end - begin) * d, n_bytes = n_floats * sizeof(float);
    if (!file->read(valid + sizeof bounds, rows, n_bytes) ||
        !file->read(valid + sizeof bounds + n_bytes, sum.data(), sum.size()) ||
        sum != checksum(begin, end, rows, n_floats))
      break;
    rows_done_ = end;
    valid += sizeof bounds + n_bytes + sum.size();
  }
  return valid;
}

void RowJournal::append(size_t n_rows) {
  if (descriptor_ < 0 || n_rows <= rows_done_) return;
  const uint64_t bounds[2] = {rows_done_, n_rows};
  const float* rows = values_.data() + rows_done_ * values_.n_cols();
  const size_t n_floats = (n_rows - rows_done_) * values_.n_cols(), n_bytes = n_floats * sizeof(float);
  const auto sum = checksum(bounds[0], bounds[1], rows, n_floats);
  const bool written = write(size_, bounds, sizeof bounds) && write(size_ + sizeof bounds, rows, n_bytes) &&
                       write(size_ + sizeof bounds + n_bytes, sum.data(), sum.size());
  if (!written) return;
  size_ += sizeof bounds + n_bytes + sum.size();
  rows_done_ = n_rows;
}

bool RowJournal::write(uint64_t offset, const void* bytes, size_t size) {
  const auto* from = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t n = pwrite(descriptor_, from, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      end(path_ + ": cannot be written: " + std::generic_category().message(errno));
      return false;
    }
    from += n;
    offset += static_cast<uint64_t>(n);
    size -= static_cast<size_t>(n);
  }
  return true;
}

void RowJournal::end(const std::string& reason) {
  warning_ = "finished rows are not kept, so that a run that is killed begins anew: " + reason;
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
}

}  // namespace zerocell
