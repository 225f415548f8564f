#include <cairo-pdf.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "zerocell/core/utf8.h"
#include "zerocell/figures/cairo_context.h"
#include "zerocell/figures/field_raster.h"
#include "zerocell/figures/point_raster.h"
#include "zerocell/figures/render.h"

namespace zerocell {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;
constexpr double kPdfImageScale = 2.5;  ///< pixels a unit of embedded point images: 240 dots an inch
constexpr double kMaxPixels = 20000;    ///< a side; Cairo's own limit is 32767

/// Draws shapes in the drawing's units on any Cairo surface.
class CairoPainter {
 public:
  CairoPainter(CairoContext& context, double scale)
      : context_(context), cairo_(context.get()), scale_(scale) {}

  void operator()(const LineShape& line) const {
    set_colour(line.colour);
    cairo_set_line_width(cairo_, line.width);
    cairo_move_to(cairo_, line.x1, line.y1);
    cairo_line_to(cairo_, line.x2, line.y2);
    cairo_set_dash(cairo_, &line.dash, line.dash > 0 ? 1 : 0, 0);
    cairo_stroke(cairo_);
    cairo_set_dash(cairo_, nullptr, 0, 0);
  }

  void operator()(const BoxShape& shape) const {
    cairo_rectangle(cairo_, shape.box.x, shape.box.y, shape.box.width, shape.box.height);
    fill_and_stroke(shape.fill, shape.stroke, 1);
  }

  void operator()(const DiscShape& disc) const {
    cairo_new_sub_path(cairo_);
    cairo_arc(cairo_, disc.x, disc.y, disc.radius, 0, kTurn);
    fill_and_stroke(disc.fill, disc.stroke, disc.stroke_width);
  }

  void operator()(const PolygonShape& shape) const {
    cairo_new_path(cairo_);  // text leaves a point to go on from
    for (const auto& [x, y] : shape.corners) cairo_line_to(cairo_, x, y);
    cairo_close_path(cairo_);
    cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_ROUND);
    fill_and_stroke(shape.fill, shape.stroke, shape.stroke_width);
    cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_MITER);
  }

  void operator()(const TextShape& shape) const {
    const std::string text = printable(shape.text);
    const TextStyle& style = shape.style;
    context_.set_font(style.size, style.bold);
    const double width = style.anchor == Anchor::start ? 0 : text_width(text, style.size, style.bold);
    const double x = -(style.anchor == Anchor::middle ? width / 2 : width);
    cairo_save(cairo_);
    cairo_translate(cairo_, shape.x, shape.y);
    if (style.upward) cairo_rotate(cairo_, -kTurn / 4);
    if (style.halo) {
      cairo_move_to(cairo_, x, 0);
      cairo_text_path(cairo_, text.c_str());
      set_colour(kPaper);
      cairo_set_line_width(cairo_, 3);
      cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_ROUND);
      cairo_stroke(cairo_);
    }
    set_colour(style.colour);
    cairo_move_to(cairo_, x, 0);
    cairo_show_text(cairo_, text.c_str());
    cairo_restore(cairo_);
  }

  void operator()(const PointCloud& cloud) const {
    if (cairo_surface_get_type(context_.surface()) == CAIRO_SURFACE_TYPE_IMAGE)
      paint_into_image(cloud);
    else if (cloud.rasterise)
      embed_image(cloud);
    else
      draw_discs(cloud);
  }

  void operator()(const FieldGrid& grid) const {
    if (grid.n_rows == 0 || grid.n_columns == 0) return;
    const CairoContext image(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, static_cast<int>(grid.n_columns),
                                                        static_cast<int>(grid.n_rows)));
    cairo_surface_flush(image.surface());
    paint_fields(grid, view(image.surface()));
    cairo_surface_mark_dirty(image.surface());
    cairo_save(cairo_);
    cairo_translate(cairo_, grid.box.x, grid.box.y);
    cairo_scale(cairo_, grid.box.width / static_cast<double>(grid.n_columns),
                grid.box.height / static_cast<double>(grid.n_rows));
    cairo_set_source_surface(cairo_, image.surface(), 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cairo_), CAIRO_FILTER_NEAREST);
    cairo_paint(cairo_);
    cairo_restore(cairo_);
  }

 private:
  void set_colour(Colour colour, double opacity = 1) const {
    cairo_set_source_rgba(cairo_, colour.red / 255.0, colour.green / 255.0, colour.blue / 255.0, opacity);
  }

  void fill_and_stroke(std::optional<Colour> fill, std::optional<Colour> stroke, double width) const {
    if (fill) {
      set_colour(*fill);
      cairo_fill_preserve(cairo_);
    }
    if (stroke) {
      set_colour(*stroke);
      cairo_set_line_width(cairo_, width);
      cairo_stroke_preserve(cairo_);
    }
    cairo_new_path(cairo_);
  }

  static RasterView view(cairo_surface_t* surface) {
    return {reinterpret_cast<uint32_t*>(cairo_image_surface_get_data(surface)),
            static_cast<size_t>(cairo_image_surface_get_width(surface)),
            static_cast<size_t>(cairo_image_surface_get_height(surface)),
            static_cast<size_t>(cairo_image_surface_get_stride(surface)) / sizeof(uint32_t)};
  }

  void paint_into_image(const PointCloud& cloud) const {
    cairo_surface_flush(context_.surface());
    paint_points(cloud, 0, 0, scale_, view(context_.surface()));
    cairo_surface_mark_dirty(context_.surface());
  }

  void embed_image(const PointCloud& cloud) const {
    const CairoContext image(cairo_image_surface_create(
        CAIRO_FORMAT_ARGB32, static_cast<int>(std::ceil(cloud.box.width * kPdfImageScale)),
        static_cast<int>(std::ceil(cloud.box.height * kPdfImageScale))));
    cairo_surface_flush(image.surface());
    paint_points(cloud, cloud.box.x, cloud.box.y, kPdfImageScale, view(image.surface()));
    cairo_surface_mark_dirty(image.surface());
    cairo_save(cairo_);
    cairo_translate(cairo_, cloud.box.x, cloud.box.y);
    cairo_scale(cairo_, 1 / kPdfImageScale, 1 / kPdfImageScale);
    cairo_set_source_surface(cairo_, image.surface(), 0, 0);
    cairo_paint(cairo_);
    cairo_restore(cairo_);
  }

  void draw_discs(const PointCloud& cloud) const {
    cairo_set_line_cap(cairo_, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_width(cairo_, 2 * cloud.radius);
    for (size_t i = 0; i < cloud.x.size(); ++i) {
      if (!std::isfinite(cloud.x[i]) || !std::isfinite(cloud.y[i])) continue;
      set_colour(cloud.colours[cloud.group[i]], cloud.opacity);
      cairo_move_to(cairo_, cloud.x[i], cloud.y[i]);
      cairo_close_path(cairo_);
      cairo_stroke(cairo_);
    }
    cairo_set_line_cap(cairo_, CAIRO_LINE_CAP_BUTT);
  }

  CairoContext& context_;
  cairo_t* cairo_;
  double scale_;
};

