#include "zerocell/torch/torch_backend.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <c10/core/InferenceMode.h>
#include <torch/version.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <type_traits>

#include "zerocell/torch/cell_groups.h"
#include "zerocell/torch/torch_device.h"

namespace zerocell {
namespace {

// Places of a padded group of cells: enough to fill a GPU, few enough that the copies stay small and that
// even cells of one token are fewer than the 65535 that one of CUDA's grids holds.
constexpr size_t kGroupPlaces = 1 << 15;
// Logits in memory at once.
constexpr size_t kSlabLogits = 1 << 26;

void require(bool holds, const char* what) {
  if (!holds) throw Error::internal(std::string("torch backend: ") + what);
}

// Runs calls of LibTorch without its gradients.
template <class Body>
auto guarded(const Body& body) {
  return guard_torch([&] {
    const c10::InferenceMode no_gradients;
    return body();
  });
}

class TorchWeights : public LinearWeights {
 public:
  TorchWeights(at::Tensor weights, std::optional<at::Tensor> biases)
      : LinearWeights(weights.size(0), weights.size(1)),
        weight(std::move(weights)),
        bias(std::move(biases)) {}
  const at::Tensor weight;               // (n_out, n_in), float32 or bfloat16
  const std::optional<at::Tensor> bias;  // (n_out), float32
};

const TorchWeights& torch_weights(const LinearWeights& w) {
  const auto* weights = dynamic_cast<const TorchWeights*>(&w);
  require(weights != nullptr, "weights of another backend");
  return *weights;
}

// A group of cells in device memory.
struct DeviceGroup {
  int64_t n_cells, length;
  at::Tensor cells, rows;            // (B), (B * length)
  std::optional<at::Tensor> tokens;  // where there is padding
  std::optional<at::Tensor> mask;    // (B, 1, 1, length), true for keys that count

  // packed (L, W) -> (B * length, W)
  at::Tensor pad(const at::Tensor& packed) const { return packed.index_select(0, rows); }
  // padded (B * length, W) -> its rows of `packed`
  void unpad(const at::Tensor& padded, at::Tensor packed) const {
    if (tokens) {
      packed.index_copy_(0, rows.index_select(0, *tokens), padded.index_select(0, *tokens));
    } else {
      packed.index_copy_(0, rows, padded);
    }
  }
};

class TorchBackend : public Backend {
 public:
  TorchBackend(at::Device device, Precision precision)
      : device_(device), type_(precision == Precision::bfloat16 ? at::kBFloat16 : at::kFloat) {}

  std::string description() const override {
    return describe_torch_device(device_) + (type_ == at::kFloat ? ", float32" : ", bfloat16") +
           ", LibTorch " + TORCH_VERSION;
  }
  size_t n_workers(int) const override { return 1; }

  DeviceBuffer allocate(size_t n_floats) const override {
    require(n_floats <= std::numeric_limits<int64_t>::max() / sizeof(float),
            "a size exceeds the address space");
    return guarded([&] {
      auto memory = at::empty({std::max<int64_t>(1, static_cast<int64_t>(n_floats))},
                              at::TensorOptions(device_).dtype(at::kFloat));
      auto* data = memory.mutable_data_ptr<float>();
      return DeviceBuffer(data, [owner = std::move(memory)](float*) mutable { owner.reset(); });
    });
  }

  void upload(std::span<const float> values, Rows out) const override {
    require(values.size() == out.n_rows * out.n_cols, "upload of another size");
    guarded([&] { view(out).copy_(host(values.data(), {rows_of(out), columns_of(out)})); });
  }

  void download(ConstRows x, std::span<float> values) const override {
    require(values.size() == x.n_rows * x.n_cols, "download of another size");
    guarded([&] { host(values.data(), {rows_of(x), columns_of(x)}).copy_(view(x)); });
  }

  std::unique_ptr<LinearWeights> prepare(std::span<const float> weight, std::span<const float> bias,
                                         size_t n_out, size_t n_in) const override {
    require(n_out > 0 && n_in > 0 && weight.size() / n_in == n_out && weight.size() % n_in == 0,
            "a weight that is not (n_out, n_in)");
    require(bias.empty() || bias.size() == n_out, "a bias that is not (n_out)");
    return guarded([&]() -> std::unique_ptr<LinearWeights> {
      const auto rows = static_cast<int64_t>(n_out);
      auto weights = on_device(host(weight.data(), {rows, static_cast<int64_t>(n_in)})).to(type_);
      std::optional<at::Tensor> biases;
      if (!bias.empty()) biases = on_device(host(bias.data(), {rows}));
      return std::make_unique<TorchWeights>(std::move(weights), std::move(biases));
    });
  }

  void linear(ConstRows x, const LinearWeights& w, Activation activation, Rows out,
              Workspace&) const override {
    require(x.n_cols == w.n_in && out.n_cols == w.n_out && x.n_rows == out.n_rows, "shapes of a linear");
    guarded([&] {
      const auto& [weight, bias] = parts(w);
      auto to = view(out);
      multiply(view(x), weight, bias, to);
      if (activation == Activation::relu) to.relu_();
      if (activation == Activation::gelu) at::gelu_(to, "none");
      if (activation == Activation::leaky_relu) at::leaky_relu_(to, 0.01);
    });
  }

