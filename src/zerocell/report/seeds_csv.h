#pragma once
#include <string>

#include "zerocell/core/evaluation.h"

namespace zerocell {

/// seeds.csv: a row per metric of every embedding that was computed with several seeds:
/// `dataset,embedding,metric,n_seeds,mean,sd,lowest,highest`; sd with n - 1. Empty without such embeddings.
std::string seeds_csv(const Evaluation& evaluation);

/// training.csv: a row per step of every embedding that was fitted step by step:
/// `dataset,embedding,seed,loss, step,number,train,validation`, the last empty where validation cells were
/// not looked at. Empty without such embeddings.
std::string training_csv(const Evaluation& evaluation);

/// "scvi (3 seeds)  asw_label 0.512 ± 0.004, ..." lines for a terminal, a line a metric group's worth of
/// numbers each at most `width` wide; empty without several seeds.
std::string seeds_text(const Evaluation& evaluation, size_t width);

}  // namespace zerocell
