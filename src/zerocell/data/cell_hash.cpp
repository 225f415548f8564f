#include "zerocell/data/cell_hash.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>

#include "zerocell/core/hash.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {
constexpr std::string_view kPrefix = "hash:";
constexpr size_t kDigits = 16;  // of a word
}  // namespace

std::vector<CellHash> cell_hashes(const RowStream& counts, const std::vector<std::string>& genes,
                                  ThreadPool& pool) {
  std::vector<uint64_t> keys;
  keys.reserve(genes.size());
  for (const auto& gene : genes) keys.push_back(text_key(gene));
  std::vector<CellHash> hashes(counts.n_rows);
  counts.for_each_block([&](const RowBlock& rows) {
    pool.parallel_ranges(rows.values.n_rows, 256, [&](size_t begin, size_t end, int) {
      for (size_t i = begin; i < end; ++i) {
        const auto columns = rows.values.row_indices(i);
        const auto values = rows.values.row_values(i);
        CellHash hash{};
        for (size_t k = 0; k < columns.size(); ++k) {
          if (!(values[k] > 0)) continue;
          const auto bits = std::bit_cast<uint32_t>(values[k]);
          for (size_t word = 0; word < hash.size(); ++word) hash[word] += mix64(word, keys[columns[k]], bits);
        }
        hashes[rows.first_row + i] = hash;
      }
    });
  });
  return hashes;
}

std::string to_text(const CellHash& hash) {
  return fmt::format("{}{:016x}{:016x}", kPrefix, hash[0], hash[1]);
}

std::optional<CellHash> parse_cell_hash(std::string_view text) {
  if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + 2 * kDigits) return std::nullopt;
  CellHash hash{};
  for (size_t word = 0; word < hash.size(); ++word) {
    const auto digits = text.substr(kPrefix.size() + word * kDigits, kDigits);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + kDigits, hash[word], 16);
    if (error != std::errc() || end != digits.data() + kDigits) return std::nullopt;
  }
  return hash;
}

}  // namespace zerocell
