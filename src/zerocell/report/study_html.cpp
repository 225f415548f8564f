#include "zerocell/report/study_html.h"

#include <nlohmann/json.hpp>

#include "zerocell/report/html_payload.h"
#include "zerocell/report/study_payload.h"
#include "zerocell/report/study_template.h"

namespace zerocell {

std::string study_index_html(const StudyResults& study, const HtmlOptions& options) {
  return page_with(study_template, study_payload(study, options));
}

}  // namespace zerocell
