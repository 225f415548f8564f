#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/row_stream.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {

/// What the values of an expression matrix look like.
enum class MatrixKind {
  counts,          ///< whole numbers, none negative
  empty,           ///< no value but zero
  not_finite,      ///< NaN or infinite values
  scaled,          ///< negative values: centred, scaled or residuals
  log_normalised,  ///< logarithms of normalised counts
  normalised,      ///< normalised to one total per cell, not logged
  fractional,      ///< other numbers with fractions
};

std::string_view to_string(MatrixKind kind);

struct CountCheckOptions {
  size_t max_rows = 2000;          ///< looks at the first rows, this many at most
  size_t max_values = 20'000'000;  ///< and stops after the row that reaches this many stored values
};

/// What a look at the first rows of a matrix found.
struct CountCheck {
  bool is_counts = false;
  MatrixKind kind = MatrixKind::empty;
  std::string verdict;  ///< one sentence: what was looked at, what was seen
  size_t n_rows = 0, n_rows_seen = 0, n_values_seen = 0;
  double min = 0, max = 0;  ///< of the finite values seen and zero
  size_t n_negative = 0, n_fractional = 0, n_not_finite = 0;
  double row_total_min = 0, row_total_median = 0, row_total_max = 0;
};

/// Looks at the first rows and says what they hold. Whole means exactly whole. A row total counts as
/// constant when its coefficient of variation is below 1 % in the first 500 rows; logarithms are recognised
/// by totals that are constant after exp(x) - 1, 2^x - 1 or 10^x - 1, or else by a largest value below 20.
/// The result does not depend on where blocks are cut. checked_counts() looks at all the others.
CountCheck check_counts(const RowStream& stream, const CountCheckOptions& options = {});

/// The same stream that throws Error(data) in the pass, naming cell and gene (counted from 0), on NaN,
/// infinite or negative values, and on values that are not whole unless accept_non_counts. `name` says what
/// is read: file and matrix.
RowStream checked_counts(RowStream stream, std::string name, bool accept_non_counts = false);

/// A matrix ("X", "raw", "layers/NAME") as --layer names it, in quotes where a shell needs them.
std::string layer_option(const std::string& matrix);

/// One matrix of a file and what it holds.
struct MatrixCheck {
  std::string matrix;
  CountCheck check;
};

/// Where the counts of a file are.
struct CountsChoice {
  std::string matrix;  ///< name for DatasetFile::stream and var: "X", "raw" or "layers/NAME"
  CountCheck check;
  std::string explanation;             ///< which and why, for the user
  std::vector<MatrixCheck> looked_at;  ///< in the order looked at, the chosen one last
};

/// Finds the counts. layer "auto": the first of layers/counts, raw and X that holds counts; otherwise "X",
/// "raw", "NAME" or "layers/NAME". Error(data) where there is no such matrix or none holds counts, saying
/// what each looked like. With accept_non_counts the first one of finite, non-negative values will do.
CountsChoice choose_counts(const DatasetFile& file, const std::string& layer, ThreadPool& pool,
                           bool accept_non_counts = false);

}  // namespace zerocell
