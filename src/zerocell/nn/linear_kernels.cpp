#include <algorithm>
#include <limits>

#include "zerocell/nn/cpu_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "zerocell/nn/linear_kernels.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "zerocell/nn/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace zerocell::cpu {
namespace HWY_NAMESPACE {

// Weights that stay in the second-level cache while all rows pass by.
constexpr size_t kGroupFloats = size_t{512} * 1024 / sizeof(float);

// Dimensions of a slice of the weights: so that a tile of x stays in the first-level cache. Sums wait in
// `out` between slices, which changes no bit of them.
constexpr size_t kSlice = 1024;

size_t PanelColumns() {
  return kPanel;
}

void PackPanels(const float* w, size_t n_out, size_t n_in, float* panels) {
  for (size_t first = 0; first < n_out; first += kPanel) {
    const size_t n_cols = std::min(kPanel, n_out - first);
    for (size_t k = 0; k < n_in; ++k, panels += kPanel) {
      for (size_t c = 0; c < n_cols; ++c) panels[c] = w[(first + c) * n_in + k];
      std::fill(panels + n_cols, panels + kPanel, 0.0f);
    }
  }
}

// Panels whose slices of `depth` fill a group.
size_t group_columns(size_t depth) {
  return std::max<size_t>(1, kGroupFloats / (depth * kPanel)) * kPanel;
}

// Columns [first, last) of out, dimensions [k, k + depth).
void linear_group(const LinearJob& job, bool relu, size_t first, size_t last, size_t k, size_t depth,
                  float* out) {
  constexpr float kOnes[12] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  const bool is_last = k + depth == job.n_in;
  for_row_tiles(job.n_rows, [&](size_t row, size_t height) {
    for (size_t col = first; col < last; col += kPanel) {
      const Tile tile = {.a = job.x + row * job.n_in + k,
                         .lda = job.n_in,
                         .b = job.panels + col * job.n_in + k * kPanel,
                         .depth = depth,
                         .c = out + row * job.n_out + col,
                         .ldc = job.n_out,
                         .start_scale = k > 0 ? kOnes : nullptr,
                         .bias = is_last ? job.bias + col : nullptr,
                         .relu = relu && is_last};
      compute_tile(tile, height, std::min(kPanel, last - col));
    }
  });
}

void Linear(const LinearJob& job, bool relu, float* out) {
  const size_t n_slices = (job.n_in + kSlice - 1) / kSlice;
  const size_t slice = (job.n_in + n_slices - 1) / n_slices;
  const size_t group = group_columns(slice);
  for (size_t first = 0; first < job.n_out; first += group) {
    for (size_t k = 0; k < job.n_in; k += slice) {
      linear_group(job, relu, first, std::min(job.n_out, first + group), k, std::min(slice, job.n_in - k),
                   out);
    }
  }
}

void ArgmaxLinear(const LinearJob& job, std::span<Prediction> out) {
  const Lanes d;
  constexpr float kNone = -std::numeric_limits<float>::infinity();
  std::ranges::fill(out, Prediction{.id = 0, .logit = kNone, .margin = kNone});
  HWY_ALIGN float logits[kTileRows * kPanel];
  const size_t group = group_columns(job.n_in);
  for (size_t first = 0; first < job.n_out; first += group) {
    const size_t last = std::min(job.n_out, first + group);
    for_row_tiles(job.n_rows, [&](size_t row, size_t height) {
      for (size_t col = first; col < last; col += kPanel) {
        const Tile tile = {.a = job.x + row * job.n_in,
                           .lda = job.n_in,
                           .b = job.panels + col * job.n_in,
                           .depth = job.n_in,
                           .c = logits,
                           .ldc = kPanel,
                           .bias = job.bias + col};
        compute_tile(tile, height, kPanel);
        for (size_t r = 0; r < height; ++r) {
          Prediction& best = out[row + r];
          for (size_t c = 0; c < kPanel; c += kLanes) {
            const auto better = hn::Gt(hn::Load(d, logits + r * kPanel + c), hn::Set(d, best.margin));
            if (HWY_UNLIKELY(!hn::AllFalse(d, better))) {
              take_logits(logits + r * kPanel + c, kLanes, col + c, best);
            }
          }
        }
      }
    });
  }
  for (Prediction& best : out) best.margin = best.logit - best.margin;
}

const char* InstructionSet() {
  switch (HWY_TARGET) {
    case HWY_AVX3:
    case HWY_AVX3_DL:
      return "AVX-512";
    case HWY_EMU128:
      return "scalar";
    default:
      return hwy::TargetName(HWY_TARGET);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace zerocell::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zerocell::cpu {

HWY_EXPORT(PanelColumns);
HWY_EXPORT(PackPanels);
HWY_EXPORT(Linear);
HWY_EXPORT(ArgmaxLinear);
HWY_EXPORT(InstructionSet);

size_t panel_columns() {
  return HWY_DYNAMIC_DISPATCH(PanelColumns)();
}
void pack_panels(const float* w, size_t n_out, size_t n_in, float* panels) {
  HWY_DYNAMIC_DISPATCH(PackPanels)(w, n_out, n_in, panels);
}
void linear(const LinearJob& job, Activation activation, float* out) {
  HWY_DYNAMIC_DISPATCH(Linear)(job, activation == Activation::relu, out);
  if (activation == Activation::gelu) gelu(out, job.n_rows * job.n_out);
  if (activation == Activation::leaky_relu) leaky_relu(out, job.n_rows * job.n_out);
}
void argmax_linear(const LinearJob& job, std::span<Prediction> out) {
  HWY_DYNAMIC_DISPATCH(ArgmaxLinear)(job, out);
}
void take_logits(const float* logits, size_t n, size_t first_id, Prediction& best) {
  for (size_t i = 0; i < n; ++i) {
    if (logits[i] > best.logit) {
      best.margin = best.logit;
      best.logit = logits[i];
      best.id = static_cast<uint32_t>(first_id + i);
    } else if (logits[i] > best.margin) {
      best.margin = logits[i];
    }
  }
}
const char* instruction_set() {
  return HWY_DYNAMIC_DISPATCH(InstructionSet)();
}

}  // namespace zerocell::cpu
#endif
