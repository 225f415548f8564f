#pragma once
#include <string>
#include <string_view>

namespace zerocell {

/// The text as one word of a POSIX shell: as it is where it holds nothing that a shell would act on, else in
/// quotes.
std::string shell_word(std::string_view text);

}  // namespace zerocell
