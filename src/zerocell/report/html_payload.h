#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "zerocell/core/evaluation.h"
#include "zerocell/report/html.h"

namespace zerocell {

/// What the report's script reads: the form is written down in web/src/payload.ts.
nlohmann::ordered_json html_payload(const Evaluation& evaluation, const HtmlOptions& options);
nlohmann::ordered_json html_payload(const Reconstruction& reconstruction, const HtmlOptions& options);

/// The template with the payload in it, such that nothing in the payload can be markup. Bytes that are not
/// UTF-8 are replaced, NaN and infinity become null. Throws Error(internal) for a template without its
/// marker.
std::string page_with(std::string_view page_template, const nlohmann::ordered_json& payload);

}  // namespace zerocell
