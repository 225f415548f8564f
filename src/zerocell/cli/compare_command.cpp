#include "zerocell/report/compare.h"

#include "zerocell/cli/command.h"

namespace zerocell {
namespace {

struct CompareArguments {
  std::string a, b;
  CompareOptions options;
  std::string fail_on = "none";
};

constexpr const char* kFooter =
    "Exit status:\n"
    "  0  compared, and --fail-on does not apply\n"
    "  1  --fail-on worse: a score got worse, lost its value, or no score could be compared;\n"
    "     --fail-on change: that, any other change, or a score that one result has alone;\n"
    "     also where a folder holds no readable scores.csv (the message says so on stderr)\n"
    "  2  wrong usage, as a metric that neither result holds\n"
    "\n"
    "Scores belong together by data set, embedding, metric and convention. Of two results of one data set "
    "each\n"
    "its name does not matter.\n"
    "\n"
    "Examples:\n"
    "  zerocell compare result_before result_after\n"
    "  zerocell compare released candidate --metric avg_bio asw_batch --tolerance 0.01 --fail-on worse";

FailOn parse_fail_on(const std::string& name) {
  if (name == "worse") return FailOn::worse;
  return name == "change" ? FailOn::change : FailOn::none;
}

int run_compare(const CompareArguments& arguments, bool json) {
  const FailOn fail_on = parse_fail_on(arguments.fail_on);
  const Comparison comparison = compare_results(arguments.a, arguments.b, arguments.options);
  print_result(json ? comparison_json(comparison, fail_on) : comparison_text(comparison));
  return fails(comparison, fail_on) ? 1 : 0;
}

}  // namespace

void add_compare_command(CommandSetup setup) {
  auto* command = setup.app.add_subcommand("compare", "What changed between two results");
  auto arguments = std::make_shared<CompareArguments>();
  command->add_option("DIR_A", arguments->a, "Folder of the first result (evaluate, reconstruct or study)")
      ->required();
  command->add_option("DIR_B", arguments->b, "Folder of the second result")->required();
  command->add_option("--metric", arguments->options.metrics, "Look at these metrics alone (default: all)");
  command
      ->add_option("--tolerance", arguments->options.tolerance,
                   "Differences of no more than this, absolute, count as none")
      ->check(real_number(0, std::numeric_limits<double>::max()))
      ->capture_default_str();
  command->add_flag("--significant", arguments->options.significant,
                    "Scores that both have an interval differ only where the intervals do not overlap");
  command
      ->add_option("--fail-on", arguments->fail_on,
                   "Exit status 1 where a score got worse, or at any change: none, worse or change")
      ->check(CLI::IsMember({"none", "worse", "change"}))
      ->capture_default_str();
  command->add_flag("--json", setup.common.json, "One JSON document instead of text");
  command->footer(kFooter);
  command->callback([arguments, &common = setup.common, &run = setup.run] {
    run = [arguments, &common] { return run_compare(*arguments, common.json); };
  });
}

}  // namespace zerocell
