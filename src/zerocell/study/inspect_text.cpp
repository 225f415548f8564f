#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "zerocell/core/shell_text.h"
#include "zerocell/core/system.h"
#include "zerocell/core/utf8.h"
#include "zerocell/core/word_list.h"
#include "zerocell/study/inspect.h"

namespace zerocell {
namespace {

constexpr size_t kGroupsShown = 12;

std::string thousands(size_t n) {
  const auto digits = std::to_string(n);
  std::string result;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) result += ',';
    result += digits[i];
  }
  return result;
}

std::string no_counts_text(const Inspection& inspection) {
  if (inspection.other_counts.empty())
    return "  No matrix holds counts: methods that need them refuse this file; obsm and file work.\n";
  std::vector<std::string> ways;
  for (const auto& matrix : inspection.other_counts) ways.push_back("--layer " + layer_option(matrix));
  return fmt::format("  Counts are in a layer that is not taken by itself: choose it with {}.\n",
                     fmt::join(ways, " or "));
}

std::string matrices_text(const Inspection& inspection) {
  std::string text = "Matrices\n";
  if (inspection.matrices.empty()) text += "  none: only obsm embeddings can be evaluated\n";
  for (size_t i = 0; i < inspection.matrices.size(); ++i) {
    const auto& m = inspection.matrices[i];
    text +=
        fmt::format("  {}{:<16} {} x {}, {}, {}, {}, {} on disk\n", m.name == inspection.counts ? "* " : "  ",
                    printable(m.name), thousands(m.n_rows), thousands(m.n_cols), m.encoding, m.dtype,
                    m.compression, format_size(m.bytes_on_disk));
    text += fmt::format("      {}\n", inspection.checks[i].second.verdict);
  }
  if (!inspection.matrices.empty())
    text += inspection.counts.empty()
                ? no_counts_text(inspection)
                : fmt::format("  Counts are taken from {} (marked *; choose another with --layer).\n",
                              inspection.counts);
  return text;
}

std::string column_text(const GroupColumn& column) {
  auto text = fmt::format("  {:<20} {} groups", printable(column.name), column.n_groups);
  if (!column.role.empty()) text += fmt::format("  <- looks like --{}", column.role);
  if (column.n_missing) text += fmt::format(", {} cells without", thousands(column.n_missing));
  if (column.n_tiny) text += fmt::format(", {} of fewer than 10 cells", column.n_tiny);
  text += "\n";
  if (column.role.empty()) return text;
  for (size_t i = 0; i < std::min(kGroupsShown, column.groups.size()); ++i)
    text += fmt::format("      {:>9}  {}\n", thousands(column.groups[i].second),
                        printable(column.groups[i].first));
  if (column.groups.size() > kGroupsShown)
    text += fmt::format("      and {} more\n", column.groups.size() - kGroupsShown);
  return text;
}

std::string duration(double seconds) {
  if (seconds < 1) return "about a second";
  if (seconds < 90) return fmt::format("about {:.0f} s", seconds);
  if (seconds < 5400) return fmt::format("about {:.0f} min", seconds / 60);
  return fmt::format("about {:.1f} h", seconds / 3600);
}

/// The spec of an entry, with quotes where the key holds one.
std::string obsm_spec(const std::string& key) {
  if (key.find('\'') == std::string::npos) return "obsm:" + key;
  std::string quoted = "obsm:'";
  for (const char c : key) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

std::string next_step(const Inspection& inspection) {
  const auto *label = inspection.suggested("label"), *batch = inspection.suggested("batch");
  const bool has_counts = !inspection.counts.empty() || !inspection.other_counts.empty();
  std::string options;
  if (!inspection.modality.empty()) options += " --modality " + shell_word(inspection.modality);
  if (!inspection.other_counts.empty())
    options += " --layer " + layer_option(inspection.other_counts.front());
  const std::string embedding = has_counts ? "hvg pca"
                                : !inspection.obsm.empty()
                                    ? shell_word(obsm_spec(inspection.obsm.front().key))
                                    : "file=EMBEDDING.npy";
  return fmt::format("Next\n  zerocell evaluate {}{} --label {}{} --embedding {} --out result\n",
                     shell_word(inspection.path), options, label ? shell_word(label->name) : "COLUMN",
                     batch ? " --batch " + shell_word(batch->name) : "", embedding);
}

std::string model_text(const ModelOutlook& model) {
  auto text =
      fmt::format("  {}: {}\n      {:.0f} tokens a cell on average, {:.1f} TFLOP in all, {} (estimate)\n",
                  model.tag, model.model, model.mean_tokens, model.flops / 1e12, duration(model.seconds));
  for (const auto& loss : model.losses)
    text += fmt::format("      without {:.0f} of {:.0f} {} ({:.1f} %): {}\n", loss.lost, loss.total,
                        loss.what, loss.total > 0 ? 100 * loss.lost / loss.total : 0, loss.reason);
  for (const auto& warning : model.warnings) text += fmt::format("      {}\n", warning);
  return text;
}

nlohmann::ordered_json model_json(const ModelOutlook& model) {
  auto losses = nlohmann::ordered_json::array();
  for (const auto& loss : model.losses)
    losses.push_back(
        {{"what", loss.what}, {"lost", loss.lost}, {"total", loss.total}, {"reason", loss.reason}});
  return {{"tag", model.tag},          {"model", model.model},     {"mean_tokens", model.mean_tokens},
          {"flops", model.flops},      {"seconds", model.seconds}, {"losses", losses},
          {"warnings", model.warnings}};
}

nlohmann::ordered_json column_json(const GroupColumn& column) {
  auto groups = nlohmann::ordered_json::array();
  for (const auto& [name, n_cells] : column.groups) groups.push_back({{"name", name}, {"n_cells", n_cells}});
  return {{"name", column.name},           {"role", column.role},     {"n_groups", column.n_groups},
          {"n_missing", column.n_missing}, {"n_tiny", column.n_tiny}, {"groups", groups}};
}

}  // namespace

