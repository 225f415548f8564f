#include "zerocell/study/finished_part.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <type_traits>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/hash.h"

namespace zerocell {
namespace {

// Raised when the layout below changes: parts of another layout are computed again.
constexpr std::string_view kFormat = "zerocell part 2\n";
constexpr size_t kChecksumSize = 32;

/// One description of the layout serves both directions: `Archive` appends or extracts.
class Writer {
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

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

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

void dense(Writer& archive, const DenseMatrix<float>& x) {
  archive.value(static_cast<uint64_t>(x.n_rows()));
  archive.array(x.data(), x.n_rows() * x.n_cols());
}
void dense(Reader& archive, DenseMatrix<float>& x) {
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

void matrix(Writer& archive, const EmbeddingMatrix& x) {
  archive.value(static_cast<uint8_t>(x.index()));
  if (x.index() == 0)
    dense(archive, std::get<0>(x));
  else
    sparse(archive, std::get<1>(x));
}
void matrix(Reader& archive, EmbeddingMatrix& x) {
  uint8_t kind = 0;
  archive.value(kind);
  if (kind == 0)
    dense(archive, x.emplace<0>());
  else
    sparse(archive, x.emplace<1>());
}

template <class T, class Each>
void list(Writer& archive, const std::vector<T>& items, Each each) {
  archive.value(static_cast<uint64_t>(items.size()));
  for (const auto& item : items) each(archive, item);
}
template <class T, class Each>
void list(Reader& archive, std::vector<T>& items, Each each) {
  // An item takes at least one byte, which bounds the number before anything is allocated.
  items.resize(archive.size_of<char>());
  for (auto& item : items)
    if (archive.ok()) each(archive, item);
}

void number(Writer& archive, const std::optional<double>& x) {
  archive.value(static_cast<uint8_t>(x.has_value()));
  archive.value(x.value_or(0));
}
void number(Reader& archive, std::optional<double>& x) {
  uint8_t present = 0;
  double value = 0;
  archive.value(present);
  archive.value(value);
  x = present ? std::optional(value) : std::nullopt;
}

constexpr auto kText = [](auto& archive, auto& x) { archive.text(x); };
constexpr auto kLoss = [](auto& archive, auto& x) {
  archive.text(x.what);
  archive.value(x.lost);
  archive.value(x.total);
  archive.text(x.reason);
};
constexpr auto kStage = [](auto& archive, auto& x) {
  archive.text(x.name);
  archive.value(x.seconds);
  archive.value(x.peak_bytes);
  archive.value(x.cells_per_second);
};
constexpr auto kScore = [](auto& archive, auto& x) {
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

template <class Archive, class Part>
void part_layout(Archive& archive, Part& part) {
  auto& r = part.result;
  archive.text(r.tag);
  archive.text(r.method);
  archive.text(r.options);
  archive.value(r.dims);
  matrix(archive, r.values);
  dense(archive, r.umap);
  archive.vector(r.cluster);
  archive.value(r.cluster_resolution);
  archive.vector(r.silhouette_label);
  archive.vector(r.silhouette_batch);
  list(archive, r.losses, kLoss);
  list(archive, r.stages, kStage);
  archive.text(r.group);
  archive.value(r.seed);
  archive.text(r.training.loss);
  archive.vector(r.training.train);
  archive.vector(r.training.validated_after);
  archive.vector(r.training.validation);
  archive.value(r.training.n_train);
  archive.value(r.training.n_validation);
  archive.value(r.training.stopped_early);
  list(archive, part.scores, kScore);
  list(archive, part.warnings, kText);
  archive.text(part.counts_source);
}

}  // namespace

void save_part(const std::string& path, const FinishedPart& part) {
  Writer writer;
  part_layout(writer, part);
  std::error_code ignored;  // a folder that cannot be made is told of by the file
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  AtomicFile file(path);
  file.write(kFormat);
  file.write(ContentHash().add(std::string_view(writer.bytes())).hex());
  file.write(writer.bytes());
  file.commit();
}

std::optional<FinishedPart> load_part(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const size_t header = kFormat.size() + kChecksumSize;
  if (bytes.size() < header || bytes.compare(0, kFormat.size(), kFormat) != 0) return std::nullopt;
  const std::string_view content(bytes.data() + header, bytes.size() - header);
  if (ContentHash().add(content).hex() != bytes.substr(kFormat.size(), kChecksumSize)) return std::nullopt;
  FinishedPart part;
  Reader reader(content);
  part_layout(reader, part);
  return reader.ok() ? std::optional(std::move(part)) : std::nullopt;
}

}  // namespace zerocell
