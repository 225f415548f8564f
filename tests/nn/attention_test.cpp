// Attention against float64, on every instruction set of the machine.
#include <cmath>

#include "nn/nn_test_util.h"

namespace zerocell {
namespace {

// softmax(q k^T / sqrt(d)) v of one query for one head, and the largest |score|.
struct Expected {
  std::vector<double> out;
  double largest_score = 0;
};
Expected expected_head(const float* q, const float* k, const float* v, size_t stride, size_t n,
                       size_t depth) {
  std::vector<double> scores(n);
  double top = -1e300, sum = 0;
  Expected expected{.out = std::vector<double>(depth), .largest_score = 0};
  for (size_t j = 0; j < n; ++j) {
    for (size_t i = 0; i < depth; ++i) scores[j] += static_cast<double>(q[i]) * k[j * stride + i];
    scores[j] /= std::sqrt(static_cast<double>(depth));
    top = std::max(top, scores[j]);
    expected.largest_score = std::max(expected.largest_score, std::abs(scores[j]));
  }
  for (double& s : scores) sum += s = std::exp(s - top);
  for (size_t j = 0; j < n; ++j) {
    for (size_t i = 0; i < depth; ++i) expected.out[i] += scores[j] / sum * v[j * stride + i];
  }
  return expected;
}

std::vector<uint32_t> offsets_of(const std::vector<uint32_t>& lengths) {
  std::vector<uint32_t> offsets = {0};
  for (const uint32_t n : lengths) offsets.push_back(offsets.back() + n);
  return offsets;
}

void expect_attention(const Backend& backend, const std::vector<uint32_t>& lengths, size_t n_heads,
                      size_t depth, float size) {
  Workspace workspace(backend);
  const auto offsets = offsets_of(lengths);
  const size_t width = n_heads * depth, n_rows = offsets.back();
  const auto qkv = random_matrix(n_rows, 3 * width, 11, size);
  DenseMatrix<float> out(n_rows, width, std::nanf(""));
  backend.attention(const_rows(qkv), {offsets}, n_heads, rows(out), workspace);
  for (size_t c = 0; c < lengths.size(); ++c) {
    for (size_t row = offsets[c]; row<offsets[c + 1]; row += lengths[c]> 100 ? 7 : 1) {
      for (size_t h = 0; h < n_heads; ++h) {
        const float* k = qkv.data() + offsets[c] * 3 * width + width + h * depth;
        const auto expected = expected_head(qkv.data() + row * 3 * width + h * depth, k, k + width, 3 * width,
                                            lengths[c], depth);
        // A score has an error of a few 2^-24 of its terms; its power has the same relative error; averages
        // of values up to `size` keep it.
        const double bound = size * 0x1p-24 * (16 + 8 * size * size * std::sqrt(static_cast<double>(depth)));
        for (size_t i = 0; i < depth; ++i) {
          ASSERT_NEAR(out(row, h * depth + i), expected.out[i], bound)
              << "cell of " << lengths[c] << ", row " << row << ", head " << h << " of depth " << depth;
        }
      }
    }
  }
}

TEST(Attention, equals_float64_on_every_target) {
  for_each_backend([](const Backend& backend) {
    for (const size_t depth : {1, 3, 16, 20, 33, 48, 64, 96, 128}) {
      expect_attention(backend, {1, 2, 3, 7, 12, 13, 16, 31, 32, 33, 65}, 2, depth, 1.0f);
    }
    expect_attention(backend, {300, 1, 301}, 4, 64, 2.0f);
    expect_attention(backend, {512, 513, 1100}, 1, 64, 1.0f);  // several blocks of keys
    expect_attention(backend, {900}, 3, 10, 1.5f);
  });
}

TEST(Attention, one_token_gets_its_own_value) {
  for_each_backend([](const Backend& backend) {
    Workspace workspace(backend);
    const auto qkv = random_matrix(3, 3 * 64, 12);
    const std::vector<uint32_t> offsets = {0, 1, 2, 3};
    DenseMatrix<float> out(3, 64);
    backend.attention(const_rows(qkv), {offsets}, 2, rows(out), workspace);
    for (size_t r = 0; r < 3; ++r) {
      for (size_t i = 0; i < 64; ++i) EXPECT_EQ(out(r, i), qkv(r, 128 + i));
    }
  });
}

TEST(Attention, known_by_hand) {
  for_each_backend([](const Backend& backend) {
    Workspace workspace(backend);
    // Depth 1: scores q k; q = 1, k = ln 2 and 0: weights 2/3 and 1/3; q = 0: one half each.
    DenseMatrix<float> qkv(2, 3), out(2, 1);
    qkv(0, 0) = 1, qkv(0, 1) = std::log(2.0f), qkv(0, 2) = 3;
    qkv(1, 0) = 0, qkv(1, 1) = 0, qkv(1, 2) = 6;
    const std::vector<uint32_t> offsets = {0, 2};
    backend.attention(const_rows(qkv), {offsets}, 1, rows(out), workspace);
    EXPECT_NEAR(out(0, 0), 4.0f, 1e-6f);  // float32 rounding of values up to 6
    EXPECT_EQ(out(1, 0), 4.5f);
  });
}

TEST(Attention, huge_scores_neither_overflow_nor_vanish) {
  for_each_backend([](const Backend& backend) {
    Workspace workspace(backend);
    for (const size_t n : {5u, 40u, 1000u}) {
      // Row j scores +-1e4 with key j % 2; weights go evenly to the keys of the sign that fits.
      DenseMatrix<float> qkv(n, 3), out(n, 1, std::nanf(""));
      size_t n_even = 0;
      double even = 0, odd = 0;
      for (size_t j = 0; j < n; ++j) {
        qkv(j, 0) = j % 3 == 0 ? 1e4f : -1e4f;
        qkv(j, 1) = j % 2 == 0 ? 1.0f : -1.0f;
        qkv(j, 2) = static_cast<float>(j % 5);
        (j % 2 == 0 ? even : odd) += static_cast<double>(j % 5);
        n_even += j % 2 == 0;
      }
      const std::vector<uint32_t> offsets = {0, static_cast<uint32_t>(n)};
      backend.attention(const_rows(qkv), {offsets}, 1, rows(out), workspace);
      for (size_t j = 0; j < n; ++j) {
        const double mean =
            j % 3 == 0 ? even / static_cast<double>(n_even) : odd / static_cast<double>(n - n_even);
        ASSERT_NEAR(out(j, 0), mean, 1e-5) << j;  // float32 rounding of a mean of up to 1,000 values up to 4
      }
    }
  });
}

TEST(Attention, tops_that_fall_and_rise_between_blocks_of_keys) {
  for_each_backend([](const Backend& backend) {
    Workspace workspace(backend);
    constexpr uint32_t kRows = 2000;
    for (const bool rising : {false, true}) {
      DenseMatrix<float> qkv(kRows, 3, 1.0f), out(kRows, 1);
      for (size_t j = 0; j < kRows; ++j) {
        qkv(j, 1) = 0.05f * static_cast<float>(rising ? j : kRows - j);
        qkv(j, 2) = static_cast<float>(j % 7);
      }
      const std::vector<uint32_t> offsets = {0, kRows};
      backend.attention(const_rows(qkv), {offsets}, 1, rows(out), workspace);
      const auto expected = expected_head(qkv.data(), qkv.data() + 1, qkv.data() + 2, 3, kRows, 1);
      // Scores up to 100, rounded by 2^-24 of that, and times log2(e).
      for (size_t j = 0; j < kRows; ++j) ASSERT_NEAR(out(j, 0), expected.out[0], 6 * 1.5e-5);
    }
  });
}

TEST(Attention, a_cell_never_depends_on_the_others) {
  for_each_backend([](const Backend& backend) {
    Workspace workspace(backend);
    const std::vector<uint32_t> lengths = {17, 300, 1, 700, 64};
    const auto offsets = offsets_of(lengths);
    const auto qkv = random_matrix(offsets.back(), 3 * 128, 13);
    DenseMatrix<float> all(offsets.back(), 128);
    backend.attention(const_rows(qkv), {offsets}, 2, rows(all), workspace);
    for (size_t c = 0; c < lengths.size(); ++c) {
      DenseMatrix<float> alone(lengths[c], 128);
      const std::vector<uint32_t> own = {0, lengths[c]};
      Workspace fresh(backend);
      backend.attention({qkv.data() + offsets[c] * 384, lengths[c], 384}, {own}, 2, rows(alone), fresh);
      for (size_t i = 0; i < lengths[c] * 128; ++i)
        ASSERT_EQ(alone.data()[i], all.data()[offsets[c] * 128 + i]);
    }
  });
}

TEST(AttentionOfOne, equals_float64_on_every_target) {
  for_each_backend([](const Backend& backend) {
    Workspace workspace(backend);
    for (const size_t width : {1, 5, 16, 33, 64, 200}) {
      const std::vector<uint32_t> lengths = {1, 2, 17, 300, 33};
      const auto offsets = offsets_of(lengths);
      const size_t n_heads = 3, n_cells = lengths.size();
      const auto q = random_matrix(n_heads * n_cells, width, 14),
                 x = random_matrix(offsets.back(), width, 15);
      DenseMatrix<float> out(n_heads * n_cells, width, std::nanf(""));
      const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(width)));
      backend.attention_of_one(const_rows(q), const_rows(x), {offsets}, scale, rows(out), workspace);
      for (size_t r = 0; r < n_heads * n_cells; ++r) {
        const size_t c = r % n_cells;  // all cells of a head, then of the next
        const float* own = x.data() + offsets[c] * width;
        const auto expected = expected_head(q.data() + r * width, own, own, width, lengths[c], width);
        // As for attention, with values below 1.
        for (size_t i = 0; i < width; ++i) ASSERT_NEAR(out(r, i), expected.out[i], 4e-6) << width;
      }
    }
  });
}

TEST(Attention, refuses_segments_that_do_not_fit) {
  const auto backend = make_cpu_backend();
  Workspace workspace(*backend);
  DenseMatrix<float> qkv(4, 12), out(4, 4);
  const std::vector<uint32_t> offsets = {0, 5};
  EXPECT_THROW(backend->attention(const_rows(qkv), {offsets}, 1, rows(out), workspace), Error);
  const std::vector<uint32_t> fitting = {0, 4};
  EXPECT_THROW(backend->attention(const_rows(qkv), {fitting}, 3, rows(out), workspace), Error);
}

}  // namespace
}  // namespace zerocell
