#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace zerocell {

struct Colour {
  uint8_t red = 0, green = 0, blue = 0;
  bool operator==(const Colour&) const = default;
};

/// "#0072b2"
std::string to_hex(Colour colour);
/// Share `t` in [0, 1] of the way from `a` to `b`, in sRGB.
Colour mix(Colour a, Colour b, double t);

inline constexpr Colour kInk{0x22, 0x22, 0x22};      ///< text and data
inline constexpr Colour kGrey{0x6b, 0x6b, 0x6b};     ///< second-rank text
inline constexpr Colour kRule{0xd8, 0xd8, 0xd8};     ///< frames and grid
inline constexpr Colour kMissing{0xcd, 0xcd, 0xcd};  ///< cells without a group
inline constexpr Colour kPaper{0xff, 0xff, 0xff};

/// Colour of group `i`: the seven of Okabe and Ito that are not black, then those farthest from all before
/// them for normal, deuteranope and protanope vision (tests/reference/palette.py). 64 differ clearly; beyond
/// them the same come back lighter, then darker.
Colour group_colour(size_t i);
/// group_colour(0) .. group_colour(n - 1)
std::vector<Colour> group_colours(size_t n);

/// Colour of the method at place `i` of a run: the same in every figure of the run.
Colour method_colour(size_t i);

/// Dark violet to yellow for t in [0, 1] (viridis of Smith and van der Walt, 2015, at nine points); values
/// outside are clamped, NaN gives kMissing.
Colour sequential_colour(double t);

}  // namespace zerocell
