#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "zerocell/core/evaluation.h"

namespace zerocell::archive {

/// One description of the layout serves both directions: `Archive` appends or extracts.
class ArchiveWriter {
 public:
  template <class T>
  void value(const T& x) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&x), sizeof x);
  }
  template <class T>
  void array(const T* data, size_t size) {
    value(static_cast<uint64_t>(size));
    bytes_.append(reinterpret_cast<const char*>(data), size * sizeof(T));
  }
  void text(const std::string& x) { array(x.data(), x.size()); }
  template <class T>
  void vector(const std::vector<T>& x) {
    array(x.data(), x.size());
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class ArchiveReader {
 public:
  explicit ArchiveReader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  void value(T& x) {
    copy(&x, sizeof x);
  }
  void text(std::string& x) {
    x.resize(size_of<char>());
    copy(x.data(), x.size());
  }
  template <class T>
  void vector(std::vector<T>& x) {
    x.resize(size_of<T>());
    copy(x.data(), x.size() * sizeof(T));
  }
  bool ok() const { return ok_; }
  /// Number of elements that follows, never more than the bytes at hand allow.
  template <class T>
  size_t size_of() {
    uint64_t size = 0;
    value(size);
    if (size > (bytes_.size() - position_) / sizeof(T)) ok_ = false;
    return ok_ ? static_cast<size_t>(size) : 0;
  }

 private:
  void copy(void* to, size_t size) {
    if (!ok_ || size > bytes_.size() - position_) {
      ok_ = false;
      return;
    }
    if (size) std::memcpy(to, bytes_.data() + position_, size);
    position_ += size;
  }

  std::string_view bytes_;
  size_t position_ = 0;
  bool ok_ = true;
};

inline void dense(ArchiveWriter& archive, const DenseMatrix<float>& x) {
  archive.value(static_cast<uint64_t>(x.n_rows()));
  archive.array(x.data(), x.n_rows() * x.n_cols());
}
inline void dense(ArchiveReader& archive, DenseMatrix<float>& x) {
  uint64_t rows = 0;
  archive.value(rows);
  std::vector<float> values;
  archive.vector(values);
  if (!archive.ok() || rows == 0) return;
  x = DenseMatrix<float>(rows, values.size() / rows);
  std::copy_n(values.begin(), x.n_rows() * x.n_cols(), x.data());
}

template <class Archive, class Matrix>
void sparse(Archive& archive, Matrix& x) {
  archive.value(x.n_rows);
  archive.value(x.n_cols);
  archive.vector(x.indptr);
  archive.vector(x.indices);
  archive.vector(x.values);
}

inline void matrix(ArchiveWriter& archive, const EmbeddingMatrix& x) {
  archive.value(static_cast<uint8_t>(x.index()));
  if (x.index() == 0)
    dense(archive, std::get<0>(x));
  else
    sparse(archive, std::get<1>(x));
}
inline void matrix(ArchiveReader& archive, EmbeddingMatrix& x) {
  uint8_t kind = 0;
  archive.value(kind);
  if (kind == 0)
    dense(archive, x.emplace<0>());
  else
    sparse(archive, x.emplace<1>());
}

template <class T, class Each>
void list(ArchiveWriter& archive, const std::vector<T>& items, Each each) {
  archive.value(static_cast<uint64_t>(items.size()));
  for (const auto& item : items) each(archive, item);
}
template <class T, class Each>
void list(ArchiveReader& archive, std::vector<T>& items, Each each) {
  // An item takes at least one byte, which bounds the number before anything is allocated.
  items.resize(archive.size_of<char>());
  for (auto& item : items)
    if (archive.ok()) each(archive, item);
}

inline void number(ArchiveWriter& archive, const std::optional<double>& x) {
  archive.value(static_cast<uint8_t>(x.has_value()));
  archive.value(x.value_or(0));
}
inline void number(ArchiveReader& archive, std::optional<double>& x) {
  uint8_t present = 0;
  double value = 0;
  archive.value(present);
  archive.value(value);
  x = present ? std::optional(value) : std::nullopt;
}

inline constexpr auto kText = [](auto& archive, auto& x) { archive.text(x); };
inline constexpr auto kLoss = [](auto& archive, auto& x) {
  archive.text(x.what);
  archive.value(x.lost);
  archive.value(x.total);
  archive.text(x.reason);
};
inline constexpr auto kStage = [](auto& archive, auto& x) {
  archive.text(x.name);
  archive.value(x.seconds);
  archive.value(x.peak_bytes);
  archive.value(x.cells_per_second);
};
inline constexpr auto kScore = [](auto& archive, auto& x) {
  archive.text(x.dataset);
  archive.text(x.embedding);
  archive.value(x.dims);
  archive.value(x.n_cells);
  archive.value(x.seed);
  archive.text(x.metric);
  number(archive, x.value);
  number(archive, x.low);
  number(archive, x.high);
  archive.value(x.direction);
  archive.text(x.convention);
  archive.value(x.status);
  archive.text(x.reason);
};

/// Writes magic, checksum, the file's own name and content, atomically; makes the folder where it is missing.
/// The name is the key of what is kept, so that an entry under another's name is known. Throws Error(data),
/// also where something else than a plain file is in the place.
void save(const std::string& path, std::string_view magic, const std::string& content);
/// The content of such a file; nothing where it is missing, begins with another magic, or is not whole. Where
/// something is there that is not an entry of that name, `trouble` says what.
std::optional<std::string> load(const std::string& path, std::string_view magic,
                                std::string* trouble = nullptr);

}  // namespace zerocell::archive
