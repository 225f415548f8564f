#include <fmt/format.h>

#include "zerocell/cli/command.h"
#include "zerocell/version.h"

namespace zerocell {
namespace {

// roff takes a leading dot or quote as a command, and '-' as a hyphen.
std::string roff(const std::string& text) {
  std::string result;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else
      result += c;
    line_start = c == '\n';
  }
  return result;
}

std::string option_names(const CLI::Option& option) {
  return option.get_positional() && option.get_lnames().empty() ? option.get_name()
                                                                : option.get_name(false, true);
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_name().empty(); });
}

std::string man_page(const CLI::App& app) {
  auto page = fmt::format(".TH ZEROCELL 1 \"\" \"zerocell {}\" \"User Commands\"\n", ZEROCELL_VERSION);
  page += ".SH NAME\nzerocell \\- zero-shot evaluation of single-cell embeddings\n";
  page += ".SH SYNOPSIS\n.B zerocell\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n";
  page += ".SH DESCRIPTION\n" + roff(app.get_description()) + "\n";
  for (const auto* command : commands_of(app)) {
    page += fmt::format(".SH \"zerocell {}\"\n{}\n", command->get_name(), roff(command->get_description()));
    for (const auto* option : command->get_options())
      page +=
          fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(option_names(*option)), roff(option->get_description()));
    if (!command->get_footer().empty())
      page += fmt::format(".PP\n.nf\n{}\n.fi\n", roff(command->get_footer()));
  }
  page +=
      ".SH \"EXIT STATUS\"\n0 done; 1 the data or a model is not usable; 2 wrong usage; 3 an internal fault; "
      "130 interrupted.\n";
  return page;
}

std::string words(const CLI::App& command) {
  std::string result;
  for (const auto* option : command.get_options())
    for (const auto& name : option->get_lnames()) result += "--" + name + " ";
  return result;
}

std::string bash_completion(const CLI::App& app) {
  std::string names, cases;
  for (const auto* command : commands_of(app)) {
    names += command->get_name() + " ";
    cases += fmt::format("    {}) words=\"{}\" ;;\n", command->get_name(), words(*command));
  }
  return fmt::format(R"(_zerocell() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} words
  case ${{COMP_WORDS[1]}} in
{}    *) words="{}--help --version" ;;
  esac
  if [[ $current == -* || $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}}
complete -o filenames -F _zerocell zerocell
)",
                     cases, names);
}

std::string zsh_completion(const CLI::App& app) {
  return "#compdef zerocell\nautoload -U +X bashcompinit && bashcompinit\n" + bash_completion(app);
}

std::string fish_completion(const CLI::App& app) {
  std::string script;
  for (const auto* command : commands_of(app)) {
    script +=
        fmt::format("complete -c zerocell -n __fish_use_subcommand -a {} -d '{}'\n", command->get_name(),
                    command->get_description().substr(0, command->get_description().find('\n')));
    for (const auto* option : command->get_options())
      for (const auto& name : option->get_lnames())
        script += fmt::format("complete -c zerocell -n '__fish_seen_subcommand_from {}' -l {}\n",
                              command->get_name(), name);
  }
  return script;
}

}  // namespace

void add_document_commands(CommandSetup setup) {
  auto& app = setup.app;
  auto* man = app.add_subcommand("man", "Print the manual page (roff)");
  man->callback([&app, &run = setup.run] {
    run = [&app] {
      print_result(man_page(app));
      return 0;
    };
  });
  auto* completion = app.add_subcommand("completion", "Print a completion script for bash, zsh or fish");
  auto shell = std::make_shared<std::string>();
  completion->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->footer("Example:\n  zerocell completion bash > /etc/bash_completion.d/zerocell");
  completion->callback([&app, shell, &run = setup.run] {
    run = [&app, shell] {
      print_result(*shell == "bash"  ? bash_completion(app)
                   : *shell == "zsh" ? zsh_completion(app)
                                     : fish_completion(app));
      return 0;
    };
  });
}

}  // namespace zerocell
