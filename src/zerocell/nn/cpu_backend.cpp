#include <algorithm>
#include <cstdlib>
#include <limits>

#include "zerocell/nn/backend.h"
#include "zerocell/nn/bfloat16_kernels.h"
#include "zerocell/nn/cpu_kernels.h"

namespace zerocell {
namespace {

constexpr size_t kAlignment = 64;

void require(bool holds, const char* what) {
  if (!holds) throw Error::internal(std::string("cpu backend: ") + what);
}

DeviceBuffer allocate_aligned(size_t n_floats) {
  constexpr size_t kMost = std::numeric_limits<size_t>::max() / sizeof(float) - kAlignment;
  if (n_floats > kMost) throw Error::internal("cpu backend: a size exceeds the address space");
  const size_t bytes =
      (std::max<size_t>(1, n_floats) * sizeof(float) + kAlignment - 1) / kAlignment * kAlignment;
  auto* memory = static_cast<float*>(std::aligned_alloc(kAlignment, bytes));
  if (!memory) throw OutOfDeviceMemory("out of memory: " + std::to_string(bytes) + " bytes were asked for");
  return {memory, [](float* p) { std::free(p); }};
}

size_t whole_panels(size_t n_out, size_t panel_columns) {
  return (n_out + panel_columns - 1) / panel_columns * panel_columns;
}

// Memory of (columns, depth) values of 32 bits.
DeviceBuffer allocate_panels(size_t columns, size_t depth) {
  require(depth == 0 || columns <= std::numeric_limits<size_t>::max() / sizeof(float) / depth,
          "a weight is too large");
  return allocate_aligned(columns * depth);
}

// The bias of whole panels: columns beyond n_out are never the largest.
DeviceBuffer pad_bias(std::span<const float> bias, size_t n_out, size_t columns) {
  DeviceBuffer padded = allocate_aligned(columns);
  std::fill_n(padded.get(), n_out, 0.0f);
  std::ranges::copy(bias, padded.get());
  std::fill(padded.get() + n_out, padded.get() + columns, -std::numeric_limits<float>::infinity());
  return padded;
}

class PackedWeights : public LinearWeights {
 public:
  PackedWeights(std::span<const float> weight, std::span<const float> bias, size_t out, size_t in)
      : LinearWeights(out, in), panel_columns(cpu::panel_columns()) {
    const size_t columns = whole_panels(n_out, panel_columns);
    panels_ = allocate_panels(columns, n_in);
    bias_ = pad_bias(bias, n_out, columns);
    cpu::pack_panels(weight.data(), n_out, n_in, panels_.get());
  }

  cpu::LinearJob job(ConstRows x) const {
    return {.x = x.data,
            .n_rows = x.n_rows,
            .n_in = n_in,
            .n_out = n_out,
            .panels = panels_.get(),
            .bias = bias_.get()};
  }

  const size_t panel_columns;

 private:
  DeviceBuffer panels_, bias_;
};

// Pairs of bfloat16 lie in memory of floats, of the same size.
uint32_t* as_pairs(float* memory) {
  static_assert(sizeof(float) == sizeof(uint32_t));
  return reinterpret_cast<uint32_t*>(memory);
}

class Bfloat16Weights : public LinearWeights {
 public:
  Bfloat16Weights(std::span<const float> weight, std::span<const float> bias, size_t out, size_t in)
      : LinearWeights(out, in) {
    const size_t columns = whole_panels(n_out, cpu::kPairPanel);
    panels_ = allocate_panels(columns, cpu::count_pairs(n_in));
    bias_ = pad_bias(bias, n_out, columns);
    cpu::pack_pair_panels(weight.data(), n_out, n_in, as_pairs(panels_.get()));
  }

  // The rounded rows lie in the workspace.
  cpu::PairJob job(ConstRows x, Workspace& workspace) const {
    const size_t n_pairs = cpu::count_pairs(n_in);
    uint32_t* pairs = as_pairs(workspace.rows(x.n_rows, n_pairs).data);
    cpu::round_to_pairs(x.data, x.n_rows, n_in, pairs);
    return {.x = pairs,
            .n_rows = x.n_rows,
            .n_pairs = n_pairs,
            .n_out = n_out,
            .panels = as_pairs(panels_.get()),
            .bias = bias_.get()};
  }

