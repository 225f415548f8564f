#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/error.h"

namespace zerocell {

/// Dense float32 rows in a device's memory, row-major without gaps. A view that owns nothing.
struct Rows {
  float* data = nullptr;
  size_t n_rows = 0, n_cols = 0;

  Rows first(size_t n) const { return {data, n, n_cols}; }
};
struct ConstRows {
  const float* data = nullptr;
  size_t n_rows = 0, n_cols = 0;

  ConstRows() = default;
  ConstRows(const float* values, size_t rows, size_t cols) : data(values), n_rows(rows), n_cols(cols) {}
  ConstRows(Rows rows)
      : data(rows.data), n_rows(rows.n_rows), n_cols(rows.n_cols) {}  // NOLINT: a view of a view
};

/// Applied to every output of a Linear. gelu is the exact form x Phi(x); leaky_relu multiplies what is below
/// 0 by 0.01, PyTorch's default.
enum class Activation { none, relu, gelu, leaky_relu };

/// Which rows of packed tokens belong to which cell: cell c owns rows [offsets[c], offsets[c + 1]). In host
/// memory. Every cell has at least one row.
struct Segments {
  std::span<const uint32_t> offsets;  ///< (C + 1), first 0

  size_t n_cells() const { return offsets.empty() ? 0 : offsets.size() - 1; }
  size_t n_rows() const { return offsets.empty() ? 0 : offsets.back(); }
};

/// Rows [begin, end) of a matrix.
struct RowRange {
  uint32_t begin = 0, end = 0;
};

/// The largest of a row's logits. `margin` is its distance to the second largest.
struct Prediction {
  uint32_t id = 0;
  float logit = 0, margin = 0;
};

/// Weights of a Linear in the form that a device multiplies fastest: y = x W^T + b, W (n_out, n_in).
class LinearWeights {
 public:
  LinearWeights(size_t out, size_t in) : n_out(out), n_in(in) {}
  virtual ~LinearWeights() = default;
  const size_t n_out, n_in;
};

/// Device memory of `size` floats.
using DeviceBuffer = std::unique_ptr<float, std::function<void(float*)>>;

/// A device's memory is exhausted: smaller blocks may still fit.
class OutOfDeviceMemory : public Error {
 public:
  explicit OutOfDeviceMemory(const std::string& message) : Error(ErrorKind::data, message) {}
};

class Workspace;

/// What a transformer needs of a device, on packed tokens: rows of many cells below one another, without
/// padding. Every operation is const and may run on several threads at once, each with a workspace of its
/// own; on the processor each call runs on the calling thread alone.
///
/// A row's result depends on its cell's rows and the weights alone, bit for bit: never on the other cells of
/// the block, the block's size or the thread.
class Backend {
 public:
  virtual ~Backend() = default;
  /// "cpu, float32, AVX-512", for provenance.
  virtual std::string description() const = 0;
  /// True where device memory is the program's own: tables of weights are then used where they lie.
  virtual bool shares_host_memory() const { return false; }
  /// How many blocks should be in flight at once for a pool of so many threads.
  virtual size_t n_workers(int n_threads) const = 0;
  /// Throws OutOfDeviceMemory.
  virtual DeviceBuffer allocate(size_t n_floats) const = 0;
  virtual void upload(std::span<const float> values, Rows out) const = 0;
  virtual void download(ConstRows x, std::span<float> values) const = 0;

  /// weight (n_out, n_in) row-major, bias (n_out) or empty.
  virtual std::unique_ptr<LinearWeights> prepare(std::span<const float> weight, std::span<const float> bias,
                                                 size_t n_out, size_t n_in) const = 0;
  /// out = activation(x W^T + b); x (L, n_in), out (L, n_out); they do not overlap.
  virtual void linear(ConstRows x, const LinearWeights& w, Activation activation, Rows out,
                      Workspace& workspace) const = 0;
  /// x = LayerNorm(x + residual) * scale + shift over each row; `residual` (L, D) or empty (data nullptr);
  /// scale and shift (D) in device memory. Biased variance, eps inside the root.
  virtual void add_layer_norm(Rows x, ConstRows residual, const float* scale, const float* shift,
                              float eps) const = 0;
  /// out = softmax(q k^T / sqrt(d)) v for every cell and head; qkv (L, 3D): all heads of q, then of k, then
  /// of v; out (L, D); d = D / n_heads. Never an L x L matrix in memory.
  virtual void attention(ConstRows qkv, Segments segments, size_t n_heads, Rows out,
                         Workspace& workspace) const = 0;
  /// One query a cell and head, against the cell's rows as they are: out row r = softmax(scale q_r x^T) x
  /// over the rows of cell r mod C. q and out (H C, D): all cells of a head, then of the next; x (L, D).
  virtual void attention_of_one(ConstRows q, ConstRows x, Segments segments, float scale, Rows out,
                                Workspace& workspace) const = 0;
  /// out row i = table row ids[i], or is increased by it. Ids are below table.n_rows (the caller's promise).
  virtual void gather(ConstRows table, std::span<const uint32_t> ids, bool add, Rows out) const = 0;
  /// out (L, 1): row ids[i] of the table times row c of x (C, D), for every row i of cell c. Ids are below
  /// table.n_rows (the caller's promise).
  virtual void table_products(ConstRows table, std::span<const uint32_t> ids, ConstRows x, Segments segments,
                              Rows out) const = 0;
  /// out row c = mean of the rows of ranges[c], summed in float64 where that costs nothing; no empty range.
  virtual void mean_rows(ConstRows x, std::span<const RowRange> ranges, Rows out) const = 0;
  /// For every row of x the largest of the n_out logits of `w`, the first where several are equal. Never an
  /// (L, n_out) matrix in memory.
  virtual void argmax_linear(ConstRows x, const LinearWeights& w, std::span<Prediction> out,
                             Workspace& workspace) const = 0;
};

/// Scratch memory of one worker, kept from block to block.
class Workspace {
 public:
  explicit Workspace(const Backend& backend) : backend_(backend) {}
  /// Undefined contents, 64-byte aligned on the processor; valid until the innermost Scope around the call
  /// ends.
  Rows rows(size_t n_rows, size_t n_cols);

  /// Gives all memory back to the device; nothing may be in use.
  void release() {
    slots_.clear();
    taken_ = 0;
  }

  /// Gives back at its end what was taken since its start.
  class Scope {
   public:
    explicit Scope(Workspace& workspace) : workspace_(workspace), mark_(workspace.taken_) {}
    ~Scope() { workspace_.taken_ = mark_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Workspace& workspace_;
    size_t mark_;
  };

 private:
  struct Slot {
    DeviceBuffer memory;
    size_t n_floats = 0;
  };
  const Backend& backend_;
  std::vector<Slot> slots_;
  size_t taken_ = 0;
};

/// How a processor multiplies.
enum class Precision {
  float32,
  bfloat16,  ///< inputs and weights of Linear layers rounded to bfloat16, sums in float32
};

/// True where the processor multiplies bfloat16 faster than float32 (AVX-512 BF16).
bool fast_bfloat16();

/// The processor. bfloat16 where it is not fast is refused with Error(usage).
std::unique_ptr<Backend> make_cpu_backend(Precision precision = Precision::float32);

}  // namespace zerocell
