#include "zerocell/core/error.h"

namespace zerocell {
namespace {

std::string compose(const ErrorParts& parts) {
  std::string text = parts.read;
  auto join = [&text](const char* separator, const std::string& part) {
    if (!text.empty()) text += separator;
    text += part;
  };
  if (!parts.expected.empty()) join(": ", "expected " + parts.expected);
  if (!parts.found.empty()) {
    if (parts.expected.empty())
      join(": ", parts.found);
    else
      join(", ", "found " + parts.found);
  }
  if (!parts.advice.empty()) {
    auto advice = parts.advice;
    if (advice[0] >= 'a' && advice[0] <= 'z') advice[0] = static_cast<char>(advice[0] - 'a' + 'A');
    join(". ", advice);
  }
  return text;
}

}  // namespace

Error::Error(ErrorKind kind, const ErrorParts& parts) : Error(kind, compose(parts)) {}

int Error::exit_status() const {
  switch (kind_) {
    case ErrorKind::data:
      return 1;
    case ErrorKind::usage:
      return 2;
    case ErrorKind::internal:
      return 3;
    case ErrorKind::interrupted:
      return 130;
  }
  return 3;
}

}  // namespace zerocell
