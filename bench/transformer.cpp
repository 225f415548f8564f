// Times the processor's backend of the packed transformer against the best sgemm of the same process.
//
// usage: bench_transformer [--threads N] [--repeats R]
#include <cblas.h>
#include <fmt/core.h>

#include <time.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/random.h"
#include "zerocell/nn/backend.h"

namespace zerocell {
namespace {

DenseMatrix<float> random_matrix(size_t n_rows, size_t n_cols) {
  DenseMatrix<float> x(n_rows, n_cols);
  for (size_t i = 0; i < n_rows * n_cols; ++i) {
    x.data()[i] = static_cast<float>(mix64(i) >> 40) * 0x1p-23f - 1.0f;
  }
  return x;
}

Rows rows(DenseMatrix<float>& x) {
  return {x.data(), x.n_rows(), x.n_cols()};
}

/// What one thread does: returns a function that does the work once.
using Work = std::function<void()>;
using MakeWork = std::function<Work()>;

class Bench {
 public:
  Bench(int threads, int repeats) : threads_(threads), repeats_(repeats), pool_(threads) {}

  /// Least seconds of a call: of the processor on one thread, of the clock while all threads do the same.
  struct Seconds {
    double alone, together;
  };
  Seconds least(const MakeWork& make) {
    std::vector<Work> work;
    for (int t = 0; t < threads_; ++t) work.push_back(make());
    Seconds best = {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
    for (int r = 0; r < repeats_; ++r) {
      best.alone = std::min(best.alone, cpu_seconds(work[0]));
      best.together =
          std::min(best.together,
                   seconds([&] { pool_.parallel_for(work.size(), [&](size_t t, int) { work[t](); }); }));
    }
    return best;
  }

  void flops(const std::string& name, double flop, const MakeWork& make) {
    const Seconds best = least(make);
    const double rate = flop / best.alone / 1e9, all = threads_ * flop / best.together / 1e9;
    if (!yardstick_) yardstick_ = {rate, all};
    const auto [first, is_first] = rates_.emplace(name, rate);
    fmt::print("{:<44} {:8.3f} ms {:7.1f} GFLOP/s {:4.0f} %   all threads {:7.1f} GFLOP/s {:4.0f} %{}\n",
               name, 1e3 * best.alone, rate, 100 * rate / yardstick_->first, all,
               100 * all / yardstick_->second,
               is_first ? "" : fmt::format("   {:.0f} % of float32", 100 * rate / first->second));
  }

  void bytes(const std::string& name, double bytes, const MakeWork& make) {
    const Seconds best = least(make);
    fmt::print("{:<44} {:8.3f} ms {:7.1f} GB/s\n", name, 1e3 * best.alone, bytes / best.alone / 1e9);
  }

 private:
  static double seconds(const Work& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  // Whatever else the machine does.
  static double cpu_seconds(const Work& work) {
    const auto now = [] {
      timespec time;
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
      return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
    };
    const double start = now();
    work();
    return now() - start;
  }

  int threads_, repeats_;
  ThreadPool pool_;
  std::optional<std::pair<double, double>> yardstick_;
  std::map<std::string, double> rates_;  // of one thread, float32 first
};

void time_sgemm(Bench& bench) {
  constexpr int kSize = 2048;
  openblas_set_num_threads(1);
  bench.flops("sgemm 2048 x 2048 x 2048", 2.0 * kSize * kSize * kSize, [] {
    return [a = random_matrix(kSize, kSize), b = random_matrix(kSize, kSize),
            c = DenseMatrix<float>(kSize, kSize)]() mutable {
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, kSize, kSize, kSize, 1.0f, a.data(), kSize,
                  b.data(), kSize, 0.0f, c.data(), kSize);
    };
  });
}

void time_linear(Bench& bench, const Backend& backend, size_t n_rows, size_t n_in, size_t n_out,
                 Activation activation = Activation::relu) {
  const auto w = random_matrix(n_out, n_in), b = random_matrix(1, n_out);
  const std::shared_ptr<LinearWeights> weights =
      backend.prepare({w.data(), n_out * n_in}, {b.data(), n_out}, n_out, n_in);
  bench.flops(fmt::format("linear {} x {} -> {}{}", n_rows, n_in, n_out,
                          activation == Activation::gelu ? ", GELU" : ""),
              2.0 * static_cast<double>(n_rows * n_in * n_out), [&] {
                return [&backend, weights, activation, x = random_matrix(n_rows, n_in),
                        out = DenseMatrix<float>(n_rows, n_out),
                        workspace = std::make_shared<Workspace>(backend)]() mutable {
                  backend.linear(rows(x), *weights, activation, rows(out), *workspace);
                };
              });
}

void time_argmax(Bench& bench, const Backend& backend, size_t n_rows, size_t n_in, size_t n_out) {
  const auto w = random_matrix(n_out, n_in);
  const std::shared_ptr<LinearWeights> weights = backend.prepare({w.data(), n_out * n_in}, {}, n_out, n_in);
  bench.flops(fmt::format("argmax linear {} x {} -> {}", n_rows, n_in, n_out),
              2.0 * static_cast<double>(n_rows * n_in * n_out), [&] {
                return [&backend, weights, x = random_matrix(n_rows, n_in),
                        out = std::vector<Prediction>(n_rows),
                        workspace = std::make_shared<Workspace>(backend)]() mutable {
                  backend.argmax_linear(rows(x), *weights, out, *workspace);
                };
              });
}

void time_attention(Bench& bench, const Backend& backend, size_t n_cells, uint32_t length, size_t n_heads) {
  const size_t width = 64 * n_heads, n_rows = n_cells * length;
  bench.flops(fmt::format("attention {} x {} tokens, {} heads", n_cells, length, n_heads),
              4.0 * static_cast<double>(n_rows * length * width), [&] {
                std::vector<uint32_t> offsets;
                for (uint32_t c = 0; c <= n_cells; ++c) offsets.push_back(c * length);
                return [&backend, offsets, n_heads, qkv = random_matrix(n_rows, 3 * width),
                        out = DenseMatrix<float>(n_rows, width),
                        workspace = std::make_shared<Workspace>(backend)]() mutable {
                  backend.attention(rows(qkv), {offsets}, n_heads, rows(out), *workspace);
                };
              });
}

/// One layer of a BERT encoder: heads of 64, feed-forward 2 D wide, as in Geneformer.
void time_encoder(Bench& bench, const Backend& backend, size_t n_cells, uint32_t length, size_t width) {
  const size_t n_rows = n_cells * length, wide = 2 * width;
  const auto prepare = [&](size_t n_out, size_t n_in) -> std::shared_ptr<LinearWeights> {
    const auto w = random_matrix(n_out, n_in);
    return backend.prepare({w.data(), n_out * n_in}, {}, n_out, n_in);
  };
  const auto to_qkv = prepare(3 * width, width), mix = prepare(width, width), up = prepare(wide, width),
             down = prepare(width, wide);
  const double flop = static_cast<double>(n_rows) *
                      static_cast<double>(2 * width * (4 * width + 2 * wide) + 4 * length * width);
  bench.flops(fmt::format("encoder layer {} x {} tokens, width {}", n_cells, length, width), flop, [&] {
    std::vector<uint32_t> offsets;
    for (uint32_t c = 0; c <= n_cells; ++c) offsets.push_back(c * length);
    return [&backend, to_qkv, mix, up, down, offsets, x = random_matrix(n_rows, width),
            qkv = DenseMatrix<float>(n_rows, 3 * width), mixed = DenseMatrix<float>(n_rows, width),
            hidden = DenseMatrix<float>(n_rows, wide), ones = DenseMatrix<float>(1, width, 1.0f),
            workspace = std::make_shared<Workspace>(backend), width]() mutable {
      const std::vector<float> shift(width);
      backend.linear(rows(x), *to_qkv, Activation::none, rows(qkv), *workspace);
      backend.attention(rows(qkv), {offsets}, width / 64, rows(mixed), *workspace);
      const Rows narrow = {hidden.data(), x.n_rows(), width};
      backend.linear(rows(mixed), *mix, Activation::none, narrow, *workspace);
      backend.add_layer_norm(rows(x), narrow, ones.data(), shift.data(), 1e-12f);
      backend.linear(rows(x), *up, Activation::relu, rows(hidden), *workspace);
      backend.linear(rows(hidden), *down, Activation::none, rows(mixed), *workspace);
      backend.add_layer_norm(rows(x), rows(mixed), ones.data(), shift.data(), 1e-12f);
    };
  });
}

void time_layer_norm(Bench& bench, const Backend& backend, size_t n_rows, size_t width) {
  bench.bytes(fmt::format("add + layer norm {} x {}", n_rows, width),
              12.0 * static_cast<double>(n_rows * width), [&] {
                return [&backend, x = random_matrix(n_rows, width), residual = random_matrix(n_rows, width),
                        scale = DenseMatrix<float>(1, width, 1.0f),
                        shift = DenseMatrix<float>(1, width)]() mutable {
                  backend.add_layer_norm(rows(x), rows(residual), scale.data(), shift.data(), 1e-12f);
                };
              });
}

void time_all(Bench& bench, const Backend& backend) {
  fmt::print("{}\n", backend.description());
  constexpr size_t kLinear[][3] = {{1024, 256, 256},   {1024, 256, 512},   {1024, 256, 768},
                                   {1024, 512, 256},   {1024, 512, 1536},  {8192, 256, 768},
                                   {1024, 1152, 4608}, {1024, 4608, 1152}, {16, 256, 256}};
  for (const auto& [n_rows, n_in, n_out] : kLinear) time_linear(bench, backend, n_rows, n_in, n_out);
  time_linear(bench, backend, 1024, 256, 512, Activation::gelu);
  for (const size_t n_heads : {4, 8}) {
    time_attention(bench, backend, 4, 300, n_heads);
    time_attention(bench, backend, 1, 2048, n_heads);
  }
  time_layer_norm(bench, backend, 1024, 256);
  time_layer_norm(bench, backend, 1024, 1152);
  time_argmax(bench, backend, 512, 256, 25426);
  for (const size_t width : {256, 512}) {
    time_encoder(bench, backend, 14, 300, width);
    time_encoder(bench, backend, 2, 2048, width);
  }
}

}  // namespace
}  // namespace zerocell

int main(int argc, char** argv) {
  int threads = static_cast<int>(std::thread::hardware_concurrency()), repeats = 20;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (argv[i] == std::string("--threads")) threads = std::stoi(argv[i + 1]);
    if (argv[i] == std::string("--repeats")) repeats = std::stoi(argv[i + 1]);
  }
  zerocell::Bench bench(threads, repeats);
  zerocell::time_sgemm(bench);
  zerocell::time_all(bench, *zerocell::make_cpu_backend());
  if (zerocell::fast_bfloat16()) {
    zerocell::time_all(bench, *zerocell::make_cpu_backend(zerocell::Precision::bfloat16));
  }
}
