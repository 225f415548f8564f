#include "zerocell/report/csv_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

class CsvParser {
 public:
  CsvParser(const std::string& name, std::string_view text) : name_(name), text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  }

  std::vector<CsvRecord> records() {
    std::vector<CsvRecord> out;
    while (at_ < text_.size()) {
      CsvRecord record{line_, {}};
      do record.fields.push_back(field());
      while (take(','));
      end_line();
      const bool blank = record.fields.size() == 1 && record.fields[0].empty();
      if (!blank) out.push_back(std::move(record));
    }
    return out;
  }

 private:
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void end_line() {
    take('\r');
    if (!take('\n') && at_ < text_.size())
      fail("a comma or the end of the line behind a field", "other text");
    ++line_;
  }

  std::string field() { return take('"') ? quoted() : plain(); }

  std::string plain() {
    const size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    std::string out(text_.substr(at_, end - at_));
    at_ = end;
    return out;
  }

  /// Behind the opening quote, up to and with the closing one.
  std::string quoted() {
    std::string out;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"' && !take('"')) return out;
      if (c == '\n') ++line_;
      out += c;
    }
    fail("a closing quote", "the end of the file");
  }

  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    throw Error::data({fmt::format("{}, line {}", name_, line_), expected, found, ""});
  }

  const std::string& name_;
  std::string_view text_;
  size_t at_ = 0, line_ = 1;
};

}  // namespace

std::vector<CsvRecord> parse_csv(const std::string& name, std::string_view text) {
  return CsvParser(name, text).records();
}

}  // namespace zerocell
