#include "zerocell/study/scgpt_settings.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "zerocell/core/error.h"
#include "zerocell/study/model_run.h"

namespace zerocell {
namespace {

constexpr double kTargetSum = 1e4;

/// A number of at least 0.
double number_option(const EmbeddingSpec& spec, const char* option, double fallback, double most) {
  const auto text = spec.option(option, "");
  if (text.empty()) return fallback;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number >= 0 && number <= most))
    throw bad_option(spec, option, fmt::format("a number from 0 to {}", most), text);
  return number;
}

bool log1p_option(const EmbeddingSpec& spec, bool fallback) {
  if (spec.option("log1p", "").empty()) return fallback;
  return choose_option(spec, "log1p", {"true", "false"}) == 0;
}

BinTies ties_option(const EmbeddingSpec& spec) {
  constexpr BinTies kTies[] = {BinTies::keyed, BinTies::upper, BinTies::lower, BinTies::mid,
                               BinTies::numpy_mt19937};
  return kTies[choose_option(spec, "bin_ties", {"keyed", "upper", "lower", "mid", "numpy-mt19937"})];
}

const char* ties_name(BinTies ties) {
  switch (ties) {
    case BinTies::keyed:
      return "keyed";
    case BinTies::upper:
      return "upper";
    case BinTies::lower:
      return "lower";
    case BinTies::mid:
      return "mid";
    case BinTies::numpy_mt19937:
      return "numpy-mt19937";
  }
  return "";
}

void read_controls(const EmbeddingSpec& spec, ScgptSettings& settings) {
  settings.random_weights = choose_option(spec, "weights", {"trained", "random"});
  settings.init = parse_scgpt_init(spec.option("init", "independent"));
  settings.shuffle_genes = choose_option(spec, "genes", {"as-is", "shuffled"});
  settings.shuffle_values = choose_option(spec, "values", {"as-is", "shuffled"});
  if (!settings.random_weights && !spec.option("init", "").empty())
    throw bad_option(spec, "init", "weights=random beside it", spec.option("init", ""));
}

}  // namespace

std::string ScgptSettings::tokens_text() const {
  return fmt::format(
      "route={},filter_gene_by_counts={},normalize_total={},log1p={},n_top_genes={},flavor={},batch_key={},"
      "bin_ties={},long_cells={},cls_value={},aliases={},seed={}",
      route == ScgptRoute::study ? "B" : "A", filter_gene_by_counts, tokens.normalize_total.value_or(0),
      tokens.log1p, n_top_genes, n_top_genes ? flavor : "none", batch_key.empty() ? "none" : batch_key,
      ties_name(tokens.bin_ties), tokens.long_cells == LongCells::first ? "first" : "keyed",
      tokens.cls_value_is_zero ? "0" : "pad_value", aliases.empty() ? "none" : aliases, seed);
}

ScgptSettings parse_scgpt_settings(const EmbeddingSpec& spec, uint64_t seed) {
  ScgptSettings settings;
  settings.path = spec.path;
  settings.route = choose_option(spec, "route", {"A", "B"}) == 1 ? ScgptRoute::study : ScgptRoute::all_genes;
  const bool study = settings.route == ScgptRoute::study;
  settings.filter_gene_by_counts = spec.option_size("filter_gene_by_counts", study ? 3 : 0, 0);
  settings.n_top_genes = spec.option_size("n_top_genes", study ? 1200 : 0, 0);
  constexpr const char* kFlavors[] = {"seurat_v3", "seurat_v3_paper", "cell_ranger", "seurat"};
  settings.flavor =
      kFlavors[choose_option(spec, "flavor", {kFlavors[0], kFlavors[1], kFlavors[2], kFlavors[3]})];
  settings.batch_key = spec.option("batch_key", "");
  auto& tokens = settings.tokens;
  const double target = number_option(spec, "normalize_total", study ? kTargetSum : 0, 1e12);
  if (target > 0) tokens.normalize_total = target;
  tokens.log1p = log1p_option(spec, study);
  tokens.bin_ties = ties_option(spec);
  tokens.long_cells =
      choose_option(spec, "long_cells", {"keyed", "first"}) == 1 ? LongCells::first : LongCells::keyed;
  const auto cls_value = spec.option("cls_value", study ? "0" : "pad_value");
  if (cls_value != "0" && cls_value != "pad_value")
    throw bad_option(spec, "cls_value", "0 or pad_value", cls_value);
  tokens.cls_value_is_zero = cls_value == "0";
  settings.aliases = spec.option("aliases", "");
  settings.mask = number_option(spec, "mask", 0, 1);
  settings.precision = parse_dtype(spec);
  read_controls(spec, settings);
  tokens.seed = settings.seed = seed;
  if (tokens.bin_ties == BinTies::numpy_mt19937 && seed > UINT32_MAX)
    throw bad_option(spec, "seed", "at most 4294967295 with bin_ties=numpy-mt19937", std::to_string(seed));
  return settings;
}

}  // namespace zerocell