 private:
  DeviceBuffer panels_, bias_;
};

template <class Weights>
const Weights& weights_as(const LinearWeights& w) {
  const auto* weights = dynamic_cast<const Weights*>(&w);
  require(weights != nullptr, "weights of another backend");
  return *weights;
}

const PackedWeights& packed(const LinearWeights& w) {
  const auto& weights = weights_as<PackedWeights>(w);
  require(weights.panel_columns == cpu::panel_columns(), "weights packed for another set of instructions");
  return weights;
}

void require_weight(std::span<const float> weight, std::span<const float> bias, size_t n_out, size_t n_in) {
  require(n_out > 0 && n_in > 0 && weight.size() / n_in == n_out && weight.size() % n_in == 0,
          "a weight that is not (n_out, n_in)");
  require(bias.empty() || bias.size() == n_out, "a bias that is not (n_out)");
}

void require_linear(ConstRows x, const LinearWeights& w, Rows out) {
  require(x.n_cols == w.n_in && out.n_cols == w.n_out && x.n_rows == out.n_rows, "shapes of a linear");
}

void require_argmax(ConstRows x, const LinearWeights& w, std::span<Prediction> out) {
  require(x.n_cols == w.n_in && out.size() == x.n_rows, "shapes of an argmax");
}

class CpuBackend : public Backend {
 public:
  std::string description() const override { return std::string("cpu, float32, ") + cpu::instruction_set(); }
  size_t n_workers(int n_threads) const override { return static_cast<size_t>(std::max(1, n_threads)); }
  DeviceBuffer allocate(size_t n_floats) const override { return allocate_aligned(n_floats); }

  void upload(std::span<const float> values, Rows out) const override {
    require(values.size() == out.n_rows * out.n_cols, "upload of another size");
    std::ranges::copy(values, out.data);
  }

  void download(ConstRows x, std::span<float> values) const override {
    require(values.size() == x.n_rows * x.n_cols, "download of another size");
    std::copy_n(x.data, values.size(), values.data());
  }

  std::unique_ptr<LinearWeights> prepare(std::span<const float> weight, std::span<const float> bias,
                                         size_t n_out, size_t n_in) const override {
    require_weight(weight, bias, n_out, n_in);
    return std::make_unique<PackedWeights>(weight, bias, n_out, n_in);
  }

  void linear(ConstRows x, const LinearWeights& w, Activation activation, Rows out,
              Workspace&) const override {
    require_linear(x, w, out);
    cpu::linear(packed(w).job(x), activation, out.data);
  }

  void add_layer_norm(Rows x, ConstRows residual, const float* scale, const float* shift,
                      float eps) const override {
    require(!residual.data || (residual.n_rows == x.n_rows && residual.n_cols == x.n_cols),
            "shapes of a layer norm");
    cpu::add_layer_norm(x, residual.data, scale, shift, eps);
  }

  void attention(ConstRows qkv, Segments segments, size_t n_heads, Rows out,
                 Workspace& workspace) const override {
    require(n_heads > 0 && out.n_cols % n_heads == 0 && qkv.n_cols == 3 * out.n_cols &&
                qkv.n_rows == out.n_rows && segments.n_rows() == out.n_rows,
            "shapes of an attention");
    const size_t width = out.n_cols, depth = width / n_heads;
    size_t scratch_floats = 0;
    for (size_t c = 0; c < segments.n_cells(); ++c) {
      scratch_floats = std::max(scratch_floats, cpu::attention_scratch(rows_of(segments, c), depth));
    }
    const Workspace::Scope scope(workspace);
    float* scratch = workspace.rows(1, scratch_floats).data;
    for (size_t c = 0; c < segments.n_cells(); ++c) {
      const float* q = qkv.data + segments.offsets[c] * qkv.n_cols;
      float* to = out.data + segments.offsets[c] * width;
      for (size_t h = 0; h < n_heads; ++h, q += depth, to += depth) {
        cpu::attention({.q = q,
                        .k = q + width,
                        .v = q + 2 * width,
                        .n_rows = rows_of(segments, c),
                        .depth = depth,
                        .stride = qkv.n_cols,
                        .out = to,
                        .out_stride = width},
                       scratch);
      }
    }
  }

