#include "zerocell/figures/study_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "zerocell/core/error.h"
#include "zerocell/figures/render.h"
#include "zerocell/figures/study_pages.h"

namespace zerocell {
namespace {

constexpr double kPngScale = 3;  ///< pixels a unit: 288 dots an inch in print

struct Entry {
  const char* name;
  StudyPages (*draw)(const StudyView&);
  bool for_samples;  ///< drawn for samples also where whole data sets exist
};

constexpr std::array<std::string_view, 17> kNumbers{
    "table1", "2A", "2B", "3", "4A", "4B",   "5",    "6A",
    "6B",     "6C", "7",  "8", "S2", "cost", "gain", "fixed_resolution",
    "overlap"};
constexpr std::array<Entry, kNumbers.size()> kEntries{{{"table_1", table_1, false},
                                                       {"figure_2a", figure_2a, true},
                                                       {"figure_2b", figure_2b, true},
                                                       {"figure_3", figure_3, true},
                                                       {"figure_4a", figure_4a, false},
                                                       {"figure_4b", figure_4b, false},
                                                       {"figure_5", figure_5, true},
                                                       {"figure_6a", figure_6a, false},
                                                       {"figure_6b", figure_6b, false},
                                                       {"figure_6c", figure_6c, false},
                                                       {"figure_7", figure_7, false},
                                                       {"figure_8", figure_8, false},
                                                       {"figure_s2", figure_s2, true},
                                                       {"cost", cost_figure, true},
                                                       {"gain", gain_figure, true},
                                                       {"fixed_resolution", fixed_resolution_figure, true},
                                                       {"overlap", overlap_figure, false}}};
constexpr const char* kSample = "-sample";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// Place in the table and whether samples are asked for; throws for other numbers.
std::pair<size_t, bool> place_of(const std::string& wanted) {
  std::string number = lower(wanted);
  const bool sample = number.ends_with(kSample);
  if (sample) number.resize(number.size() - std::string_view(kSample).size());
  if (number == "4c") number = "5";
  for (size_t i = 0; i < kNumbers.size(); ++i)
    if (lower(kNumbers[i]) == number) return {i, sample};
  throw Error::usage(
      {"figure '" + wanted + "' of a study", fmt::format("one of {}", fmt::join(kNumbers, ", ")), "", ""});
}

/// Letters, digits, '.', '_' and '-'; everything else becomes '_'. Never empty, never beginning with a dot.
std::string file_part(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || (c == '.' && !out.empty() && out.back() != '.');
    if (plain)
      out += c;
    else if (!out.ends_with('_'))
      out += '_';
  }
  constexpr size_t kLongest = 80;
  out.resize(std::min(out.size(), kLongest));
  return out.empty() ? "_" : out;
}

class Collector {
 public:
  Collector(const StudyResults& results, const StudyFigureOptions& options)
      : results_(results), options_(options) {
    for (const std::string& wanted : options.wanted) wanted_.insert(place_of(wanted));
  }

  StudyFigures collect() {
    const bool has_samples = has(StudyVariant::sample), has_whole = has(StudyVariant::whole);
    for (size_t i = 0; i < kEntries.size(); ++i) {
      if (is_wanted(i, false)) add(i, StudyVariant::whole, has_whole || !needs_datasets(i));
      const bool asked = wanted_.contains({i, true});
      const bool applies = has_samples && (kEntries[i].for_samples || !has_whole) && needs_datasets(i);
      if (asked || (applies && is_wanted(i, true)))
        add(i, StudyVariant::sample, has_samples && needs_datasets(i));
    }
    return std::move(out_);
  }

 private:
  bool has(StudyVariant variant) const {
    return std::ranges::any_of(results_.datasets,
                               [&](const StudyDataset& d) { return d.variant == variant; });
  }
  /// The table and the figure of overlaps look at all variants.
  static bool needs_datasets(size_t i) {
    return kEntries[i].draw != table_1 && kEntries[i].draw != overlap_figure;
  }

  /// "2A" asks for whole data sets and samples; "2A-sample" for samples alone.
  bool is_wanted(size_t i, bool sample) const {
    return wanted_.empty() || wanted_.contains({i, false}) || (sample && wanted_.contains({i, true}));
  }

  void add(size_t i, StudyVariant variant, bool possible) {
    const std::string suffix = variant == StudyVariant::sample ? kSample : "";
    const std::string number = std::string(kNumbers[i]) + suffix;
    if (!possible) {
      const char* reason = variant == StudyVariant::whole ? "the study has no whole data set"
                           : has(StudyVariant::sample)    ? "there is no such figure of samples of data sets"
                                                          : "the study has no sample of a data set";
      out_.absent.push_back({number, "", reason});
      return;
    }
    StudyPages pages = kEntries[i].draw(StudyView(results_, variant, options_.metrics));
    for (StudyPage& page : pages.pages) {
      const std::string name =
          kEntries[i].name + (page.suffix.empty() ? "" : "_" + file_part(page.suffix)) + suffix;
      out_.figures.push_back({unique(name), number, std::move(page.caption), to_svg(page.drawing),
                              to_png(page.drawing, kPngScale), to_pdf(page.drawing), std::move(page.csv)});
    }
    if (pages.pages.empty()) out_.absent.push_back({number, "", pages.reason});
    for (auto& [dataset, reason] : pages.absent) out_.absent.push_back({number, dataset, reason});
  }

  /// Names that differ in characters that files cannot have get a number.
  std::string unique(const std::string& name) {
    std::string out = name;
    for (size_t i = 2; !names_.insert(lower(out)).second; ++i) out = name + "_" + std::to_string(i);
    return out;
  }

  const StudyResults& results_;
  const StudyFigureOptions& options_;
  std::set<std::pair<size_t, bool>> wanted_;
  std::set<std::string> names_;
  StudyFigures out_;
};

}  // namespace

std::span<const std::string_view> study_figure_numbers() {
  return kNumbers;
}

StudyFigures study_figures(const StudyResults& results, const StudyFigureOptions& options) {
  return Collector(results, options).collect();
}

}  // namespace zerocell
