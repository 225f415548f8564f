#include "zerocell/report/seeds_csv.h"

#include <gtest/gtest.h>

namespace zerocell {
namespace {

Evaluation two_seeds() {
  Evaluation evaluation;
  evaluation.dataset = "blood, 2";
  for (const int seed : {0, 1}) {
    EmbeddingResult result;
    result.tag = "scvi-s" + std::to_string(seed);
    result.group = "scvi";
    result.seed = static_cast<uint64_t>(seed);
    evaluation.embeddings.push_back(result);
    Score score;
    score.embedding = result.tag;
    score.metric = "ari";
    score.value = 0.25 + 0.5 * seed;
    evaluation.scores.push_back(score);
  }
  evaluation.embeddings[1].training = {"loss", {9.5, 8}, {2}, {8.25}, 90, 10, 0};
  return evaluation;
}

TEST(SeedsCsv, MeanAndSpread) {
  EXPECT_EQ(seeds_csv(two_seeds()),
            "dataset,embedding,metric,n_seeds,mean,sd,lowest,highest\n"
            "\"blood, 2\",scvi,ari,2,0.5,0.3535533905932738,0.25,0.75\n");
}

TEST(SeedsCsv, NothingWithoutSeveralSeeds) {
  auto evaluation = two_seeds();
  evaluation.embeddings.pop_back();
  EXPECT_EQ(seeds_csv(evaluation), "");
  EXPECT_EQ(seeds_text(evaluation, 80), "");
  EXPECT_EQ(seeds_csv({}), "");
}

TEST(TrainingCsv, ARowAnEpoch) {
  EXPECT_EQ(training_csv(two_seeds()),
            "dataset,embedding,seed,loss,step,number,train,validation\n"
            "\"blood, 2\",scvi-s1,1,loss,epoch,1,9.5,\n"
            "\"blood, 2\",scvi-s1,1,loss,epoch,2,8,8.25\n");
  EXPECT_EQ(training_csv({}), "");
}

TEST(TrainingCsv, AValueBeforeTheFirstStep) {
  auto evaluation = two_seeds();
  auto& training = evaluation.embeddings[1].training;
  training.step = "iteration";
  training.first_step = 0;
  EXPECT_EQ(training_csv(evaluation),
            "dataset,embedding,seed,loss,step,number,train,validation\n"
            "\"blood, 2\",scvi-s1,1,loss,iteration,0,9.5,\n"
            "\"blood, 2\",scvi-s1,1,loss,iteration,1,8,\n");
}

TEST(SeedsText, FoldsLines) {
  auto evaluation = two_seeds();
  EXPECT_EQ(seeds_text(evaluation, 80), "scvi, mean ± sd of 2 seeds: ari 0.500 ± 0.354\n");
  EXPECT_EQ(seeds_text(evaluation, 40), "scvi, mean ± sd of 2 seeds:\n  ari 0.500 ± 0.354\n");
}

}  // namespace
}  // namespace zerocell
