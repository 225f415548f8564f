#include "zerocell/figures/palette.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace zerocell {
namespace {

constexpr std::array<uint32_t, 64> kGroups = {
    0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0xf0e442, 0x780040, 0x382098, 0x705018,
    0x8878f8, 0xb03080, 0x50d080, 0x006858, 0x5048c0, 0x98f0a0, 0x204060, 0x28e8f8, 0x687858, 0x683088,
    0x682808, 0x88b8a8, 0x189000, 0xf880d8, 0xb8d048, 0xf86080, 0xb09840, 0xa06890, 0xa058d0, 0x00a0b0,
    0xb82030, 0x506080, 0xb878d8, 0x98b850, 0x988048, 0xa0c0f8, 0x1048a0, 0x904850, 0x880070, 0xf0a0c0,
    0xf0b088, 0x7098f8, 0xa8d0a8, 0xf8d078, 0x981040, 0x9850a0, 0xf0c8f0, 0xb88070, 0x600078, 0x8078b0,
    0x5070e8, 0x7850d0, 0x684048, 0x689890, 0xa0a0c8, 0xa86048, 0x802028, 0x505098, 0x38b088, 0x40f8c0,
    0x20b050, 0x4090c8, 0xd8b8d8, 0x602850};
constexpr std::array<uint32_t, 9> kViridis = {0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c,
                                              0x28ae80, 0x5ec962, 0xaddc30, 0xfde725};

constexpr Colour from_hex(uint32_t code) {
  return {static_cast<uint8_t>(code >> 16), static_cast<uint8_t>(code >> 8), static_cast<uint8_t>(code)};
}

}  // namespace

std::string to_hex(Colour colour) {
  return fmt::format("#{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue);
}

Colour mix(Colour a, Colour b, double t) {
  const auto channel = [t](uint8_t from, uint8_t to) {
    return static_cast<uint8_t>(std::lround(from + (to - from) * t));
  };
  return {channel(a.red, b.red), channel(a.green, b.green), channel(a.blue, b.blue)};
}

Colour group_colour(size_t i) {
  const Colour base = from_hex(kGroups[i % kGroups.size()]);
  switch ((i / kGroups.size()) % 3) {
    case 1:
      return mix(base, kPaper, 0.4);
    case 2:
      return mix(base, Colour{0, 0, 0}, 0.4);
    default:
      return base;
  }
}

std::vector<Colour> group_colours(size_t n) {
  std::vector<Colour> colours(n);
  for (size_t i = 0; i < n; ++i) colours[i] = group_colour(i);
  return colours;
}

Colour method_colour(size_t i) {
  return group_colour(i);
}

Colour sequential_colour(double t) {
  if (std::isnan(t)) return kMissing;
  const double place = std::clamp(t, 0.0, 1.0) * (kViridis.size() - 1);
  const size_t i = std::min(static_cast<size_t>(place), kViridis.size() - 2);
  return mix(from_hex(kViridis[i]), from_hex(kViridis[i + 1]), place - static_cast<double>(i));
}

}  // namespace zerocell
