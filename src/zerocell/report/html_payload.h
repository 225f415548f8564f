#pragma once
#include <nlohmann/json_fwd.hpp>

#include "zerocell/core/evaluation.h"
#include "zerocell/report/html.h"

namespace zerocell {

/// What the report's script reads: the form is written down in web/src/payload.ts.
nlohmann::ordered_json html_payload(const Evaluation& evaluation, const HtmlOptions& options);
nlohmann::ordered_json html_payload(const Reconstruction& reconstruction, const HtmlOptions& options);

}  // namespace zerocell