void paint(CairoContext& context, const Drawing& drawing, double scale) {
  cairo_scale(context.get(), scale, scale);
  cairo_set_source_rgb(context.get(), 1, 1, 1);
  cairo_paint(context.get());
  for (const Shape& shape : drawing.shapes) std::visit(CairoPainter(context, scale), shape);
  context.check();
}

cairo_status_t append(void* closure, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

std::string to_png(const Drawing& drawing, double scale) {
  scale = std::min({scale, kMaxPixels / drawing.width, kMaxPixels / drawing.height});
  CairoContext context(cairo_image_surface_create(CAIRO_FORMAT_ARGB32,
                                                  static_cast<int>(std::ceil(drawing.width * scale)),
                                                  static_cast<int>(std::ceil(drawing.height * scale))));
  paint(context, drawing, scale);
  cairo_surface_flush(context.surface());
  cairo_surface_t* surface = context.surface();
  return encode_png({reinterpret_cast<uint32_t*>(cairo_image_surface_get_data(surface)),
                     static_cast<size_t>(cairo_image_surface_get_width(surface)),
                     static_cast<size_t>(cairo_image_surface_get_height(surface)),
                     static_cast<size_t>(cairo_image_surface_get_stride(surface)) / sizeof(uint32_t)},
                    scale);
}

std::string to_pdf(const Drawing& drawing) {
  constexpr double kPointsPerUnit = 72.0 / 96;
  std::string out;
  {
    CairoContext context(cairo_pdf_surface_create_for_stream(append, &out, drawing.width * kPointsPerUnit,
                                                             drawing.height * kPointsPerUnit));
    // A fixed date, because Cairo writes the present one otherwise.
    cairo_pdf_surface_set_metadata(context.surface(), CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");
    cairo_pdf_surface_set_metadata(context.surface(), CAIRO_PDF_METADATA_TITLE,
                                   printable(drawing.title).c_str());
    paint(context, drawing, kPointsPerUnit);
    cairo_surface_finish(context.surface());
    context.check();
  }
  return out;
}

}  // namespace zerocell
