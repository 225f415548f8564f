#include "zerocell/data/count_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

/// Above 2^23 every float is whole; below, adding and taking away 2^23 rounds to a whole number.
constexpr float kWholeFrom = 0x1p23f;

bool is_fractional(float v) {
  return v < kWholeFrom && (v + kWholeFrom) - kWholeFrom != v;
}
bool is_refused(float v) {
  return !(v >= 0) || v > FLT_MAX;
}

constexpr double kLargestLogarithm = 20;
constexpr size_t kRowsForTotals = 500;
constexpr size_t kMostOtherMatrices = 20;   ///< looked at for a message
constexpr size_t kMostEmbeddingsNamed = 5;  ///< in a message

double log1p_undone(double v) {
  return std::expm1(v);
}
double log2_undone(double v) {
  return std::exp2(v) - 1;
}
double log10_undone(double v) {
  return std::pow(10.0, v) - 1;
}

/// A logarithm that programs take of normalised counts.
struct Logarithm {
  const char* name;
  double (*undo)(double);
};
constexpr Logarithm kLogarithms[] = {
    {"log(1 + x)", log1p_undone}, {"log2(1 + x)", log2_undone}, {"log10(1 + x)", log10_undone}};
constexpr size_t kNLogarithms = std::size(kLogarithms);

bool is_constant(const std::vector<double>& values) {
  if (values.size() < 2) return false;
  const auto n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double v : values) sum += v;
  for (const double v : values) squares += (v - sum / n) * (v - sum / n);
  return std::sqrt(squares / n) < 0.01 * (sum / n);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Thrown to leave a stream once enough was seen.
struct EnoughSeen {};

/// Gathers what the rows of a matrix look like.
class Look {
 public:
  Look(const RowStream& stream, const CountCheckOptions& options) : options_(options) {
    check_.n_rows = stream.n_rows;
  }

  void add_block(const RowBlock& block) {
    for (size_t i = 0; i < block.values.n_rows; ++i) {
      if (check_.n_rows_seen >= options_.max_rows || check_.n_values_seen >= options_.max_values)
        throw EnoughSeen();
      add_row(block.values.row_values(i));
    }
  }

  CountCheck finish() {
    if (!totals_.empty()) {
      const auto [least, most] = std::minmax_element(totals_.begin(), totals_.end());
      check_.row_total_min = *least;
      check_.row_total_max = *most;
      check_.row_total_median = median(totals_);
    }
    check_.kind = kind();
    check_.is_counts = check_.kind == MatrixKind::counts;
    check_.verdict = fmt::format("{} ({})", description(), where_looked());
    return check_;
  }

 private:
  void add_row(std::span<const float> values) {
    double total = 0, undone[kNLogarithms] = {};
    const bool undo = check_.n_rows_seen < kRowsForTotals;
    for (const float v : values) {
      if (!std::isfinite(v)) {
        ++check_.n_not_finite;
        continue;
      }
      check_.n_negative += v < 0;
      check_.n_fractional += is_fractional(std::abs(v));
      check_.min = std::min<double>(check_.min, v);
      check_.max = std::max<double>(check_.max, v);
      total += v;
      for (size_t t = 0; undo && t < kNLogarithms; ++t) undone[t] += kLogarithms[t].undo(v);
    }
    ++check_.n_rows_seen;
    check_.n_values_seen += values.size();
    totals_.push_back(total);
    // A cell without any value says nothing of how the others were normalised.
    for (size_t t = 0; undo && total != 0 && t < kNLogarithms; ++t) undone_totals_[t].push_back(undone[t]);
    if (undo && total != 0) plain_totals_.push_back(total);
  }

  /// The logarithm that, undone, gives every row one total; kNLogarithms when none does.
  size_t fitting_logarithm() const {
    size_t t = 0;
    while (t < kNLogarithms && !is_constant(undone_totals_[t])) ++t;
    return t;
  }

  MatrixKind kind() const {
    if (check_.n_not_finite > 0) return MatrixKind::not_finite;
    if (check_.n_negative > 0) return MatrixKind::scaled;
    if (check_.max == 0) return MatrixKind::empty;
    if (check_.n_fractional == 0) return MatrixKind::counts;
    if (is_constant(plain_totals_)) return MatrixKind::normalised;
    const bool logged = fitting_logarithm() < kNLogarithms || check_.max < kLargestLogarithm;
    return logged ? MatrixKind::log_normalised : MatrixKind::fractional;
  }