  void add_layer_norm(Rows x, ConstRows residual, const float* scale, const float* shift,
                      float eps) const override {
    require(!residual.data || (residual.n_rows == x.n_rows && residual.n_cols == x.n_cols),
            "shapes of a layer norm");
    guarded([&] {
      auto sum = view(x);
      if (residual.data) sum.add_(view(residual));
      const auto width = columns_of(x);
      sum.copy_(at::layer_norm(sum, {width}, device_view(scale, {width}), device_view(shift, {width}), eps));
    });
  }

  void attention(ConstRows qkv, Segments segments, size_t n_heads, Rows out, Workspace&) const override {
    require(n_heads > 0 && out.n_cols % n_heads == 0 && qkv.n_cols == 3 * out.n_cols &&
                qkv.n_rows == out.n_rows && segments.n_rows() == out.n_rows,
            "shapes of an attention");
    guarded([&] {
      const auto width = columns_of(out), heads = static_cast<int64_t>(n_heads);
      for_each_group(segments, [&](const DeviceGroup& group) {
        const auto padded = group.pad(view(qkv))
                                .view({group.n_cells, group.length, 3, heads, width / heads})
                                .permute({2, 0, 3, 1, 4});  // (3, B, H, length, d)
        const auto attended = at::scaled_dot_product_attention(padded[0], padded[1], padded[2],
                                                               group.mask);  // (B, H, length, d)
        group.unpad(attended.transpose(1, 2).reshape({-1, width}), view(out));
      });
    });
  }

  void attention_of_one(ConstRows q, ConstRows x, Segments segments, float scale, Rows out,
                        Workspace&) const override {
    const size_t n_cells = segments.n_cells();
    require(n_cells > 0 && q.n_rows % n_cells == 0 && q.n_cols == x.n_cols && out.n_cols == q.n_cols &&
                out.n_rows == q.n_rows && segments.n_rows() == x.n_rows,
            "shapes of an attention of one");
    guarded([&] {
      const auto width = columns_of(x), cells = static_cast<int64_t>(n_cells), heads = rows_of(q) / cells;
      const auto queries = view(q).view({heads, cells, width});
      auto to = view(out).view({heads, cells, width});
      for_each_group(segments, [&](const DeviceGroup& group) {
        // The heads are so many queries of one head: (B, 1, H, D) against (B, 1, length, D).
        const auto query = queries.index_select(1, group.cells).transpose(0, 1).unsqueeze(1);
        const auto padded = group.pad(view(x)).view({group.n_cells, 1, group.length, width});
        const auto attended = at::scaled_dot_product_attention(query, padded, padded, group.mask, 0.0, false,
                                                               static_cast<double>(scale));
        to.index_copy_(1, group.cells, attended.squeeze(1).transpose(0, 1));
      });
    });
  }

  void gather(ConstRows table, std::span<const uint32_t> ids, bool add, Rows out) const override {
    require(ids.size() == out.n_rows && table.n_cols == out.n_cols, "shapes of a gather");
    guarded([&] {
      const auto rows = indices({ids.begin(), ids.end()});
      auto to = view(out);
      if (add) {
        to.add_(view(table).index_select(0, rows));
      } else {
        at::index_select_out(to, view(table), 0, rows);
      }
    });
  }

  void table_products(ConstRows table, std::span<const uint32_t> ids, ConstRows x, Segments segments,
                      Rows out) const override {
    require(table.n_cols == x.n_cols && segments.n_cells() == x.n_rows && segments.n_rows() == ids.size() &&
                out.n_rows == ids.size() && out.n_cols == 1,
            "shapes of table products");
    std::vector<int64_t> cells;  // of each row
    for (size_t c = 0; c < segments.n_cells(); ++c) {
      cells.resize(segments.offsets[c + 1], static_cast<int64_t>(c));
    }
    guarded([&] {
      const auto left = view(table).index_select(0, indices({ids.begin(), ids.end()}));
      const auto right = view(x).index_select(0, indices(cells));
      view(out).copy_(left.mul(right).sum({1}, /*keepdim=*/true));
    });
  }

  void mean_rows(ConstRows x, std::span<const RowRange> ranges, Rows out) const override {
    require(ranges.size() == out.n_rows && x.n_cols == out.n_cols, "shapes of a mean");
    for (const RowRange range : ranges) {
      require(range.begin < range.end && range.end <= x.n_rows, "a range of no or missing rows");
    }
    guarded([&] {
      const auto from = view(x), to = view(out);
      for (size_t c = 0; c < ranges.size(); ++c) {
        const auto rows = from.narrow(0, ranges[c].begin, ranges[c].end - ranges[c].begin);
        to.select(0, static_cast<int64_t>(c)).copy_(rows.mean({0}, false, at::kDouble));
      }
    });
  }

