#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "zerocell/core/utf8.h"
#include "zerocell/figures/field_raster.h"
#include "zerocell/figures/font.h"
#include "zerocell/figures/point_raster.h"
#include "zerocell/figures/render.h"

namespace zerocell {
namespace {

constexpr double kImageScale = 2.5;  ///< pixels a unit of embedded point images: 240 dots an inch
constexpr size_t kSlices = 16;       ///< layers of a vector cloud, so that no group covers the others

/// At most two decimals, without trailing zeros.
std::string number(double value) {
  std::string text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : printable(text)) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  return out;
}

struct SvgWriter {
  std::string out;

  template <class... Arguments>
  void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
  }

  void operator()(const LineShape& line) {
    print("<path d=\"M{} {}L{} {}\" stroke=\"{}\" stroke-width=\"{}\"", number(line.x1), number(line.y1),
          number(line.x2), number(line.y2), to_hex(line.colour), number(line.width));
    if (line.dash > 0) print(" stroke-dasharray=\"{}\"", number(line.dash));
    print("/>\n");
  }

  void operator()(const BoxShape& shape) {
    print("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"", number(shape.box.x),
          number(shape.box.y), number(shape.box.width), number(shape.box.height),
          shape.fill ? to_hex(*shape.fill) : "none");
    if (shape.stroke) print(" stroke=\"{}\"", to_hex(*shape.stroke));
    print("/>\n");
  }

  void operator()(const DiscShape& disc) {
    print("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"", number(disc.x), number(disc.y),
          number(disc.radius), to_hex(disc.fill));
    if (disc.stroke)
      print(" stroke=\"{}\" stroke-width=\"{}\"", to_hex(*disc.stroke), number(disc.stroke_width));
    print("/>\n");
  }

  void operator()(const PolygonShape& shape) {
    print("<polygon points=\"");
    for (size_t i = 0; i < shape.corners.size(); ++i)
      print("{}{},{}", i == 0 ? "" : " ", number(shape.corners[i].first), number(shape.corners[i].second));
    print("\" stroke-linejoin=\"round\" fill=\"{}\"", shape.fill ? to_hex(*shape.fill) : "none");
    if (shape.stroke)
      print(" stroke=\"{}\" stroke-width=\"{}\"", to_hex(*shape.stroke), number(shape.stroke_width));
    print("/>\n");
  }

  void operator()(const TextShape& shape) {
    const TextStyle& style = shape.style;
    print("<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"", number(shape.x), number(shape.y),
          number(style.size), to_hex(style.colour));
    if (style.bold) print(" font-weight=\"bold\"");
    if (style.anchor != Anchor::start)
      print(" text-anchor=\"{}\"", style.anchor == Anchor::middle ? "middle" : "end");
    if (style.upward) print(" transform=\"rotate(-90 {} {})\"", number(shape.x), number(shape.y));
    if (style.halo)
      print(" stroke=\"#fff\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\"");
    print(">{}</text>\n", escaped(shape.text));
  }

  void operator()(const PointCloud& cloud) {
    if (cloud.rasterise) {
      print(
          "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" "
          "href=\"data:image/png;base64,{}\"/>\n",
          number(cloud.box.x), number(cloud.box.y), number(cloud.box.width), number(cloud.box.height),
          encode_base64(points_png(cloud, kImageScale)));
      return;
    }
    print("<g stroke-linecap=\"round\" stroke-width=\"{}\" stroke-opacity=\"{}\">\n",
          number(2 * cloud.radius), number(cloud.opacity));
    const size_t n = cloud.x.size();
    for (size_t slice = 0; slice < kSlices; ++slice)
      write_slice(cloud, n * slice / kSlices, n * (slice + 1) / kSlices, slice);
    print("</g>\n");
  }

  void operator()(const FieldGrid& grid) {
    print(
        "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" "
        "style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{}\"/>\n",
        number(grid.box.x), number(grid.box.y), number(grid.box.width), number(grid.box.height),
        encode_base64(field_grid_png(grid)));
  }

  /// One path a colour, made of strokes of no length: a tenth of the size of circles.
  void write_slice(const PointCloud& cloud, size_t begin, size_t end, size_t slice) {
    std::vector<std::string> paths(cloud.colours.size());
    for (size_t i = begin; i < end; ++i)
      if (std::isfinite(cloud.x[i]) && std::isfinite(cloud.y[i]))
        fmt::format_to(std::back_inserter(paths[cloud.group[i]]), "M{:.1f} {:.1f}h0", cloud.x[i], cloud.y[i]);
    for (size_t turn = 0; turn < paths.size(); ++turn) {
      const size_t group = (turn + slice) % paths.size();  // each layer ends with another group
      if (!paths[group].empty())
        print("<path stroke=\"{}\" d=\"{}\"/>\n", to_hex(cloud.colours[group]), paths[group]);
    }
  }
};

}  // namespace

std::string to_svg(const Drawing& drawing) {
  SvgWriter writer;
  writer.print(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "role=\"img\" font-family=\"{2}\" fill=\"none\">\n",
      number(drawing.width), number(drawing.height), kFontFamilySvg);
  if (!drawing.title.empty()) writer.print("<title>{}</title>\n", escaped(drawing.title));
  if (!drawing.description.empty()) writer.print("<desc>{}</desc>\n", escaped(drawing.description));
  writer.print("<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
  for (const Shape& shape : drawing.shapes) std::visit(writer, shape);
  writer.print("</svg>\n");
  return std::move(writer.out);
}

}  // namespace zerocell
