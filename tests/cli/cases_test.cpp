// Small inputs of the kinds that have led to wrong numbers or misleading messages: each command of cases.json
// is run, and what it says and writes is compared with what the case expects. The cases of this checkout are
// made by tests/reference/cases.py; those of the shared test data are run too where they are there.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "cli/program.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/data/embedding_file.h"

namespace zerocell {
namespace {
namespace fs = std::filesystem;
using nlohmann::json;

struct Case {
  fs::path folder;
  json content;
};

std::vector<Case> cases_of(const fs::path& folder) {
  std::vector<Case> cases;
  if (std::ifstream file(folder / "cases.json"); file)
    for (auto& content : json::parse(file)) cases.push_back({folder, std::move(content)});
  return cases;
}

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// Rows of scores.csv as maps from column to text. No field of these files holds a line break.
std::vector<std::map<std::string, std::string>> score_rows(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::map<std::string, std::string>> rows;
  std::vector<std::string> header;
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (const char c : line) {
      if (c == '"')
        quoted = !quoted;
      else if (c == ',' && !quoted)
        fields.emplace_back();
      else if (c != '\r')
        fields.back() += c;
    }
    if (header.empty()) {
      header = fields;
      continue;
    }
    auto& row = rows.emplace_back();
    for (size_t i = 0; i < header.size() && i < fields.size(); ++i) row[header[i]] = fields[i];
  }
  return rows;
}

class Unmet {
 public:
  Unmet(const Case& a_case, const ProgramRun& run, const fs::path& out)
      : case_(a_case), run_(run), out_(out) {}

  /// What of an expectation the run does not meet; empty: all is met.
  std::string operator()(const json& expect) const {
    std::ostringstream why;
    if (expect.contains("exit")) status(expect["exit"], why);
    for (const auto* stream : {"stderr", "stdout"}) {
      const std::string& text = stream == std::string("stderr") ? run_.err : run_.out;
      const auto found = [&](const std::string& key) {
        return std::regex_search(text, std::regex(expect[key].get<std::string>()));
      };
      if (expect.contains(stream) && !found(stream)) why << stream << " lacks " << expect[stream] << "; ";
      const std::string not_key = std::string(stream) + "_not";
      if (expect.contains(not_key) && found(not_key)) why << stream << " has " << expect[not_key] << "; ";
    }
    if (run_.status == 0) files(expect, why);
    if (expect.value("leftover", true) == false && run_.status != 0 && fs::exists(out_) &&
        !fs::is_empty(out_))
      why << "files are left in the output folder; ";
    if (expect.contains("any")) {
      bool met = false;
      std::string first;
      for (const auto& way : expect["any"]) {
        const std::string reason = (*this)(way);
        met |= reason.empty();
        if (first.empty()) first = reason;
      }
      if (!met) why << "none of the ways allowed: " << first;
    }
    return why.str();
  }

 private:
  void status(const json& expected, std::ostringstream& why) const {
    const bool met = expected.is_array() ? std::ranges::find(expected, json(run_.status)) != expected.end()
                                         : expected == run_.status;
    if (!met) why << "exit " << run_.status << " instead of " << expected << "; ";
  }
  void files(const json& expect, std::ostringstream& why) const {
    const auto rows = score_rows(out_ / "scores.csv");
    const json scores = expect.value("scores", json::object()),
               dimensions = expect.value("dims", json::object());
    for (const auto& [key, wanted] : scores.items()) {
      std::string value;
      for (const auto& row : rows)
        if (row.at("embedding") + "/" + row.at("metric") == key) value = row.at("value");
      if (value.empty() || std::abs(std::stod(value) - wanted[0].get<double>()) > wanted[1].get<double>())
        why << key << " is '" << value << "' instead of " << wanted[0] << "; ";
    }
    for (const auto& [tag, dims] : dimensions.items())
      if (column(rows, "embedding", tag, "dims") != std::set{dims.dump()})
        why << tag << " has not " << dims << " dimensions; ";
    if (expect.contains("n_cells") &&
        column(rows, "metric", "asw_label", "n_cells") != std::set{expect["n_cells"].dump()})
      why << "not " << expect["n_cells"] << " cells; ";
    if (expect.contains("close")) close(expect["close"], why);
  }
  static std::set<std::string> column(const std::vector<std::map<std::string, std::string>>& rows,
                                      const std::string& key, const std::string& of,
                                      const std::string& wanted) {
    std::set<std::string> values;
    for (const auto& row : rows)
      if (row.at(key) == of) values.insert(row.at(wanted));
    return values;
  }
  void close(const json& wanted, std::ostringstream& why) const {
    const auto got = to_float(DatasetFile::open(out_.string() + ".h5ad")->obsm(wanted[0]).values);
    const auto right = to_float(read_embedding_table((case_.folder / wanted[1]).string()).values);
    bool met = got.n_rows() == right.n_rows() && got.n_cols() == right.n_cols();
    for (size_t i = 0; met && i < right.n_rows(); ++i)
      for (size_t j = 0; j < right.n_cols(); ++j)
        met &= std::abs(got.row(i)[j] - right.row(i)[j]) <= wanted[2].get<double>();
    if (!met) why << wanted[0] << " differs from " << wanted[1] << "; ";
  }

  const Case& case_;
  const ProgramRun& run_;
  const fs::path& out_;
};

class Cases : public testing::TestWithParam<Case> {};

TEST_P(Cases, AreMet) {
  const Case& a_case = GetParam();
  const fs::path folder = fs::temp_directory_path() / ("zerocell_case_" + std::to_string(getpid()));
  fs::remove_all(folder);
  fs::create_directories(folder);
  const fs::path out = folder / "out";
  std::string arguments;
  for (std::string argument : a_case.content["command"]) {
    if (const size_t at = argument.find("{out}"); at != std::string::npos)
      argument.replace(at, 5, out.string());
    arguments += " " + shell_quoted(argument);
  }
  const ProgramRun run = run_program(arguments, "cd " + shell_quoted(a_case.folder.string()) + " && ");
  const std::string why = Unmet(a_case, run, out)(a_case.content["expect"]);
  EXPECT_EQ(why, "") << a_case.content["situation"] << "\nzerocell" << arguments << "\n"
                     << run.out << run.err;
  fs::remove_all(folder);
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.content["id"];
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Own, Cases, testing::ValuesIn(cases_of(ZEROCELL_SOURCE_DIR "/tests/golden/cases")),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Shared, Cases, testing::ValuesIn(cases_of(ZEROCELL_SHARED_DIR "/data/cases")),
                         name_of);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Cases);

}  // namespace
}  // namespace zerocell