  void argmax_linear(ConstRows x, const LinearWeights& w, std::span<Prediction> out,
                     Workspace&) const override {
    require(x.n_cols == w.n_in && out.size() == x.n_rows, "shapes of an argmax");
    guarded([&] {
      const auto& [weight, bias] = parts(w);
      const auto rounded = weight.to(at::kFloat);
      const size_t slab = std::max<size_t>(1, kSlabLogits / w.n_out);
      for (size_t first = 0; first < x.n_rows; first += slab) {
        const size_t n = std::min(slab, x.n_rows - first);
        const auto rows = view(x).narrow(0, static_cast<int64_t>(first), static_cast<int64_t>(n));
        auto logits = at::empty({rows.size(0), rounded.size(0)}, rows.options());
        multiply(rows.to(type_).to(at::kFloat), rounded, bias, logits);
        take_predictions(logits, out.subspan(first, n));
      }
    });
  }

 private:
  static int64_t rows_of(ConstRows x) { return static_cast<int64_t>(x.n_rows); }
  static int64_t columns_of(ConstRows x) { return static_cast<int64_t>(x.n_cols); }

  // Views own nothing; LibTorch takes no pointer to const.
  at::Tensor device_view(const float* data, at::IntArrayRef shape) const {
    return at::for_blob(const_cast<float*>(data), shape)
        .options(at::TensorOptions(device_).dtype(at::kFloat))
        .target_device(device_)
        .make_tensor();
  }
  at::Tensor view(ConstRows x) const { return device_view(x.data, {rows_of(x), columns_of(x)}); }
  template <class T>
  static at::Tensor host(const T* data, at::IntArrayRef shape) {
    using Value = std::conditional_t<std::is_same_v<T, uint8_t>, bool, T>;
    return at::from_blob(const_cast<T*>(data), shape, c10::CppTypeToScalarType<Value>::value);
  }
  // A copy, on the processor too: what it is made of may go.
  at::Tensor on_device(const at::Tensor& host_values) const {
    return host_values.to(at::TensorOptions(device_), /*non_blocking=*/false, /*copy=*/true);
  }
  at::Tensor indices(const std::vector<int64_t>& values) const {
    return on_device(host(values.data(), {static_cast<int64_t>(values.size())}));
  }

  struct Parts {
    const at::Tensor& weight;
    const std::optional<at::Tensor>& bias;
  };
  static Parts parts(const LinearWeights& w) {
    const auto& weights = torch_weights(w);
    return {weights.weight, weights.bias};
  }

  // out = x W^T + b in the weights' precision; out is float32.
  static void multiply(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                       at::Tensor& out) {
    if (weight.scalar_type() != at::kFloat) {
      out.copy_(at::mm(x.to(weight.scalar_type()), weight.t()));
      if (bias) out.add_(*bias);
    } else if (bias) {
      at::addmm_out(out, *bias, x, weight.t());
    } else {
      at::mm_out(out, x, weight.t());
    }
  }

  // Of logits (L, n_out); max() gives the first of equal values, topk() any.
  static void take_predictions(const at::Tensor& logits, std::span<Prediction> out) {
    const auto [largest, ids] = logits.max(1);
    const auto best = largest.cpu(), best_ids = ids.cpu();
    const bool alone = logits.size(1) == 1;
    const auto second = alone ? best : std::get<0>(logits.topk(2, 1)).select(1, 1).contiguous().cpu();
    for (size_t i = 0; i < out.size(); ++i) {
      const float logit = best.const_data_ptr<float>()[i];
      const float margin =
          alone ? std::numeric_limits<float>::infinity() : logit - second.const_data_ptr<float>()[i];
      out[i] = {.id = static_cast<uint32_t>(best_ids.const_data_ptr<int64_t>()[i]),
                .logit = logit,
                .margin = margin};
    }
  }

  DeviceGroup on_device(const CellGroup& group) const {
    DeviceGroup result{.n_cells = static_cast<int64_t>(group.cells.size()),
                       .length = static_cast<int64_t>(group.length),
                       .cells = indices(group.cells),
                       .rows = indices(group.rows),
                       .tokens = std::nullopt,
                       .mask = std::nullopt};
    if (group.padded()) {
      std::vector<uint8_t> counts(group.rows.size(), 0);
      for (const int64_t place : group.tokens) counts[static_cast<size_t>(place)] = 1;
      result.tokens = indices(group.tokens);
      result.mask = on_device(host(counts.data(), {result.n_cells, 1, 1, result.length}));
    }
    return result;
  }

  template <class Body>
  void for_each_group(Segments segments, const Body& body) const {
    for (const auto& group : group_cells(segments, kGroupPlaces)) body(on_device(group));
  }

  at::Device device_;
  at::ScalarType type_;
};

}  // namespace

std::unique_ptr<Backend> make_torch_backend(const std::string& device, Precision precision) {
  return std::make_unique<TorchBackend>(open_torch_device(device), precision);
}

}  // namespace zerocell
