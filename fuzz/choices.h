#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace zerocell::fuzz {

/// Decisions taken from the bytes of an input, one byte each; zeros where they end, so that the first way of
/// everything should be the usual one.
class Choices {
 public:
  explicit Choices(std::string_view bytes) : bytes_(bytes) {}

  uint8_t byte() {
    if (bytes_.empty()) return 0;
    const auto next = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return next;
  }
  size_t below(size_t n) { return byte() % n; }
  /// Rarely true.
  bool odd() { return byte() >= 0xe0; }
  /// Nearly always the value given.
  int64_t number(int64_t usual) {
    constexpr int64_t kOdd[] = {0, -1, 1, INT64_MAX, INT64_MIN, INT64_C(1) << 32, 255, 1000};
    if (!odd()) return usual;
    const size_t which = below(10);
    return which < 8 ? kOdd[which] : which == 8 ? usual + 1 : usual - 1;
  }
  /// Nearly always the length given; else near to it, none, or more than a file of this size can hold.
  uint64_t length(uint64_t usual) {
    if (!odd()) return usual;
    const uint64_t lengths[] = {0, usual + 1, usual > 0 ? usual - 1 : 2, 2 * usual, 1 << 16, 1 << 22};
    return lengths[below(std::size(lengths))];
  }
  /// Nearly always the text given.
  std::string text(const std::string& usual) {
    if (!odd()) return usual;
    const size_t n = below(6);
    std::string out;
    for (size_t i = 0; i < n; ++i) out += static_cast<char>(byte());
    return out;
  }

 private:
  std::string_view bytes_;
};

}  // namespace zerocell::fuzz
