#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/models/scvi/network.h"

// One minibatch through scvi-tools 1.4.2's module in float64 (tests/reference/make_scvi_step.py).
namespace zerocell {

inline const nlohmann::json& scvi_golden() {
  static const auto document =
      nlohmann::json::parse(std::ifstream(ZEROCELL_SOURCE_DIR "/tests/golden/scvi_step.json"));
  return document;
}

inline DenseMatrix<float> matrix(const nlohmann::json& rows) {
  DenseMatrix<float> out(rows.size(), rows.at(0).size());
  for (size_t i = 0; i < rows.size(); ++i)
    for (size_t j = 0; j < rows[i].size(); ++j) out(i, j) = rows[i][j].get<float>();
  return out;
}

/// Weights, counts and batches of a case of the golden file.
struct ScviCase {
  explicit ScviCase(const nlohmann::json& c) : json(c) {
    ScviSizes sizes;
    sizes.n_genes = c.at("n_genes");
    sizes.n_batches = c.at("n_batches");
    sizes.n_hidden = c.at("n_hidden");
    sizes.n_latent = c.at("n_latent");
    sizes.n_layers = c.at("n_layers");
    sizes.gene_likelihood = c.at("gene_likelihood") == "nb" ? GeneLikelihood::nb : GeneLikelihood::zinb;
    weights = ScviWeights(sizes);
    const ScviLayout layout(sizes);
    for (const auto* part : {"parameters", "statistics"})
      for (const auto& [name, values] : c.at(part).items())
        weights.set_tensor(layout.find(name), values.get<std::vector<float>>());
    for (const auto& row : c.at("counts")) {
      for (size_t g = 0; g < row.size(); ++g)
        if (row[g].get<float>() != 0) {
          counts.indices.push_back(static_cast<uint32_t>(g));
          counts.values.push_back(row[g].get<float>());
        }
      counts.indptr.push_back(counts.indices.size());
    }
    batch = c.at("batch").get<std::vector<uint32_t>>();
    for (uint32_t i = 0; i < batch.size(); ++i) rows.push_back(i);
  }
  ScviCells cells() const {
    return {counts.indptr.data(), counts.indices.data(), counts.values.data(), rows, batch};
  }
  static ScviNoise noise(const nlohmann::json& epsilon, const nlohmann::json& masks) {
    ScviNoise out;
    out.epsilon = matrix(epsilon);
    for (const auto& mask : masks) out.dropout.push_back(matrix(mask));
    return out;
  }

  nlohmann::json json;
  ScviWeights weights;
  CsrMatrix counts;
  std::vector<uint32_t> rows, batch;
};

// float32 against float64: 1e-5 of the tensor's largest value. Biases before a batch norm have no gradient
// but rounding, so that a millionth of the whole gradient's scale is allowed on top.
inline void expect_near(const std::vector<float>& found, const std::vector<double>& expected, double relative,
                        double absolute, const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  double largest = 0;
  for (const double x : expected) largest = std::max(largest, std::abs(x));
  for (size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(static_cast<double>(found[i]), expected[i], relative * largest + absolute)
        << what << " " << i;
}

}  // namespace zerocell
