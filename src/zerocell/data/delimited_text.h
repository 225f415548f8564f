#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace zerocell {

/// Without spaces and tabs at both ends.
std::string_view trimmed(std::string_view field);

/// Hands out the fields of a delimited text line by line.
///
/// The first line decides the separator, or the second where the first has none: of a name with .csv the
/// comma before the semicolon and the tab, else the tab first; where there is none of them, runs of spaces
/// separate. Quoted fields (with doubled quotes inside), CRLF, a byte order mark, leading blank lines and #
/// comments, and blank lines at the end are understood. The text outlives the reader; a copy goes on from the
/// same place.
class DelimitedText {
 public:
  DelimitedText(std::string name, std::string_view text);

  bool at_end() const { return rest_.empty(); }
  size_t line_number() const { return line_number_; }  ///< of the line handed out last, counted from 1
  size_t lines_left() const;

  /// Fields of the next line: views into the text, or into a buffer that the next call overwrites. Throws
  /// Error(data) for a quote without end.
  void next(std::vector<std::string_view>& fields);

 private:
  std::string_view line() const { return rest_.substr(0, rest_.find('\n')); }
  void skip_line();
  char guess_separator() const;
  std::string_view take_field(std::string_view& current);
  std::string_view take_quoted(std::string_view& current);
  void step_over(std::string_view& current, size_t end);

  std::string name_;
  std::string_view rest_;
  std::string unquoted_;
  char separator_ = ',';
  bool more_ = false;
  size_t line_number_ = 0;
};

}  // namespace zerocell