  void attention_of_one(ConstRows q, ConstRows x, Segments segments, float scale, Rows out,
                        Workspace& workspace) const override {
    const size_t n_cells = segments.n_cells();
    require(n_cells > 0 && q.n_rows % n_cells == 0 && q.n_cols == x.n_cols && out.n_cols == q.n_cols &&
                out.n_rows == q.n_rows && segments.n_rows() == x.n_rows,
            "shapes of an attention of one");
    const size_t n_heads = q.n_rows / n_cells;
    const Workspace::Scope scope(workspace);
    size_t scratch_floats = 0;
    for (size_t c = 0; c < n_cells; ++c) {
      scratch_floats = std::max(scratch_floats, cpu::attention_of_one_scratch(rows_of(segments, c), n_heads));
    }
    float* scratch = workspace.rows(1, scratch_floats).data;
    for (size_t c = 0; c < n_cells; ++c) {
      cpu::attention_of_one({.q = q.data + c * q.n_cols,
                             .q_stride = n_cells * q.n_cols,
                             .x = x.data + segments.offsets[c] * x.n_cols,
                             .n_rows = rows_of(segments, c),
                             .n_heads = n_heads,
                             .depth = x.n_cols,
                             .scale = scale},
                            scratch, out.data + c * out.n_cols);
    }
  }

  void gather(ConstRows table, std::span<const uint32_t> ids, bool add, Rows out) const override {
    require(ids.size() == out.n_rows && table.n_cols == out.n_cols, "shapes of a gather");
    for (size_t i = 0; i < ids.size(); ++i) {
      const float* from = table.data + ids[i] * table.n_cols;
      float* to = out.data + i * out.n_cols;
      if (add) {
        cpu::add_values(from, out.n_cols, to);
      } else {
        std::copy_n(from, out.n_cols, to);
      }
    }
  }

  void table_products(ConstRows table, std::span<const uint32_t> ids, ConstRows x, Segments segments,
                      Rows out) const override {
    require(table.n_cols == x.n_cols && segments.n_cells() == x.n_rows && segments.n_rows() == ids.size() &&
                out.n_rows == ids.size() && out.n_cols == 1,
            "shapes of table products");
    for (size_t c = 0; c < segments.n_cells(); ++c) {
      for (size_t i = segments.offsets[c]; i < segments.offsets[c + 1]; ++i) {
        out.data[i] = cpu::dot(table.data + ids[i] * table.n_cols, x.data + c * x.n_cols, x.n_cols);
      }
    }
  }

  void mean_rows(ConstRows x, std::span<const RowRange> ranges, Rows out) const override {
    require(ranges.size() == out.n_rows && x.n_cols == out.n_cols, "shapes of a mean");
    for (size_t c = 0; c < ranges.size(); ++c) {
      const RowRange range = ranges[c];
      require(range.begin < range.end && range.end <= x.n_rows, "a range of no or missing rows");
      cpu::mean_of_rows(x.data + range.begin * x.n_cols, range.end - range.begin, x.n_cols,
                        out.data + c * out.n_cols);
    }
  }

  void argmax_linear(ConstRows x, const LinearWeights& w, std::span<Prediction> out,
                     Workspace&) const override {
    require_argmax(x, w, out);
    cpu::argmax_linear(packed(w).job(x), out);
  }

 private:
  static size_t rows_of(Segments segments, size_t cell) {
    return segments.offsets[cell + 1] - segments.offsets[cell];
  }
};

class Bfloat16Backend : public CpuBackend {
 public:
  std::string description() const override {
    return "cpu, bfloat16 products with float32 sums, AVX-512 BF16";
  }

  std::unique_ptr<LinearWeights> prepare(std::span<const float> weight, std::span<const float> bias,
                                         size_t n_out, size_t n_in) const override {
    require_weight(weight, bias, n_out, n_in);
    return std::make_unique<Bfloat16Weights>(weight, bias, n_out, n_in);
  }

  void linear(ConstRows x, const LinearWeights& w, Activation activation, Rows out,
              Workspace& workspace) const override {
    require_linear(x, w, out);
    const Workspace::Scope scope(workspace);
    cpu::linear(weights_as<Bfloat16Weights>(w).job(x, workspace), activation, out.data);
  }

  void argmax_linear(ConstRows x, const LinearWeights& w, std::span<Prediction> out,
                     Workspace& workspace) const override {
    require_argmax(x, w, out);
    const Workspace::Scope scope(workspace);
    cpu::argmax_linear(weights_as<Bfloat16Weights>(w).job(x, workspace), out);
  }
};

}  // namespace

bool fast_bfloat16() {
  return cpu::bfloat16_obstacle() == nullptr;
}

std::unique_ptr<Backend> make_cpu_backend(Precision precision) {
  if (precision == Precision::bfloat16) {
    if (const char* obstacle = cpu::bfloat16_obstacle()) {
      throw Error::usage({.read = "precision bfloat16",
                          .expected = "a processor with AVX-512 BF16",
                          .found = obstacle,
                          .advice = "use float32"});
    }
    return std::make_unique<Bfloat16Backend>();
  }
  return std::make_unique<CpuBackend>();
}

}  // namespace zerocell
