#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "zerocell/cli/command.h"
#include "zerocell/study/methods.h"

namespace zerocell {
namespace {

std::string as_text() {
  std::string text = "Methods that --embedding takes:\n";
  for (const auto& method : method_table()) {
    text += fmt::format("\n{}  {}\n", method.name, method.title);
    text += fmt::format("  needs     {}\n  weights   {}\n  source    {}\n  example   {}\n", method.needs,
                        method.weights, method.source, method.example);
    for (const auto& option : method.options)
      text += fmt::format("  :{:<14} {} (default {})\n", option.name, option.help,
                          option.fallback.empty() ? "none" : option.fallback);
  }
  return text;
}

std::string as_json() {
  auto methods = nlohmann::ordered_json::array();
  for (const auto& method : method_table()) {
    auto options = nlohmann::ordered_json::array();
    for (const auto& option : method.options)
      options.push_back({{"name", option.name}, {"default", option.fallback}, {"help", option.help}});
    methods.push_back({{"name", method.name},
                       {"title", method.title},
                       {"needs", method.needs},
                       {"weights", method.weights},
                       {"source", method.source},
                       {"example", method.example},
                       {"options", options}});
  }
  return nlohmann::ordered_json{{"methods", methods}}.dump(2) + "\n";
}

}  // namespace

void add_models_command(CommandSetup setup) {
  auto* command =
      setup.app.add_subcommand("models", "List every method: what it needs, where its weights come from");
  command->add_flag("--json", setup.common.json, "One JSON document instead of text");
  command->footer("Example:\n  zerocell models");
  command->callback([&common = setup.common, &run = setup.run] {
    run = [&common] {
      print_result(common.json ? as_json() : as_text());
      return 0;
    };
  });
}

}  // namespace zerocell
