#include "zerocell/report/seeds_csv.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "zerocell/core/study_results.h"
#include "zerocell/core/utf8.h"
#include "zerocell/report/csv_text.h"

namespace zerocell {
namespace {

std::string number(double x) {
  return std::isfinite(x) ? fmt::format("{}", x) : "";
}

}  // namespace

std::string seeds_csv(const Evaluation& evaluation) {
  const auto spreads = seed_spreads(evaluation);
  if (spreads.empty()) return "";
  std::string out = "dataset,embedding,metric,n_seeds,mean,sd,lowest,highest\n";
  for (const SeedSpread& spread : spreads)
    out += fmt::format("{},{},{},{},{},{},{},{}\n", csv_field(evaluation.dataset),
                       csv_field(spread.embedding), csv_field(spread.metric), spread.value.n_seeds,
                       number(spread.value.mean), spread.value.sd ? number(*spread.value.sd) : "",
                       number(spread.value.lowest), number(spread.value.highest));
  return out;
}

std::string training_csv(const Evaluation& evaluation) {
  std::string out;
  for (const EmbeddingResult& embedding : evaluation.embeddings) {
    const TrainingCurve& training = embedding.training;
    std::map<uint64_t, double> validation;
    for (size_t i = 0; i < training.validated_after.size() && i < training.validation.size(); ++i)
      validation[training.validated_after[i]] = training.validation[i];
    for (size_t i = 0; i < training.train.size(); ++i) {
      const uint64_t step = training.first_step + i;
      const auto at = validation.find(step);
      out += fmt::format("{},{},{},{},{},{},{},{}\n", csv_field(evaluation.dataset), csv_field(embedding.tag),
                         embedding.seed, csv_field(training.loss), csv_field(training.step), step,
                         number(training.train[i]), at == validation.end() ? "" : number(at->second));
    }
  }
  return out.empty() ? out : "dataset,embedding,seed,loss,step,number,train,validation\n" + out;
}

std::string seeds_text(const Evaluation& evaluation, size_t width) {
  std::string out, line;
  std::string embedding;
  const auto end_line = [&] {
    if (!line.empty()) out += line + "\n";
    line.clear();
  };
  for (const SeedSpread& spread : seed_spreads(evaluation)) {
    if (spread.embedding != embedding) {
      end_line();
      embedding = spread.embedding;
      line = fmt::format("{}, mean ± sd of {} seeds:", printable(embedding), spread.value.n_seeds);
    }
    const std::string part = spread.value.sd ? fmt::format(" {} {:.3f} ± {:.3f}", spread.metric,
                                                           spread.value.mean, *spread.value.sd)
                                             : fmt::format(" {} {:.3f}", spread.metric, spread.value.mean);
    if (display_width(line) + display_width(part) > width) {
      end_line();
      line = " ";
    }
    line += part;
  }
  end_line();
  return out;
}

}  // namespace zerocell