  std::string description() const {
    const auto& c = check_;
    switch (c.kind) {
      case MatrixKind::counts:
        return fmt::format("counts: whole numbers from 0 to {:.0f}, median total per cell {:.0f}", c.max,
                           c.row_total_median);
      case MatrixKind::empty:
        return "no value other than zero";
      case MatrixKind::not_finite:
        return fmt::format("{} values are NaN or infinite", c.n_not_finite);
      case MatrixKind::scaled:
        return fmt::format("scaled or centred: {} values are negative, range {:.4g} to {:.4g}", c.n_negative,
                           c.min, c.max);
      case MatrixKind::log_normalised: {
        const size_t t = fitting_logarithm();
        if (t < kNLogarithms)
          return fmt::format("log-normalised: {} of values with total {:.6g} in every cell",
                             kLogarithms[t].name, median(undone_totals_[t]));
        return fmt::format("fractions up to {:.4g} only, as logarithms of normalised counts have", c.max);
      }
      case MatrixKind::normalised:
        return fmt::format("normalised, not logged: every cell has the total {:.6g}{}", c.row_total_median,
                           std::abs(c.row_total_median / 1e6 - 1) < 0.01 ? " (as TPM or CPM)" : "");
      case MatrixKind::fractional:
        return fmt::format(
            "{} values are not whole, range {:.4g} to {:.4g}, totals per cell {:.4g} to {:.4g} "
            "(expected counts, corrected or normalised values)",
            c.n_fractional, c.min, c.max, c.row_total_min, c.row_total_max);
    }
    return "";
  }

  std::string where_looked() const {
    const auto& c = check_;
    if (c.n_rows_seen == c.n_rows) return fmt::format("all {} cells looked at", c.n_rows);
    return fmt::format("first {} of {} cells looked at", c.n_rows_seen, c.n_rows);
  }

  CountCheckOptions options_;
  CountCheck check_;
  std::vector<double> totals_, plain_totals_, undone_totals_[kNLogarithms];
};

void check_block(const RowBlock& block, const std::string& name, bool accept_non_counts) {
  const auto& values = block.values.values;
  size_t n_refused = 0, n_fractional = 0;
  for (const float v : values) {
    n_refused += is_refused(v);
    n_fractional += is_fractional(v);
  }
  if (n_refused == 0 && (n_fractional == 0 || accept_non_counts)) return;
  const auto bad = std::find_if(values.begin(), values.end(), [&](float v) {
    return is_refused(v) || (!accept_non_counts && is_fractional(v));
  });
  const auto at = static_cast<size_t>(bad - values.begin());
  const auto& indptr = block.values.indptr;
  const auto row =
      static_cast<size_t>(std::upper_bound(indptr.begin(), indptr.end(), at) - indptr.begin()) - 1;
  throw Error::data(
      {.read = name,
       .expected = is_refused(*bad) ? "finite values that are not negative" : "counts",
       .found = fmt::format("{} at cell {}, gene {} (counted from 0)", *bad, block.first_row + row,
                            block.values.indices[at]),
       .advice = is_refused(*bad)
                     ? ""
                     : "Choose another matrix with --layer, or allow this with --accept-non-counts"});
}

std::string matrix_of_layer(const DatasetFile& file, const std::string& layer) {
  std::vector<std::string> names;
  for (const auto& matrix : file.matrices()) names.push_back(matrix.name);
  for (const auto& wanted : {layer, "layers/" + layer})
    if (std::find(names.begin(), names.end(), wanted) != names.end()) return wanted;
  throw Error::data({.read = file.path(),
                     .expected = fmt::format("the matrix '{}'", layer),
                     .found = names.empty() ? "no matrix" : fmt::format("{}", fmt::join(names, ", ")),
                     .advice = ""});
}

/// The matrices that were not looked at and hold counts.
std::vector<MatrixCheck> counts_elsewhere(const DatasetFile& file, const std::vector<MatrixCheck>& looked_at,
                                          const StreamOptions& options, ThreadPool& pool) {
  std::vector<MatrixCheck> found;
  size_t n_looked_at = 0;
  for (const auto& matrix : file.matrices()) {
    const auto same = [&](const MatrixCheck& look) { return look.matrix == matrix.name; };
    if (std::any_of(looked_at.begin(), looked_at.end(), same) || ++n_looked_at > kMostOtherMatrices) continue;
    try {
      auto check = check_counts(file.stream(matrix.name, pool, options));
      if (check.is_counts) found.push_back({matrix.name, std::move(check)});
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;  // a damaged matrix is no way out
    }
  }
  return found;
}

