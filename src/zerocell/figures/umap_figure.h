#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/data_frame.h"
#include "zerocell/core/matrix.h"
#include "zerocell/figures/legend.h"

namespace zerocell {

/// One embedding's layout, cells coloured by group.
struct UmapPanel {
  std::string title, subtitle;
  const DenseMatrix<float>* positions = nullptr;  ///< (N, 2); cells without finite position are left out
  std::span<const int32_t> groups;                ///< (N) -1: missing, drawn in grey below all others
  std::vector<Colour> colours;                    ///< per group
  bool number_groups = false;                     ///< write each group's number at its median position
  std::string note = "no cell has a position";    ///< written into a panel without points
};

/// What a page of its own chooses otherwise.
struct UmapLayout {
  size_t columns = 0;           ///< 0: by the number of panels
  double side = 0;              ///< of a panel; 0: by the number of panels
  bool draw_caption = true;     ///< at the foot; it is the description in any case
  size_t first_number = 0;      ///< of the groups' numbers
  bool spread_numbers = false;  ///< leave out numbers that would cover those of larger groups
  bool legend_below = false;
};

struct UmapFigure {
  std::string title, caption;
  std::vector<UmapPanel> panels;
  Legend legend;  ///< no entries: none is drawn
  UmapLayout layout = {};
};

/// Panels in a grid, legend at the right or below, caption at the foot. Both axes of a panel have the same
/// scale. Cells are drawn in the same random order in every panel, so that no group hides another; clouds of
/// more than 20,000 cells become images inside vector formats. Throws Error(internal) where shapes disagree.
Drawing umap_drawing(const UmapFigure& figure);

/// A colour per cluster: that of the label it shares most cells with, each label's colour being given once,
/// to the largest overlap; the other clusters get colours that no label has. cluster and labels: (N), -1
/// missing.
std::vector<Colour> cluster_colours(std::span<const int32_t> cluster, const Categorical& labels);

}  // namespace zerocell
