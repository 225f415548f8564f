#pragma once
#include <cairo.h>

#include <memory>
#include <string>

#include "zerocell/core/error.h"
#include "zerocell/figures/font.h"

namespace zerocell {

/// Owns a Cairo surface and a context on it, set up alike for measuring and drawing.
class CairoContext {
 public:
  /// Takes over the surface.
  explicit CairoContext(cairo_surface_t* surface) : surface_(surface), cairo_(cairo_create(surface)) {
    const std::unique_ptr<cairo_font_options_t, decltype(&cairo_font_options_destroy)> options(
        cairo_font_options_create(), cairo_font_options_destroy);
    // The machine's own font settings must not change a figure.
    cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
    cairo_set_font_options(get(), options.get());
    check();
  }

  cairo_t* get() const { return cairo_.get(); }
  cairo_surface_t* surface() const { return surface_.get(); }

  void set_font(double size, bool bold) {
    cairo_select_font_face(get(), kFontFace, CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(get(), size);
  }

  /// Throws Error(internal) where any call on the context or the surface failed.
  void check() const {
    cairo_status_t status = cairo_status(get());
    if (status == CAIRO_STATUS_SUCCESS) status = cairo_surface_status(surface());
    if (status != CAIRO_STATUS_SUCCESS)
      throw Error::internal(std::string("figure: Cairo reports: ") + cairo_status_to_string(status));
  }

 private:
  struct Destroy {
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
    void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
  };
  std::unique_ptr<cairo_surface_t, Destroy> surface_;
  std::unique_ptr<cairo_t, Destroy> cairo_;
};

}  // namespace zerocell
