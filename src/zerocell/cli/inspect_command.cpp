#include "zerocell/study/inspect.h"

#include "zerocell/cli/command.h"

namespace zerocell {

void add_inspect_command(CommandSetup setup) {
  auto* command = setup.app.add_subcommand(
      "inspect", "What is in a data set, what would run, what would be lost, how long");
  auto path = std::make_shared<std::string>();
  add_data_path(*command, *path);
  add_common_options(*command, setup.common);
  command->footer("Example:\n  zerocell inspect data.h5ad");
  command->callback([path, &common = setup.common, &run = setup.run] {
    run = [path, &common] {
      ThreadPool pool(common.n_threads());
      const auto inspection = inspect(*path, pool);
      print_result(common.json ? inspection_json(inspection) : inspection_text(inspection));
      return 0;
    };
  });
}

}  // namespace zerocell