/// What can be done where no matrix that was looked at holds counts.
std::string advice_without_counts(const DatasetFile& file, const std::vector<MatrixCheck>& looked_at,
                                  const StreamOptions& options, ThreadPool& pool) {
  const auto others = counts_elsewhere(file, looked_at, options, pool);
  if (!others.empty()) {
    std::vector<std::string> ways;
    for (const auto& other : others)
      ways.push_back(fmt::format("there are counts in {}: choose them with --layer {}", other.matrix,
                                 layer_option(other.matrix)));
    return fmt::format("{}", fmt::join(ways, "; "));
  }
  if (!looked_at.empty())
    return "Name another matrix with --layer, or allow values that are not counts with --accept-non-counts";
  std::vector<std::string> names, embeddings;
  for (const auto& matrix : file.matrices()) names.push_back(layer_option(matrix.name));
  for (const auto& entry : file.obsm_entries()) embeddings.push_back("obsm:" + entry.key);
  if (!names.empty())
    return fmt::format("Name a matrix with --layer: there are {}, none of which holds counts",
                       fmt::join(names, ", "));
  if (embeddings.empty()) return "The file has no expression at all: write it again with its counts";
  embeddings.resize(std::min(embeddings.size(), kMostEmbeddingsNamed));
  return fmt::format(
      "The file has no expression at all: its embeddings can be evaluated without (--embedding "
      "{}), the others need the file with its counts",
      fmt::join(embeddings, " "));
}

std::string describe(const std::vector<MatrixCheck>& checks) {
  std::vector<std::string> parts;
  for (const auto& [matrix, check] : checks) parts.push_back(fmt::format("{}: {}", matrix, check.verdict));
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

std::string_view to_string(MatrixKind kind) {
  switch (kind) {
    case MatrixKind::counts:
      return "counts";
    case MatrixKind::empty:
      return "empty";
    case MatrixKind::not_finite:
      return "not finite";
    case MatrixKind::scaled:
      return "scaled";
    case MatrixKind::log_normalised:
      return "log-normalised";
    case MatrixKind::normalised:
      return "normalised";
    case MatrixKind::fractional:
      return "fractional";
  }
  return "";
}

std::string layer_option(const std::string& matrix) {
  constexpr std::string_view kLayers = "layers/";
  std::string name = matrix.starts_with(kLayers) ? matrix.substr(kLayers.size()) : matrix;
  for (const char* taken : {"X", "raw", "auto"})
    if (matrix != taken && name == taken) name = matrix;
  return name.find_first_of(" '\"$`\\") == std::string::npos ? name : "'" + name + "'";
}

CountCheck check_counts(const RowStream& stream, const CountCheckOptions& options) {
  Look look(stream, options);
  try {
    stream.for_each_block([&look](const RowBlock& block) { look.add_block(block); });
  } catch (const EnoughSeen&) {
  }
  return look.finish();
}

RowStream checked_counts(RowStream stream, std::string name, bool accept_non_counts) {
  RowStream checked{.n_rows = stream.n_rows, .n_cols = stream.n_cols, .for_each_block = {}};
  checked.for_each_block = [inner = std::move(stream), name = std::move(name),
                            accept_non_counts](const std::function<void(const RowBlock&)>& consume) {
    inner.for_each_block([&](const RowBlock& block) {
      check_block(block, name, accept_non_counts);
      consume(block);
    });
  };
  return checked;
}

CountsChoice choose_counts(const DatasetFile& file, const std::string& layer, ThreadPool& pool,
                           bool accept_non_counts) {
  const bool automatic = layer == "auto";
  std::vector<std::string> candidates;
  if (automatic) {
    for (const char* name : {"layers/counts", "raw", "X"})
      for (const auto& matrix : file.matrices())
        if (matrix.name == name) candidates.emplace_back(name);
  } else {
    candidates.push_back(matrix_of_layer(file, layer));
  }
  // Few rows are looked at, so that small blocks save most of the reading.
  const StreamOptions small_blocks{.block_bytes = uint64_t{4} << 20};
  CountsChoice choice;
  const auto choose = [&](const MatrixCheck& chosen) {
    choice.matrix = chosen.matrix;
    choice.check = chosen.check;
    choice.explanation = fmt::format("counts are taken from {}", describe({chosen}));
  };
  for (const auto& name : candidates) {
    choice.looked_at.push_back({name, check_counts(file.stream(name, pool, small_blocks))});
    if (!choice.looked_at.back().check.is_counts) continue;
    choose(choice.looked_at.back());
    return choice;
  }
  for (const auto& looked : choice.looked_at) {
    const auto kind = looked.check.kind;
    if (!accept_non_counts || kind == MatrixKind::scaled || kind == MatrixKind::not_finite) continue;
    choose(looked);
    choice.explanation += "; accepted although these are not counts";
    return choice;
  }
  throw Error::data(
      {.read = file.path(),
       .expected = automatic ? "counts in layers/counts, raw or X" : "counts in " + candidates[0],
       .found = candidates.empty() ? "none of these matrices" : describe(choice.looked_at),
       .advice = advice_without_counts(file, choice.looked_at, small_blocks, pool)});
}

}  // namespace zerocell
