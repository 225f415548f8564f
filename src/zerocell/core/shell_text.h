#pragma once
#include <string>
#include <string_view>

namespace zerocell {

/// The text as one word of a shell: as it is where it holds nothing that a shell would act on, else in
/// quotes; with escapes (bash, zsh: $'\u202e') where a terminal should not see a character.
std::string shell_word(std::string_view text);

}  // namespace zerocell
