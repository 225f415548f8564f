#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/evaluation.h"
#include "zerocell/report/result_folder.h"

namespace zerocell {

struct LeaderboardOptions {
  std::vector<std::string> metrics;  ///< show these alone; empty: all
  std::string convention;            ///< compare scores of this one; empty: the one that most scores follow
  std::string sort_by;               ///< metric that orders the rows; empty: avg_bio, else the first
  /// True: compare on those data sets alone that all methods have. False: on all, and only methods that have
  /// them all are ranked.
  bool common_only = false;
  bool match_names = false;           ///< data sets of one name are one, whatever their files
  double n_cells_tolerance = 0;       ///< share by which numbers of cells of compared scores may differ
  std::span<const MetricInfo> table;  ///< order, titles and groups of metrics
};

/// A data set of one or several folders.
struct LeaderboardDataset {
  std::string name;                ///< unique
  std::vector<std::string> names;  ///< as folders call it
  std::string input_hash;          ///< empty: unknown
  size_t n_cells = 0;              ///< most that any score rests on
  std::vector<size_t> folders;     ///< in which it occurs
};

struct LeaderboardMethod {
  std::string name;                  ///< tag, or the group of tags with different seeds
  std::vector<std::string> options;  ///< all that occur, without seeds; none where unknown
};

/// A method's value of one metric on one data set, over seeds.
struct LeaderboardValue {
  size_t dataset = 0, method = 0;
  double mean = 0;
  std::optional<double> sd;  ///< over seeds, n - 1; empty with one
  size_t n_seeds = 0;
  size_t n_cells = 0;          ///< fewest over seeds
  std::optional<double> rank;  ///< among ranked methods on this data set, 1 is best, ties share the mean
  bool counts = true;          ///< false: on a data set on which nothing is compared
};

/// Reason of a gap where no result says anything.
inline constexpr const char* kNotThere = "not there";

/// Why a method has no value on a data set.
struct LeaderboardGap {
  size_t dataset = 0;
  std::string reason;  ///< kNotThere, or what results say
};

/// A method in one metric over all data sets that are compared.
struct LeaderboardCell {
  std::optional<double> median;     ///< over the data sets that it has
  std::optional<double> mean_rank;  ///< empty unless it has all
  std::optional<size_t> place;      ///< by mean rank; those of equal mean rank share the better place
  std::optional<double> seed_sd;    ///< pooled over data sets: sqrt(sum sd^2 (n - 1) / sum (n - 1))
  size_t n_datasets = 0;            ///< that it has, of LeaderboardColumn::datasets
  std::vector<LeaderboardGap> gaps;
};

/// One metric of all methods.
struct LeaderboardColumn {
  std::string metric, title, group;
  Direction direction = Direction::higher;
  std::vector<size_t> datasets;        ///< that are compared
  size_t n_ranked = 0;                 ///< methods that have them all; 0 where fewer than two have
  std::vector<LeaderboardCell> cells;  ///< (methods of the section)
  std::vector<LeaderboardValue> values;
};

/// Embeddings in full ("") or in reduced ("pc30") dimensions: they are never ranked among each other.
struct LeaderboardSection {
  std::string dims;
  std::vector<size_t> methods;  ///< in the order of the table
  std::vector<LeaderboardColumn> columns;
};

/// Scores that take no part, and why.
struct LeftOut {
  std::string reason;
  size_t n_scores = 0;
};

/// Many results as one table.
struct Leaderboard {
  std::vector<std::string> folders;  ///< each once
  std::string convention;
  bool common_only = false;
  std::vector<LeaderboardDataset> datasets;
  std::vector<LeaderboardMethod> methods;
  std::vector<LeaderboardSection> sections;
  size_t n_used = 0;  ///< scores that take part
  std::vector<LeftOut> left_out;
  std::vector<std::string> notes;
};

/// Puts the scores of many results side by side.
///
/// Two values are compared where they are of the same data set, metric, convention and number of cells. A
/// data set is known by the hash of its input, its number of cells, label, batch, counts and selection of
/// cells; where a folder does not say, by its name. Seeds of one method are averaged. Of values of the same
/// data set, method, metric and seed that differ, the folder that comes first counts; equal ones count once.
/// Everything that takes no part is in `left_out`.
///
/// Ranks are per data set among methods that have all compared data sets: 1 is best, methods of equal value
/// share the mean of their ranks. A data set is compared in a metric where two methods have a value (one,
/// where there is only one method), with `common_only` where all methods of the metric have one.
///
/// Throws Error(usage) for a metric or a convention that no folder has and a tolerance outside 0..1;
/// Error(data) where no score is left.
Leaderboard make_leaderboard(const std::vector<ResultFolder>& folders,
                             const LeaderboardOptions& options = {});

/// The folders, each once whatever path leads to it; `notes` says which were given twice.
std::vector<ResultFolder> read_result_folders(const std::vector<std::string>& paths,
                                              std::vector<std::string>& notes);

/// Tables for a terminal of `width` columns; ends with a newline.
std::string leaderboard_text(const Leaderboard& board, size_t width = 100);

/// A row per dimensions, method and metric:
/// dimensions,method,metric,direction,convention,median,mean_rank,place,n_ranked,n_datasets,n_datasets_compared,
/// seed_sd,options. RFC 4180; empty where there is no number.
std::string leaderboard_csv(const Leaderboard& board);

/// A row per dimensions, data set, method and metric:
/// dimensions,dataset,method,metric,direction,convention,n_cells,n_seeds,value,seed_sd,rank,compared,input_hash.
std::string leaderboard_values_csv(const Leaderboard& board);

std::string leaderboard_markdown(const Leaderboard& board);

/// One JSON document {schema, zerocell, convention, common_only, folders[], datasets[], methods[],
/// sections[], n_used, left_out[], notes[]}.
std::string leaderboard_json(const Leaderboard& board);

/// One page that holds all of its data and fetches nothing. Names from files are data to it, never markup.
std::string leaderboard_html(const Leaderboard& board);

}  // namespace zerocell
