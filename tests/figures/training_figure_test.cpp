#include "zerocell/figures/training_figure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "zerocell/figures/render.h"

namespace zerocell {
namespace {

/// Losses that fall from 3000 to about 1000, `n` epochs, validation every tenth.
TrainingCurve falling(size_t n, double offset) {
  TrainingCurve curve;
  curve.loss = "negative ELBO per cell (nats)";
  for (size_t i = 0; i < n; ++i) {
    const double loss = 1000 + offset + 2000 * std::exp(-static_cast<double>(i) / 4);
    curve.train.push_back(loss);
    if ((i + 1) % 10 == 0) curve.validated_after.push_back(i + 1), curve.validation.push_back(loss + 30);
  }
  return curve;
}

Evaluation trained(size_t n_epochs) {
  Evaluation evaluation;
  evaluation.dataset = "blood";
  for (const char* const tag : {"hvg", "scvi-s0", "scvi-s1", "zero-inflated"}) {
    EmbeddingResult result;
    result.tag = tag;
    result.group = result.tag.substr(0, result.tag.find("-s"));
    if (result.tag != "hvg")
      result.training = falling(n_epochs, 40 * static_cast<double>(evaluation.embeddings.size()));
    evaluation.embeddings.push_back(std::move(result));
  }
  return evaluation;
}

template <class S>
std::vector<S> shapes(const Drawing& drawing) {
  std::vector<S> out;
  for (const Shape& shape : drawing.shapes)
    if (const auto* s = std::get_if<S>(&shape)) out.push_back(*s);
  return out;
}

TEST(TrainingFigure, AColourAMethodAndALineASeed) {
  const auto evaluation = trained(100);
  ASSERT_TRUE(has_training(evaluation));
  const auto drawing = training_drawing(evaluation);
  size_t of_scvi = 0, of_other = 0, dashed = 0;
  for (const auto& line : shapes<LineShape>(drawing)) {
    of_scvi += line.colour == method_colour(1) && line.dash == 0;
    of_other += line.colour == method_colour(2) && line.dash == 0;
    dashed += line.colour == method_colour(1) && line.dash > 0;
  }
  EXPECT_EQ(of_scvi, 2 * of_other);
  EXPECT_EQ(dashed, 2 * 9u);
  EXPECT_NE(training_caption(evaluation).find("above the axis"), std::string::npos);
  // What is cut off stays inside the figure.
  for (const auto& line : shapes<LineShape>(drawing)) {
    EXPECT_GE(std::min(line.y1, line.y2), 0);
    EXPECT_LE(std::max(line.y1, line.y2), drawing.height);
  }
  if (const char* const folder = std::getenv("ZEROCELL_FIGURES"))
    std::ofstream(std::string(folder) + "/training.png", std::ios::binary) << to_png(drawing);
}

TEST(TrainingFigure, AnotherLossHasAPanelOfItsOwn) {
  auto evaluation = trained(40);
  const double before = training_drawing(evaluation).height;
  EmbeddingResult harmony;
  harmony.tag = "harmony";
  harmony.training.loss = "Harmony's objective";
  harmony.training.train = {900, 850, 845};
  harmony.training.step = "iteration";
  harmony.training.first_step = 0;
  evaluation.embeddings.push_back(harmony);
  const auto drawing = training_drawing(evaluation);
  EXPECT_GT(drawing.height, before + 200);
  std::vector<std::string> words;
  for (const auto& text : shapes<TextShape>(drawing)) words.push_back(text.text);
  for (const char* const expected : {"epoch", "iteration", "Harmony's objective", "harmony"})
    EXPECT_NE(std::ranges::find(words, expected), words.end()) << expected;
  size_t of_harmony = 0;
  for (const auto& line : shapes<LineShape>(drawing)) of_harmony += line.colour == method_colour(3);
  EXPECT_EQ(of_harmony, 2u);
  EXPECT_NE(training_caption(evaluation).find("at the start and by iteration"), std::string::npos);
  if (const char* const folder = std::getenv("ZEROCELL_FIGURES"))
    std::ofstream(std::string(folder) + "/training_two.png", std::ios::binary) << to_png(drawing);
}

TEST(TrainingFigure, OneEpochIsADot) {
  const auto drawing = training_drawing(trained(1));
  EXPECT_EQ(shapes<DiscShape>(drawing).size(), 3u);
}

TEST(TrainingFigure, NothingTrained) {
  Evaluation evaluation;
  EXPECT_FALSE(has_training(evaluation));
  evaluation.embeddings.resize(2);
  EXPECT_FALSE(has_training(evaluation));
}

TEST(TrainingFigure, LossesThatAreNoNumbersAreLeftOut) {
  auto evaluation = trained(20);
  evaluation.embeddings[1].training.train[5] = std::nan("");
  for (const auto& line : shapes<LineShape>(training_drawing(evaluation)))
    EXPECT_TRUE(std::isfinite(line.y1) && std::isfinite(line.y2));
}

}  // namespace
}  // namespace zerocell
