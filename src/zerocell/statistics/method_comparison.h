#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/core/study_results.h"

namespace zerocell {

/// A value with what it would move by if it were measured again.
struct NoisyValue {
  double value = 0;
  std::optional<double> noise;  ///< half the width of a 95 % interval; empty: not known
  std::string noise_from;       ///< "seeds", "interval", or empty
};

/// Of several seeds: their mean, and t(0.975, n - 1) * sd / sqrt(n). Of one: its value and the longer arm of
/// its 95 % interval, where there is one.
NoisyValue noisy(const MethodValue& value);
NoisyValue noisy(const Score& score);

/// What separates two methods on one data set, in the direction in which more is better for `a`.
struct DatasetDifference {
  std::string dataset;
  NoisyValue a, b;
  double difference = 0;        ///< above 0: a is better
  std::optional<double> noise;  ///< square root of the sum of both squared noises; empty: neither is known

  bool is_beyond_noise() const;
};

DatasetDifference difference_on(std::string dataset, NoisyValue a, NoisyValue b, Direction direction);

/// Method a against method b in one metric over the data sets on which both have a value.
struct MethodComparison {
  std::string a, b;                     ///< tags
  std::vector<DatasetDifference> each;  ///< in the order of the study
  std::vector<std::string> missing;     ///< data sets on which one of both has no value
  std::optional<double> median_difference;
  size_t n_better = 0, n_worse = 0;  ///< of a, where the difference is beyond its noise or that is not known
  size_t n_tied = 0;                 ///< within noise, or equal
  size_t n_noise_unknown = 0;        ///< of those better or worse
  std::optional<double> p;           ///< sign_flip_p of the differences
  std::optional<double> p_adjusted;  ///< Holm, over the comparisons made together
};

/// Counts, median and p of `each`; p_adjusted stays empty.
void summarise(MethodComparison& comparison);

/// One data set for each that was studied: the whole one, or the first variant where the whole was not run.
/// Variants of one data set share cells: they are not further evidence.
std::vector<const StudyDataset*> independent_datasets(const StudyResults& study);

/// How values in reduced dimensions are marked ("/pc30"), or "" where there are none.
std::string reduced_suffix(const StudyResults& study);

/// method_value, where an embedding that has no more dimensions than the reduced ones have stands for itself.
std::optional<MethodValue> value_in_view(const Evaluation& evaluation, std::string_view tag,
                                         std::string_view metric, std::string_view suffix);

/// What a comparison rests on: a metric, "" or a suffix of reduced dimensions, and where more is better.
struct ComparedMetric {
  std::string name, suffix;
  Direction direction = Direction::higher;
};

MethodComparison compare_methods(const StudyResults& study, std::string_view a, std::string_view b,
                                 const ComparedMetric& metric);

/// Every pair of methods once, in the order of the study, p adjusted over all pairs; pairs without a common
/// data set are left out.
std::vector<MethodComparison> compare_all_methods(const StudyResults& study, const ComparedMetric& metric);

}  // namespace zerocell
