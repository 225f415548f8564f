#include "zerocell/report/compare.h"

#include <unistd.h>

#include "zerocell/cli/command.h"

namespace zerocell {

void add_compare_command(CommandSetup setup) {
  auto* command = setup.app.add_subcommand("compare", "What changed between two results");
  auto folders = std::make_shared<std::pair<std::string, std::string>>();
  command->add_option("DIR_A", folders->first, "Folder of the first result")->required();
  command->add_option("DIR_B", folders->second, "Folder of the second result")->required();
  command->add_flag("--json", setup.common.json, "One JSON document instead of text");
  command->footer("Example:\n  zerocell compare result_before result_after");
  command->callback([folders, &common = setup.common, &run = setup.run] {
    run = [folders, &common] {
      const auto comparison = compare_results(folders->first, folders->second);
      print_result(common.json ? comparison_json(comparison) : comparison_text(comparison));
      return 0;
    };
  });
}

}  // namespace zerocell
