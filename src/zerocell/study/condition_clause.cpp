#include "zerocell/study/condition_clause.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

bool is_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

class ConditionReader {
 public:
  explicit ConditionReader(std::string_view text) : text_(text) {}

  std::vector<ConditionClause> read() {
    std::vector<ConditionClause> clauses;
    do clauses.push_back(clause());
    while (take_word("and") || take_word("&&") || take_word("&"));
    skip_space();
    if (position_ != text_.size()) fail("'and' or the end");
    return clauses;
  }

 private:
  [[noreturn]] void fail(const std::string& expected) const {
    const auto rest = text_.substr(position_);
    const bool other = rest.starts_with("or ") || rest.starts_with("|") || rest.starts_with("not ");
    throw Error::usage(
        {fmt::format("condition '{}'", text_), expected, rest.empty() ? "the end" : fmt::format("'{}'", rest),
         other ? "Clauses are joined by 'and' alone; for one of several values write COLUMN in "
                 "['a', 'b']"
               : "Write it as: COLUMN == 'value' and OTHER >= 200"});
  }
  void skip_space() {
    while (position_ < text_.size() && is_space(text_[position_])) ++position_;
  }
  bool take(std::string_view what) {
    skip_space();
    if (text_.substr(position_, what.size()) != what) return false;
    position_ += what.size();
    return true;
  }
  bool take_word(std::string_view what) {
    const size_t start = position_;
    if (!take(what)) return false;
    if (position_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[position_])) != 0)) {
      position_ = start;
      return false;
    }
    return true;
  }
  std::string quoted(char quote) {
    std::string result;
    for (;;) {
      const size_t end = text_.find(quote, position_);
      if (end == std::string_view::npos) fail(fmt::format("a closing {}", quote));
      result += text_.substr(position_, end - position_);
      position_ = end + 1;
      if (position_ == text_.size() || text_[position_] != quote) return result;
      result += quote;
      ++position_;
    }
  }
  ConditionValue value(std::string_view stops, std::string_view quotes, const char* what) {
    skip_space();
    if (position_ < text_.size() && quotes.find(text_[position_]) != std::string_view::npos) {
      const char quote = text_[position_++];
      return {quoted(quote), true};
    }
    ConditionValue result;
    while (position_ < text_.size() && !is_space(text_[position_]) &&
           stops.find(text_[position_]) == std::string_view::npos)
      result.text += text_[position_++];
    if (result.text.empty()) fail(what);
    return result;
  }
  ConditionClause clause() {
    ConditionClause c;
    skip_space();
    const size_t start = position_;
    c.column = value("=!<>", "'\"`", "a column").text;
    for (const char* op : {"==", "!=", "<=", ">=", "<", ">"})
      if (c.op.empty() && take(op)) c.op = op;
    if (c.op.empty() && take_word("in")) c.op = "in";
    if (c.op.empty() && take_word("not") && take_word("in")) c.op = "not in";
    if (c.op.empty()) fail("one of == != < <= > >= in, not in");
    if (c.op == "in" || c.op == "not in")
      read_list(c);
    else
      c.values.push_back(value("", "'\"", "a value"));
    c.text = text_.substr(start, position_ - start);
    return c;
  }
  void read_list(ConditionClause& c) {
    if (!take("[") && !take("(")) fail("a list in brackets");
    do c.values.push_back(value(",])", "'\"", "a value"));
    while (take(","));
    if (!take("]") && !take(")")) fail("a closing bracket");
  }

  std::string_view text_;
  size_t position_ = 0;
};

std::string in_quotes(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

bool is_plain_name(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
  });
}

}  // namespace

std::vector<ConditionClause> parse_condition(std::string_view text) {
  return ConditionReader(text).read();
}

std::string condition_text(const std::string& column, const std::string& op, const std::string& value) {
  return fmt::format("{} {} {}", is_plain_name(column) ? column : in_quotes(column), op, in_quotes(value));
}

}  // namespace zerocell