std::string inspection_text(const Inspection& x) {
  auto text = fmt::format("{}: {}, {} cells x {} genes, {}\n\n", printable(x.path), x.format,
                          thousands(x.n_cells), thousands(x.n_genes), format_size(x.bytes_on_disk));
  text += matrices_text(x);
  text += fmt::format("\nGenes\n  {}\n", x.gene_ids.sentence);
  for (const auto& column : x.gene_id_columns) text += fmt::format("  also in var: {}\n", printable(column));
  if (x.duplicate_cell_names)
    text += fmt::format("\nCells\n  {} names occur more than once\n", thousands(x.duplicate_cell_names));
  if (!x.obsm.empty()) text += "\nEmbeddings in obsm\n";
  for (const auto& e : x.obsm)
    text += fmt::format("  obsm:{:<20} {} x {}, {}\n", printable(e.key), thousands(e.n_rows), e.n_cols,
                        e.encoding);
  text += "\nGroups of cells in obs\n";
  if (x.columns.empty()) text += "  none: there is nothing to evaluate against\n";
  for (const auto& column : x.columns) text += column_text(column);
  if (!x.other_columns.empty())
    text += fmt::format("  not groups: {}\n", printable(listed(x.other_columns, 40)));
  if (x.confounding)
    text += fmt::format(
        "  {} and {}: association {:.2f} (Cramer's V; 0 independent, 1 the same), {} labels lie in one batch "
        "alone\n",
        printable(x.confounding->label), printable(x.confounding->batch), x.confounding->cramers_v,
        x.confounding->labels_in_one_batch);
  if (!x.models.empty()) text += "\nModels\n";
  for (const auto& model : x.models) text += model_text(model);
  for (const auto& note : x.notes) text += fmt::format("\nNote: {}\n", printable(note));
  text += fmt::format("\nEstimate of evaluate on this machine\n  hvg: {}, {}\n  pca: {}, {}\n\n",
                      duration(x.hvg_cost.seconds), format_size(x.hvg_cost.bytes),
                      duration(x.pca_cost.seconds), format_size(x.pca_cost.bytes));
  return text + next_step(x);
}

std::string inspection_json(const Inspection& x) {
  using nlohmann::ordered_json;
  auto matrices = ordered_json::array();
  for (size_t i = 0; i < x.matrices.size(); ++i) {
    const auto& m = x.matrices[i];
    matrices.push_back({{"name", m.name},
                        {"n_rows", m.n_rows},
                        {"n_cols", m.n_cols},
                        {"encoding", m.encoding},
                        {"dtype", m.dtype},
                        {"n_stored", m.n_stored},
                        {"compression", m.compression},
                        {"bytes_on_disk", m.bytes_on_disk},
                        {"is_counts", x.checks[i].second.is_counts},
                        {"verdict", x.checks[i].second.verdict}});
  }
  auto obsm = ordered_json::array();
  for (const auto& e : x.obsm)
    obsm.push_back({{"key", e.key}, {"n_cols", e.n_cols}, {"encoding", e.encoding}});
  auto columns = ordered_json::array();
  for (const auto& column : x.columns) columns.push_back(column_json(column));
  auto models = ordered_json::array();
  for (const auto& model : x.models) models.push_back(model_json(model));
  ordered_json confounding;
  if (x.confounding)
    confounding = {{"label", x.confounding->label},
                   {"batch", x.confounding->batch},
                   {"cramers_v", x.confounding->cramers_v},
                   {"labels_in_one_batch", x.confounding->labels_in_one_batch}};
  auto cost = [](const CostEstimate& c) { return ordered_json{{"seconds", c.seconds}, {"bytes", c.bytes}}; };
  return ordered_json{{"path", x.path},
                      {"format", x.format},
                      {"n_cells", x.n_cells},
                      {"n_genes", x.n_genes},
                      {"matrices", matrices},
                      {"counts", x.counts},
                      {"other_counts", x.other_counts},
                      {"gene_ids",
                       {{"type", to_string(x.gene_ids.type)},
                        {"species", x.gene_ids.species},
                        {"n_duplicates", x.gene_ids.n_duplicates},
                        {"sentence", x.gene_ids.sentence}}},
                      {"gene_id_columns", x.gene_id_columns},
                      {"duplicate_cell_names", x.duplicate_cell_names},
                      {"obsm", obsm},
                      {"columns", columns},
                      {"other_columns", x.other_columns},
                      {"confounding", confounding},
                      {"estimate", {{"hvg", cost(x.hvg_cost)}, {"pca", cost(x.pca_cost)}}},
                      {"models", models},
                      {"notes", x.notes}}
             .dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

}  // namespace zerocell
