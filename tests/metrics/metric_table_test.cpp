#include <gtest/gtest.h>

#include <set>

#include "zerocell/core/error.h"
#include "zerocell/metrics/aggregate.h"
#include "zerocell/metrics/convention.h"
#include "zerocell/metrics/registry.h"

namespace zerocell {
namespace {

TEST(MetricTable, DescribesEveryMetricOfTheContract) {
  std::set<std::string> names;
  for (const MetricInfo& metric : metric_table()) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_FALSE(metric.title.empty() || metric.definition.empty() || metric.source.empty()) << metric.name;
    EXPECT_TRUE(metric.group == "bio" || metric.group == "batch") << metric.name;
    EXPECT_LT(metric.lowest, metric.highest) << metric.name;
  }
  for (const char* name : {"asw_label", "nmi", "ari", "avg_bio", "nmi_fixed", "ari_fixed", "asw_batch",
                           "asw_batch_global", "pcr_batch", "graph_connectivity", "avg_batch"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST(MetricTable, DirectionsAreThoseOfTheContract) {
  for (const MetricInfo& metric : metric_table()) {
    const bool lower = metric.name == "asw_batch_global" || metric.name == "pcr_batch";
    EXPECT_EQ(metric.direction, lower ? Direction::lower : Direction::higher) << metric.name;
  }
  EXPECT_EQ(metric_info("nmi").title, "NMI");
  EXPECT_THROW(metric_info("nmii"), Error);
}

TEST(MetricTable, SaysWhyThereIsNoInterval) {
  EXPECT_EQ(
      no_interval_reason("nmi"),
      "no interval: nmi depends on a clustering that would have to be computed anew for every resample");
  for (const MetricInfo& metric : metric_table()) {
    const bool silhouette = metric.name.starts_with("asw_");
    EXPECT_EQ(no_interval_reason(metric.name).empty(), silhouette) << metric.name;
  }
}

TEST(Aggregate, MeanOfThreeAndOfTwo) {
  const auto a = MetricValue::of(0.5, 10), b = MetricValue::of(0.25, 10), c = MetricValue::of(0.75, 8);
  EXPECT_DOUBLE_EQ(*avg_bio(a, b, c).value, 0.5);
  EXPECT_EQ(avg_bio(a, b, c).n_cells, 8u);
  EXPECT_DOUBLE_EQ(*avg_batch(a, b).value, 0.375);
}

TEST(Aggregate, UndefinedAsSoonAsOnePartIs) {
  const auto none = MetricValue::undefined("needs at least 2 batches, there is 1");
  const MetricValue result = avg_batch(none, MetricValue::of(1, 5));
  EXPECT_FALSE(result.value.has_value());
  EXPECT_EQ(result.reason, "asw_batch: needs at least 2 batches, there is 1");
  EXPECT_FALSE(average({}).value.has_value());
}

TEST(Convention, NamesGoThereAndBack) {
  for (auto c : {Convention::zerocell, Convention::scib, Convention::scib_metrics, Convention::paper})
    EXPECT_EQ(parse_convention(to_string(c)), c);
  EXPECT_EQ(to_string(Convention::scib_metrics), "scib-metrics");
  try {
    parse_convention("scibb");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
  }
}

TEST(Convention, RulesAreThoseOfTheContract) {
  EXPECT_EQ(rules(Convention::zerocell).undefined, UndefinedScore::row_with_reason);
  EXPECT_EQ(rules(Convention::scib).undefined, UndefinedScore::nan);
  EXPECT_EQ(rules(Convention::paper).undefined, UndefinedScore::left_out);
  EXPECT_EQ(rules(Convention::scib_metrics).connectivity_graph, ConnectivityGraph::directed_distance);
  EXPECT_EQ(rules(Convention::scib_metrics).n_neighbors, 90u);
  EXPECT_TRUE(rules(Convention::scib_metrics).bras);
}

TEST(Convention, OnlyOursTakesMissingLabels) {
  const Categorical column{{"a", "b"}, {0, -1, 1}, false};
  EXPECT_NO_THROW(check_missing(Convention::zerocell, "celltype", column));
  try {
    check_missing(Convention::scib, "celltype", column);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_NE(std::string(error.what()).find("1 of 3 cells"), std::string::npos) << error.what();
  }
  EXPECT_NO_THROW(check_missing(Convention::scib, "celltype", {{"a"}, {0, 0}, false}));
}

}  // namespace
}  // namespace zerocell
