#include <cairo.h>

#include <memory>

#include "cli/report/chart.hh"

namespace ip2asn::cli {
namespace {

constexpr double kScale = 2;  // for screens with small pixels

struct Colour {
  double red, green, blue;
};
constexpr Colour kGround{1, 1, 1}, kInk{0.106, 0.122, 0.141}, kValue{0.294, 0.333, 0.388}, kFill{0.145, 0.388, 0.659},
    kPale{0.604, 0.647, 0.694};

void use(cairo_t* to, const Colour& colour) { cairo_set_source_rgb(to, colour.red, colour.green, colour.blue); }

void text(cairo_t* to, double x, double y, const std::string& shown, bool at_end) {
  cairo_text_extents_t extents;
  cairo_text_extents(to, shown.c_str(), &extents);
  cairo_move_to(to, at_end ? x - extents.x_advance : x, y);
  cairo_show_text(to, shown.c_str());
}

void draw(cairo_t* to, const Chart& chart) {
  using namespace chart_layout;
  constexpr double kInside = kWidth - 2 * kMargin;
  use(to, kGround);
  cairo_paint(to);
  cairo_translate(to, kMargin, kMargin);
  use(to, kInk);
  cairo_select_font_face(to, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
  cairo_set_font_size(to, 17);
  text(to, 0, 17, chart.title, false);
  cairo_select_font_face(to, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(to, 14);
  double top = kTitle;
  for (const Bar& bar : chart.bars) {
    use(to, kInk);
    text(to, 0, top + kText, short_label(bar.label), false);
    use(to, kValue);
    text(to, kInside, top + kText, bar.shown, true);
    use(to, bar.rest ? kPale : kFill);
    cairo_rectangle(to, 0, top + kBarTop, bar_share(chart, bar) * kInside, kBarHeight);
    cairo_fill(to);
    top += kRow;
  }
}

cairo_status_t append(void* to, const unsigned char* bytes, unsigned size) {
  static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(bytes), size);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

Result<std::string> png_file(const Chart& chart) {
  using namespace chart_layout;
  const double height = kTitle + kRow * static_cast<int>(chart.bars.size()) + 2 * kMargin;
  const std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(kWidth * kScale),
                                 static_cast<int>(height * kScale)),
      cairo_surface_destroy);
  const std::unique_ptr<cairo_t, decltype(&cairo_destroy)> context(cairo_create(surface.get()), cairo_destroy);
  cairo_scale(context.get(), kScale, kScale);
  draw(context.get(), chart);
  std::string png;
  cairo_status_t status = cairo_status(context.get());
  if (status == CAIRO_STATUS_SUCCESS) status = cairo_surface_write_to_png_stream(surface.get(), append, &png);
  if (status == CAIRO_STATUS_SUCCESS) return png;
  return Error{status == CAIRO_STATUS_NO_MEMORY ? Errc::memory : Errc::limit,
               "the chart '" + chart.title + "' could not be drawn: " + cairo_status_to_string(status)};
}

}  // namespace ip2asn::cli
