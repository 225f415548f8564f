#include "zerocell/cli/application.h"

#include <fmt/format.h>

#include <algorithm>

#include "zerocell/cli/command.h"
#include "zerocell/core/error.h"
#include "zerocell/core/shell_text.h"
#include "zerocell/version.h"

namespace zerocell {
namespace {

constexpr const char* kDescription =
    "zerocell asks whether the embeddings of a single-cell model beat simple baselines on your data.\n"
    "Give it an .h5ad file with labels and batches; it returns scores with intervals, UMAPs and a report.";

constexpr const char* kExamples =
    "Examples:\n"
    "  zerocell inspect data.h5ad\n"
    "  zerocell evaluate data.h5ad --label celltype --batch batch --embedding hvg pca obsm:X_scvi --out "
    "result\n"
    "  zerocell compare result_1 result_2\n"
    "\n"
    "Help on a command: zerocell COMMAND --help";

void refuse_unknown_command(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  if (std::ranges::find(names, argv[1]) == names.end())
    throw Error::usage({fmt::format("command '{}'", argv[1]),
                        fmt::format("one of: {}", fmt::join(names, ", ")), "none of them",
                        "See 'zerocell --help'"});
}

/// An option that is given without a value, as by a script whose variable is empty, would be passed over.
void refuse_empty_values(const CLI::App& app) {
  for (const auto* command : app.get_subcommands()) {
    for (const auto* option : command->get_options())
      for (const auto& value : option->results())
        if (value.empty())
          throw Error::usage({option->get_name(), "a value", "an empty text",
                              fmt::format("See 'zerocell {} --help'", command->get_name())});
    refuse_empty_values(*command);
  }
}

}  // namespace

int run_application(int argc, const char* const* argv, const volatile std::sig_atomic_t* interrupted) {
  CLI::App app{kDescription, "zerocell"};
  app.footer(kExamples);
  app.set_version_flag("--version", "zerocell " ZEROCELL_VERSION);
  app.require_subcommand(1);
  CommonOptions common;
  common.interrupted = interrupted;
  for (int i = 0; i < argc; ++i) common.command_line += (i ? " " : "") + shell_word(argv[i]);
  std::function<int()> run;
  const CommandSetup setup{app, common, run};
  add_inspect_command(setup);
  add_evaluate_command(setup);
  add_embed_command(setup);
  add_reconstruct_command(setup);
  add_study_command(setup);
  add_cache_command(setup);
  add_compare_command(setup);
  add_leaderboard_command(setup);
  add_simulate_command(setup);
  add_init_model_command(setup);
  add_models_command(setup);
  add_document_commands(setup);
  refuse_unknown_command(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    print_result(app.help());
    return 0;
  } catch (const CLI::CallForVersion& version) {
    print_result(std::string(version.what()) + "\n");
    return 0;
  } catch (const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    const auto command = chosen.empty() ? std::string() : chosen.front()->get_name();
    throw Error::usage({command, "", error.what(),
                        fmt::format("See 'zerocell{}{} --help'", command.empty() ? "" : " ", command)});
  }
  refuse_empty_values(app);
  return run();
}

}  // namespace zerocell
