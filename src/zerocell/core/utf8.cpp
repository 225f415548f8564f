#include "zerocell/core/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace zerocell {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "…";

struct Decoded {
  uint32_t code = 0;
  size_t length = 0;  ///< bytes; 0: the first byte begins no valid character
};

/// The character at the start of text (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
Decoded decode(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  uint32_t code = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = (code << 6) | (byte(i) & 0x3Fu);
  }
  constexpr std::array<uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {code, length};
}

bool is_control(uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029;
}

bool is_combining(uint32_t code) {
  return (code >= 0x0300 && code <= 0x036F) || (code >= 0x1AB0 && code <= 0x1AFF) ||
         (code >= 0x20D0 && code <= 0x20FF) || (code >= 0xFE00 && code <= 0xFE0F) ||
         (code >= 0x200B && code <= 0x200F) || (code >= 0xFE20 && code <= 0xFE2F);
}

/// East Asian wide and emoji (Unicode Standard Annex 11), by blocks.
bool is_wide(uint32_t code) {
  return (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF && code != 0x303F) ||
         (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
         (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
         (code >= 0xFFE0 && code <= 0xFFE6) || (code >= 0x1F300 && code <= 0x1FAFF) ||
         (code >= 0x20000 && code <= 0x3FFFD);
}

size_t width_of(uint32_t code) {
  return is_combining(code) ? 0 : is_wide(code) ? 2 : 1;
}

/// As many characters from the start as fit into `width` columns.
std::string beginning(std::string_view text, size_t width) {
  std::string out;
  size_t used = 0;
  for (std::string_view character : characters(text)) {
    used += width_of(decode(character).code);
    if (used > width) break;
    out += character;
  }
  return out;
}

/// Bytes of the characters from `first` to the end.
size_t total_bytes(const std::vector<std::string_view>& parts, size_t first) {
  size_t n = 0;
  for (size_t i = first; i < parts.size(); ++i) n += parts[i].size();
  return n;
}

/// Marks of the direction of text (Unicode Bidirectional Algorithm), and characters without a width that no
/// script needs.
bool is_unseen(uint32_t code) {
  return code == 0x061C || code == 0x200B || code == 0x200E || code == 0x200F ||
         (code >= 0x202A && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
         (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE007F);
}

bool is_no_character(uint32_t code) {
  return (code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF);
}

/// The text with what `replace(character's code, its bytes, out)` writes in place of each character; the code
/// of a byte that is not UTF-8 is kNoCode.
constexpr uint32_t kNoCode = UINT32_MAX;
template <class Replace>
std::string rewritten(std::string_view text, const Replace& replace) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Decoded next = decode(text);
    const size_t length = next.length == 0 ? 1 : next.length;
    replace(next.length == 0 ? kNoCode : next.code, text.substr(0, length), out);
    text.remove_prefix(length);
  }
  return out;
}

/// "\u202e", beyond U+FFFF as two of them, as JSON writes it.
std::string escape_of(uint32_t code, std::string_view bytes) {
  if (code == kNoCode) return fmt::format("\\x{:02x}", static_cast<uint8_t>(bytes[0]));
  if (code <= 0xFFFF) return fmt::format("\\u{:04x}", code);
  const uint32_t rest = code - 0x10000;
  return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
}

bool is_inside_character(char c) {
  return (static_cast<uint8_t>(c) & 0xC0) == 0x80;
}

/// Without its middle where it is long: the end of a message says what to do.
std::string cut_line(std::string_view line) {
  constexpr size_t kBegin = 1000, kEnd = 400;
  if (line.size() <= 1500) return std::string(line);
  size_t first = kBegin, last = line.size() - kEnd;
  while (first > 0 && is_inside_character(line[first])) --first;
  while (last < line.size() && is_inside_character(line[last])) ++last;
  return fmt::format("{} … ({} bytes are left out) … {}", line.substr(0, first), last - first,
                     line.substr(last));
}

}  // namespace

std::string printable(std::string_view text) {
  return rewritten(text, [](uint32_t code, std::string_view bytes, std::string& out) {
    if (code == kNoCode || is_unseen(code) || is_no_character(code))
      out += kReplacement;
    else
      out += is_control(code) ? " " : bytes;
  });
}

std::string terminal_text(std::string_view text) {
  return rewritten(text, [](uint32_t code, std::string_view bytes, std::string& out) {
    const bool seen =
        code == '\n' || !(code == kNoCode || is_control(code) || is_unseen(code) || is_no_character(code));
    if (seen)
      out += bytes;
    else
      out += escape_of(code, bytes);
  });
}

std::string terminal_message(std::string_view text) {
  constexpr size_t kMostLines = 40;
  std::vector<std::string> lines{""};
  for (size_t at = 0; at < text.size(); ++at) {
    const bool ends =
        text[at] == '\n' && (at + 1 == text.size() || text[at + 1] == ' ' || text[at + 1] == '\n');
    if (ends)
      lines.emplace_back();
    else if (text[at] == '\n')
      lines.back() += "\\n";
    else
      lines.back() += text[at];
  }
  std::string out;
  for (size_t i = 0; i < std::min(lines.size(), kMostLines); ++i)
    out += (i > 0 ? "\n" : "") + cut_line(terminal_text(lines[i]));
  if (lines.size() > kMostLines) out += fmt::format("\n  and {} more lines", lines.size() - kMostLines);
  return out;
}

std::string valid_utf8(std::string_view text) {
  return rewritten(text, [](uint32_t code, std::string_view bytes, std::string& out) {
    out += code == kNoCode ? kReplacement : bytes;
  });
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = std::max<size_t>(1, decode(text).length);
    out.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return out;
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  for (std::string_view character : characters(text)) width += width_of(decode(character).code);
  return width;
}

std::string truncate_to_width(std::string_view text, size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::string out = beginning(text, width - 1);
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out + std::string(kEllipsis);
}

std::string truncate_middle(std::string_view text, size_t width) {
  if (display_width(text) <= width) return std::string(text);
  const size_t tail_width = width < 4 ? 0 : (width - 1) / 3;
  const std::vector<std::string_view> parts = characters(text);
  size_t first_kept = parts.size(), used = 0;
  while (first_kept > 0 && used + display_width(parts[first_kept - 1]) <= tail_width)
    used += display_width(parts[--first_kept]);
  const std::string_view tail = text.substr(text.size() - total_bytes(parts, first_kept));
  return truncate_to_width(text, width - used) + std::string(tail);
}

}  // namespace zerocell
