#include "zerocell/report/html.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "zerocell/core/error.h"
#include "zerocell/report/html_payload.h"
#include "zerocell/report/report_template.h"

namespace zerocell {
namespace {

constexpr std::string_view kMarker = "{{payload}}";

/// JSON that can stand inside a script element: only '<' could end the element or open a comment, and in JSON
/// it occurs inside strings alone, where an escape says the same.
std::string script_safe(const std::string& json) {
  std::string safe;
  safe.reserve(json.size() + json.size() / 64);
  for (const char c : json) {
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  }
  return safe;
}

}  // namespace

std::string page_with(std::string_view page_template, const nlohmann::ordered_json& payload) {
  const size_t at = page_template.find(kMarker);
  if (at == std::string_view::npos) throw Error::internal("the report's template has no place for its data");
  // Bytes that are not UTF-8 are replaced, NaN and infinity become null.
  const std::string json = payload.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string html(page_template.substr(0, at));
  html += script_safe(json);
  html += page_template.substr(at + kMarker.size());
  return html;
}

std::string html_report(const Evaluation& evaluation, const HtmlOptions& options) {
  return page_with(report_template, html_payload(evaluation, options));
}

std::string html_report(const Reconstruction& reconstruction, const HtmlOptions& options) {
  return page_with(report_template, html_payload(reconstruction, options));
}

}  // namespace zerocell
