#include "zerocell/figures/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace zerocell {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Drawing small_drawing() {
  Drawing drawing;
  drawing.width = 100;
  drawing.height = 50;
  drawing.title = "A <title>";
  drawing.add(BoxShape{{1, 2, 30, 20}, kPaper, kRule});
  drawing.add(LineShape{0, 0, 100, 50, 1.5, kInk});
  drawing.add(DiscShape{50, 25, 4, kGrey, kInk, 1});
  drawing.add(
      TextShape{10, 20, "αβ T cells & \"friends\" <3", {.size = 10, .bold = true, .anchor = Anchor::middle}});
  PointCloud cloud;
  cloud.box = {0, 0, 100, 50};
  cloud.x = {10, 20, NAN};
  cloud.y = {10, 20, 30};
  cloud.group = {0, 1, 0};
  cloud.colours = {Colour{1, 2, 3}, Colour{4, 5, 6}};
  drawing.add(cloud);
  return drawing;
}

TEST(Render, SvgKeepsTextAsEscapedText) {
  const std::string svg = to_svg(small_drawing());
  EXPECT_THAT(svg, HasSubstr("αβ T cells &amp; &quot;friends&quot; &lt;3</text>"));
  EXPECT_THAT(svg, HasSubstr("<title>A &lt;title&gt;</title>"));
  EXPECT_THAT(svg, HasSubstr("viewBox=\"0 0 100 50\""));
}

TEST(Render, SvgDrawsEveryPointThatHasAPosition) {
  const std::string svg = to_svg(small_drawing());
  EXPECT_THAT(svg, HasSubstr("M10.0 10.0h0"));
  EXPECT_THAT(svg, HasSubstr("M20.0 20.0h0"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(Render, SvgHoldsNoControlCharactersOrBrokenUtf8) {
  Drawing drawing;
  drawing.width = drawing.height = 10;
  drawing.add(TextShape{0, 0, "a\x01\xff]]>", {}});
  EXPECT_THAT(to_svg(drawing), HasSubstr(">a �]]&gt;</text>"));
  EXPECT_NO_THROW(to_png(drawing));
  EXPECT_NO_THROW(to_pdf(drawing));
}

TEST(Render, RasterisedCloudIsAnImage) {
  Drawing drawing = small_drawing();
  std::get<PointCloud>(drawing.shapes.back()).rasterise = true;
  EXPECT_THAT(to_svg(drawing), HasSubstr("data:image/png;base64,iVBOR"));
  EXPECT_THAT(to_svg(drawing), Not(HasSubstr("h0")));
}

TEST(Render, PngHasTwoPixelsAUnit) {
  const std::string png = to_png(small_drawing());
  ASSERT_GT(png.size(), 24u);
  EXPECT_EQ(png.substr(1, 3), "PNG");
  EXPECT_EQ(static_cast<uint8_t>(png[19]), 200);  // width
  EXPECT_EQ(static_cast<uint8_t>(png[23]), 100);  // height
}

TEST(Render, SameDrawingSameBytes) {
  EXPECT_EQ(to_svg(small_drawing()), to_svg(small_drawing()));
  EXPECT_EQ(to_png(small_drawing()), to_png(small_drawing()));
  EXPECT_EQ(to_pdf(small_drawing()), to_pdf(small_drawing()));
}

TEST(Render, PolygonHasItsCornersAndNoOthers) {
  Drawing before, after;
  before.width = after.width = 60;
  before.height = after.height = 30;
  const PolygonShape triangle{{{40, 5}, {50, 25}, {30, 25}}, Colour{0, 0, 0}, std::nullopt};
  const TextShape text{1, 12, "ab", {}};
  before.add(triangle);
  before.add(text);
  after.add(text);  // leaves a point where the text ends
  after.add(triangle);
  EXPECT_EQ(to_png(before), to_png(after));
  EXPECT_THAT(to_svg(before),
              HasSubstr("<polygon points=\"40,5 50,25 30,25\" stroke-linejoin=\"round\" fill=\"#000000\"/>"));
}

TEST(Render, PdfIsOnePageWithAFixedDate) {
  const std::string pdf = to_pdf(small_drawing());
  EXPECT_EQ(pdf.substr(0, 5), "%PDF-");
  EXPECT_THAT(pdf, HasSubstr("20000101"));
}

}  // namespace
}  // namespace zerocell
