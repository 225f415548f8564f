// STUDY.toml: its form, and the names in it. Nothing that it names is opened.
#include "zerocell/study/study_file.h"

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace zerocell;
  const fuzz::Input input(data, size);
  fuzz::accept_errors([&] {
    std::vector<StudyProblem> problems;
    const StudyFile study = parse_study_file("folder/study.toml", input.text(), problems);
    check_study_names(study, problems);
  });
  return 0;
}
