// Conditions on obs, as --where and STUDY.toml have them, on a frame with a column of every kind.
#include "fuzz.h"
#include "zerocell/study/row_condition.h"

namespace zerocell::fuzz {

Column column_of(const std::string& name) {
  if (name == "text") return {name, std::vector<std::string>{"a", "01", "", "nan"}, {}};
  if (name == "whole") return {name, std::vector<int64_t>{1, -7, INT64_MIN, INT64_MAX}, {0, 0, 1, 0}};
  if (name == "real") return {name, std::vector<double>{0.5, -0.0, 1e308, std::stod("nan")}, {}};
  if (name == "flag") return {name, std::vector<uint8_t>{1, 0, 1, 0}, {0, 0, 0, 1}};
  if (name == "kind") return {name, Categorical{{"B cell", "1E3", "01"}, {0, -1, 1, 2}, false}, {}};
  throw Error::data({"obs", "a column '" + name + "'", "none", ""});
}

}  // namespace zerocell::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace zerocell;
  const fuzz::Input input(data, size);
  fuzz::accept_errors([&] {
    std::vector<std::string> warnings;
    rows_where(input.text(), 4, fuzz::column_of, &warnings);
  });
  return 0;
}
