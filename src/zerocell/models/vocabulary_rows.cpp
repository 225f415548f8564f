#include "zerocell/models/vocabulary_rows.h"

#include <fmt/format.h>

#include "zerocell/core/number_text.h"

namespace zerocell {
namespace {

constexpr size_t kLeastMultiple = 8, kMostMultiple = 1024, kShare = 20;

}  // namespace

bool rows_fit(size_t n_rows, size_t n_names) {
  if (n_rows < n_names) return false;
  const size_t n_more = n_rows - n_names;
  if (n_more < kMostMultiple && n_more <= n_names / kShare) return true;
  for (size_t multiple = kLeastMultiple; multiple <= kMostMultiple; multiple *= 2)
    if (n_rows % multiple == 0 && n_more < multiple) return true;
  return false;
}

std::string padding_warning(size_t n_rows, size_t n_names) {
  if (n_rows <= n_names) return "";
  return fmt::format(
      "the weights have {} rows for the {} names of the dictionary; the last {} are taken for padding and "
      "stand for "
      "no gene",
      with_commas(n_rows), with_commas(n_names), with_commas(n_rows - n_names));
}

}  // namespace zerocell
