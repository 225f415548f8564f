#pragma once
#include <cstdint>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

namespace zerocell {

/// Bit g of a hexadecimal number for gene g, lowest digit last.
inline std::vector<uint8_t> unpack_mask(const std::string& mask, size_t n_genes) {
  std::vector<uint8_t> out(n_genes, 0);
  for (size_t g = 0; g < n_genes && g / 4 < mask.size(); ++g) {
    const int digit = std::stoi(mask.substr(mask.size() - 1 - g / 4, 1), nullptr, 16);
    out[g] = digit >> (g % 4) & 1;
  }
  return out;
}

inline size_t n_different(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), size_t{0}, std::plus<>(), std::not_equal_to<>());
}

}  // namespace zerocell
