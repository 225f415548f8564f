#include "zerocell/report/scores_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "zerocell/core/error.h"
#include "zerocell/core/regular_file.h"
#include "zerocell/core/word_list.h"
#include "zerocell/figures/score_table.h"
#include "zerocell/report/csv_text.h"

namespace zerocell {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{1} << 30;

constexpr std::array<const char*, 13> kColumns = {"dataset",    "embedding", "dims",  "n_cells", "seed",
                                                  "metric",     "value",     "low",   "high",    "direction",
                                                  "convention", "status",    "reason"};
enum ColumnIndex {
  dataset,
  embedding,
  dims,
  n_cells,
  seed,
  metric,
  value,
  low,
  high,
  direction,
  convention,
  status,
  reason
};

std::string number(const std::optional<double>& x) {
  return x ? fmt::format("{}", *x) : "";
}

/// The fields of one record by column, with messages that name the line.
class RecordReader {
 public:
  RecordReader(const std::string& name, const CsvRecord& record,
               const std::array<size_t, kColumns.size()>& places)
      : name_(name), record_(record), places_(places) {}

  const std::string& text(ColumnIndex column) const { return record_.fields[places_[column]]; }

  uint64_t count(ColumnIndex column) const {
    uint64_t out = 0;
    if (!parse(text(column), out)) fail(column, "a whole number");
    return out;
  }

  std::optional<double> real(ColumnIndex column) const {
    if (text(column).empty()) return std::nullopt;
    double out = 0;
    if (!parse(text(column), out) || !std::isfinite(out)) fail(column, "a number or nothing");
    return out;
  }

  Direction read_direction() const {
    for (const Direction candidate : {Direction::higher, Direction::lower})
      if (text(direction) == to_string(candidate)) return candidate;
    fail(direction, "higher or lower");
  }

  ScoreStatus read_status() const {
    for (const ScoreStatus candidate : {ScoreStatus::ok, ScoreStatus::not_applicable, ScoreStatus::failed})
      if (text(status) == to_string(candidate)) return candidate;
    fail(status, "ok, not_applicable or failed");
  }

 private:
  template <class T>
  static bool parse(const std::string& text, T& out) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, out);
    return error == std::errc() && stop == end;
  }

  [[noreturn]] void fail(ColumnIndex column, const std::string& expected) const {
    throw Error::data({fmt::format("{}, line {}, column {}", name_, record_.line, kColumns[column]), expected,
                       "'" + text(column) + "'", ""});
  }

  const std::string& name_;
  const CsvRecord& record_;
  const std::array<size_t, kColumns.size()>& places_;
};

std::array<size_t, kColumns.size()> places_of_columns(const std::string& name, const CsvRecord& header) {
  std::array<size_t, kColumns.size()> places{};
  for (size_t i = 0; i < kColumns.size(); ++i) {
    const auto found = std::find(header.fields.begin(), header.fields.end(), kColumns[i]);
    if (found == header.fields.end())
      throw Error::data({name, fmt::format("a column '{}'", kColumns[i]),
                         "the header " + listed(header.fields, 20),
                         "Give the folder of a result that zerocell wrote"});
    places[i] = static_cast<size_t>(found - header.fields.begin());
  }
  return places;
}

Score to_score(const RecordReader& record) {
  Score score;
  score.dataset = text_of_csv_field(record.text(dataset));
  score.embedding = text_of_csv_field(record.text(embedding));
  score.dims = record.count(dims);
  score.n_cells = record.count(n_cells);
  score.seed = record.count(seed);
  score.metric = text_of_csv_field(record.text(metric));
  score.value = record.real(value);
  score.low = record.real(low);
  score.high = record.real(high);
  score.direction = record.read_direction();
  score.convention = text_of_csv_field(record.text(convention));
  score.status = record.read_status();
  score.reason = text_of_csv_field(record.text(reason));
  return score;
}

}  // namespace

std::string scores_csv(std::span<const Score> scores) {
  std::string out = fmt::format("{}\n", fmt::join(kColumns, ","));
  for (const Score& raw : scores) {
    const Score score = presentable(raw);
    fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                   csv_field(score.dataset), csv_field(score.embedding), score.dims, score.n_cells,
                   score.seed, csv_field(score.metric), number(score.value), number(score.low),
                   number(score.high), to_string(score.direction), csv_field(score.convention),
                   to_string(score.status), csv_field(score.reason));
  }
  return out;
}

std::vector<Score> parse_scores_csv(const std::string& name, std::string_view text) {
  const std::vector<CsvRecord> records = parse_csv(name, text);
  if (records.empty()) throw Error::data({name, "a header and a row per score", "an empty file", ""});
  const auto places = places_of_columns(name, records[0]);
  std::vector<Score> scores;
  for (size_t i = 1; i < records.size(); ++i) {
    if (records[i].fields.size() != records[0].fields.size())
      throw Error::data({fmt::format("{}, line {}", name, records[i].line),
                         fmt::format("{} fields, as in the header", records[0].fields.size()),
                         fmt::format("{}", records[i].fields.size()), ""});
    scores.push_back(to_score(RecordReader(name, records[i], places)));
  }
  return scores;
}

std::vector<Score> read_scores_csv(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    throw Error::data({path, "a file of scores", "none that can be opened",
                       "Give the folder that zerocell evaluate wrote"});
  const std::string text = read_whole_file(path, kMaxBytes);
  return parse_scores_csv(path, text);
}

}  // namespace zerocell
