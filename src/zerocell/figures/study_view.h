#pragma once
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/core/study_results.h"
#include "zerocell/figures/drawing.h"
#include "zerocell/figures/study_figures.h"

namespace zerocell {

/// A study as its figures see it: the data sets of one variant.
class StudyView {
 public:
  StudyView(const StudyResults& results, StudyVariant variant, std::span<const MetricInfo> metrics);

  const StudyResults& study() const { return *results_; }
  StudyVariant variant() const { return variant_; }
  const std::vector<StudyMethod>& methods() const { return results_->methods; }
  const std::vector<const StudyDataset*>& datasets() const { return datasets_; }
  /// By name, of any variant; null where there is none.
  const StudyDataset* find(std::string_view name) const;

  /// As method_value(), but nothing where the value is not finite.
  std::optional<MethodValue> value(const StudyDataset& dataset, std::string_view tag, std::string_view metric,
                                   std::string_view suffix = "") const;
  /// Why value() has nothing.
  std::string why_absent(const StudyDataset& dataset, std::string_view tag, std::string_view metric,
                         std::string_view suffix = "") const;

  /// True where some data set of the variant has an embedding of the method, or tells of its failure: methods
  /// may run on samples alone.
  bool runs(std::string_view tag) const;
  /// " Not run on these cells: scgpt."; "" where all methods run.
  std::string not_run_text() const;

  std::string metric_title(std::string_view metric) const;
  Direction direction(std::string_view metric) const;

 private:
  const StudyResults* results_;
  StudyVariant variant_;
  std::span<const MetricInfo> metrics_;
  std::vector<const StudyDataset*> datasets_;
};

/// Categories that some cell has.
size_t n_in_use(const Categorical& groups);

/// The first reduced dimensions that some score of the data sets is of: "/pc30"; empty without any.
std::string reduced_suffix(const StudyView& view);

/// The methods' place of a result's tag: the method itself or one of its seeds ("<tag>-s<seed>").
std::optional<size_t> method_of_tag(const StudyResults& study, std::string_view tag);

/// One page of a figure before it is rendered.
struct StudyPage {
  std::string suffix;  ///< of the name: "" or the data set's or family's name
  std::string caption;
  Drawing drawing;
  std::string csv;
};

/// A figure's pages; without any, the reason.
struct StudyPages {
  std::vector<StudyPage> pages;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> absent;  ///< data set, reason: pages that are missing

  static StudyPages none(std::string why) { return {{}, std::move(why), {}}; }
};

/// Lines of a CSV file as RFC 4180 has them.
class CsvLines {
 public:
  /// An empty header is no line: add() then writes the first one.
  explicit CsvLines(std::initializer_list<std::string_view> header);
  void add(const std::vector<std::string>& fields);
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

/// The shortest text that reads back as the same number; empty for none and for values that are not finite.
std::string csv_number(std::optional<double> value);

/// "Pancreas (16,382 cells), Immune (329,762 cells)"; beyond eight, their number and the cells of all.
std::string datasets_text(const std::vector<const StudyDataset*>& datasets);

}  // namespace zerocell
