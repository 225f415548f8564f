#pragma once
#include <cstdint>
#include <string>

namespace zerocell {

/// "8,405"
inline std::string with_commas(uint64_t n) {
  const std::string digits = std::to_string(n);
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

/// "1 cell", "8,405 cells"
inline std::string counted(uint64_t n, const std::string& singular, const std::string& plural) {
  return with_commas(n) + " " + (n == 1 ? singular : plural);
}
inline std::string counted(uint64_t n, const std::string& singular) {
  return counted(n, singular, singular + "s");
}

}  // namespace zerocell
