// Results as later commands read them: scores.csv and results.json, parted by a byte 0x1E, compared with
// themselves and set out as a leaderboard.
#include "folder.h"
#include "fuzz.h"
#include "zerocell/report/compare.h"
#include "zerocell/report/leaderboard.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace zerocell;
  static const fuzz::Folder folder;
  const fuzz::Input input(data, size);
  const auto parts = fuzz::split_parts(input.text(), 2);
  folder.write("scores.csv", parts[0]);
  folder.write("results.json", parts[1]);
  fuzz::accept_errors([&] {
    const auto comparison = compare_results(folder.path(), folder.path());
    comparison_text(comparison);
    comparison_json(comparison);
  });
  fuzz::accept_errors([&] {
    std::vector<std::string> notes;
    const auto board = make_leaderboard(read_result_folders({folder.path()}, notes));
    leaderboard_text(board);
    leaderboard_csv(board);
    leaderboard_values_csv(board);
    leaderboard_markdown(board);
    leaderboard_json(board);
    leaderboard_html(board);
  });
  return 0;
}
