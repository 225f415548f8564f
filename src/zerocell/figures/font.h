#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace zerocell {

/// The face that all figures are set in; where a viewer lacks it, faces of nearly the same widths.
inline constexpr const char* kFontFace = "DejaVu Sans";
inline constexpr const char* kFontFamilySvg = "DejaVu Sans,Verdana,sans-serif";

/// Width in units of a line of valid UTF-8, without hinting, so that it scales.
double text_width(std::string_view text, double size, bool bold = false);

/// The printable text; where it is wider than `width`, "…" replaces a part behind the middle, because long
/// names often differ in their last words.
std::string fit_text(std::string_view text, double width, double size, bool bold = false);

/// The printable text broken at spaces into lines of at most `width`; a longer word is cut by fit_text.
std::vector<std::string> wrap_text(std::string_view text, double width, double size);

}  // namespace zerocell
