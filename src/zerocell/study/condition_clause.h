#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace zerocell {

/// A value of a condition as it was typed.
struct ConditionValue {
  std::string text;
  bool quoted = false;
};

/// COLUMN OP VALUE of a condition.
struct ConditionClause {
  std::string column;
  std::string op;  ///< ==, !=, <, <=, >, >=, in, not in
  std::vector<ConditionValue> values;
  std::string text;  ///< as it was typed

  bool is_negative() const { return op == "!=" || op == "not in"; }
  bool is_ordered() const { return op.front() == '<' || op.front() == '>'; }
};

/// The clauses of "tech != 'smart seq' and n_genes >= 200". Names of columns with spaces stand in quotes or
/// backticks; a quote inside quotes is written twice. Throws Error(usage) that quotes the condition.
std::vector<ConditionClause> parse_condition(std::string_view text);

/// "COLUMN OP 'VALUE'", quoted so that parse_condition() reads it back.
std::string condition_text(const std::string& column, const std::string& op, const std::string& value);

}  // namespace zerocell
