#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace zerocell {

/// The names of a file's cells, for looking up texts of other files.
class NameIndex {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  /// `names` outlives the index.
  explicit NameIndex(std::span<const std::string> names);

  std::span<const std::string> names() const { return names_; }
  /// The first cell of that name, or kNone.
  uint32_t find(std::string_view text) const;
  /// The cell whose name is the same whole number written otherwise ("12.0" for "12"), or kNone; also where
  /// two names are the same number.
  uint32_t find_number(std::string_view text) const;
  /// Names that several cells have.
  size_t n_repeated() const { return n_repeated_; }
  bool is_repeated(uint32_t cell) const { return !repeated_.empty() && repeated_[cell]; }

 private:
  std::span<const std::string> names_;
  std::unordered_map<std::string_view, uint32_t> by_text_;
  std::unordered_map<int64_t, uint32_t> by_number_;
  std::vector<bool> repeated_;  ///< (N) cells whose name another cell has too; empty: none
  size_t n_repeated_ = 0;
};

/// "'a', 'b', 'c' and 12 more": at most three, with the number of the others.
std::string some_of(std::span<const std::string> texts);

/// In which other form texts that are no names of cells would be names of cells, as a sentence with the
/// number of them and what to do: "With '-1' at the end, 145 of 145 are names of cells". Empty where none
/// helps.
std::string other_form(std::span<const std::string> texts, const NameIndex& index);

}  // namespace zerocell
