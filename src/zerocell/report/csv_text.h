#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/core/csv_field.h"

namespace zerocell {

/// One record of a CSV file and the line on which it begins, counted from 1.
struct CsvRecord {
  size_t line = 0;
  std::vector<std::string> fields;
};

/// All records of RFC 4180 text; a byte order mark, CRLF, LF and blank lines between records are understood.
/// `name` is the path, for messages. Throws Error(data) for an open quote or text behind a closing one.
std::vector<CsvRecord> parse_csv(const std::string& name, std::string_view text);

}  // namespace zerocell
