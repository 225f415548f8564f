#pragma once
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace zerocell {

/// What one run of the program said.
struct ProgramRun {
  int status = -1;
  std::string out, err;
};

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Runs `zerocell ARGUMENTS` through the shell, as a user would; `before` stands in front, as
/// "timeout 60 " or "cd FOLDER && ".
inline ProgramRun run_program(const std::string& arguments, const std::string& before = "") {
  static int counter = 0;
  const auto err_path = std::filesystem::temp_directory_path() /
                        ("zerocell_err_" + std::to_string(getpid()) + "_" + std::to_string(counter++));
  const std::string command =
      before + std::string(ZEROCELL_PROGRAM) + " " + arguments + " 2>" + err_path.string();
  ProgramRun run;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return run;
  std::array<char, 4096> buffer;
  for (size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) run.out.append(buffer.data(), n);
  const int status = pclose(pipe);
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  run.err = read_file(err_path.string());
  std::filesystem::remove(err_path);
  return run;
}

}  // namespace zerocell
