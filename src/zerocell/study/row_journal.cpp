#include "zerocell/study/row_journal.h"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <fstream>

#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"

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
  uint64_t valid = 0;
  {
    std::ifstream in(path_, std::ios::binary);
    std::string found(expected.size(), '\0');
    if (in.read(found.data(), static_cast<std::streamsize>(found.size())) && found == expected) {
      valid = expected.size();
      const size_t d = values.n_cols();
      uint64_t bounds[2];
      std::string sum(checksum(0, 0, nullptr, 0).size(), '\0');
      while (in.read(reinterpret_cast<char*>(bounds), sizeof bounds)) {
        const auto [begin, end] = bounds;
        if (begin != rows_done_ || end <= begin || end > values.n_rows()) break;
        float* rows = values.data() + begin * d;
        const size_t n_floats = (end - begin) * d;
        in.read(reinterpret_cast<char*>(rows), static_cast<std::streamsize>(n_floats * sizeof(float)));
        if (!in.read(sum.data(), static_cast<std::streamsize>(sum.size()))) break;
        if (sum != checksum(begin, end, rows, n_floats)) break;
        rows_done_ = end;
        valid += sizeof bounds + n_floats * sizeof(float) + sum.size();
      }
    }
  }
  if (valid > 0) {
    std::filesystem::resize_file(path_, valid);
    return;
  }
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), ignored);
  std::ofstream(path_, std::ios::binary | std::ios::trunc) << expected;
}

void RowJournal::append(size_t n_rows) {
  if (path_.empty() || n_rows <= rows_done_) return;
  const uint64_t bounds[2] = {rows_done_, n_rows};
  const float* rows = values_.data() + rows_done_ * values_.n_cols();
  const size_t n_floats = (n_rows - rows_done_) * values_.n_cols();
  std::ofstream out(path_, std::ios::binary | std::ios::app);
  out.write(reinterpret_cast<const char*>(bounds), sizeof bounds);
  out.write(reinterpret_cast<const char*>(rows), static_cast<std::streamsize>(n_floats * sizeof(float)));
  out << checksum(bounds[0], bounds[1], rows, n_floats);
  out.flush();
  if (!out)
    throw Error::data({path_, "room for finished rows of the embedding", "the write failed",
                       "Free disk space; what was finished is kept"});
  rows_done_ = n_rows;
}

}  // namespace zerocell
