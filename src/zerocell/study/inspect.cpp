#include "zerocell/study/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <unordered_set>

#include "zerocell/core/error.h"
#include "zerocell/core/missing_numbers.h"

namespace zerocell {
namespace {

constexpr size_t kTinyGroup = 10;
constexpr size_t kMostLabels = 500;

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool holds_any(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != std::string::npos; });
}

// Names under which the field stores cell types and batches; groups made by clustering are no ground truth.
int label_likeness(const std::string& name) {
  const auto n = lower_case(name);
  if (holds_any(n, {"cell_type", "celltype", "cell type", "cell.type"})) return 3;
  if (holds_any(n, {"annot", "cell_ontology", "bulk_labels", "cell_label"})) return 2;
  if (holds_any(n, {"label", "subtype", "lineage", "cell_line"})) return 1;
  return 0;
}
int batch_likeness(const std::string& name) {
  const auto n = lower_case(name);
  if (holds_any(n, {"batch"})) return 3;
  if (holds_any(n, {"donor", "sample", "patient", "individual", "replicate", "orig.ident"})) return 2;
  if (holds_any(n, {"tech", "study", "dataset", "protocol", "assay", "chemistry", "library", "platform"}))
    return 1;
  return 0;
}

GroupColumn summarise(const std::string& name, const Categorical& groups) {
  GroupColumn column;
  column.name = name;
  column.n_groups = groups.n_categories();
  column.n_missing = groups.n_missing();
  const auto counts = groups.counts();
  for (size_t i = 0; i < counts.size(); ++i) {
    column.groups.emplace_back(groups.categories[i], counts[i]);
    column.n_tiny += counts[i] < kTinyGroup;
  }
  std::stable_sort(column.groups.begin(), column.groups.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return column;
}

// Measurements (many distinct numbers) and names (a value per cell) are no groups.
bool makes_groups(const Column& column, const Categorical& groups) {
  const size_t n = groups.codes.size(), k = groups.n_categories();
  if (k == 0 || k > kMostLabels || (n > 20 && k > n / 2)) return false;
  return !std::holds_alternative<std::vector<double>>(column.values) || k <= 2;
}

void assign_roles(std::vector<GroupColumn>& columns) {
  GroupColumn* label = nullptr;
  GroupColumn* batch = nullptr;
  for (auto& column : columns) {
    if (column.n_groups < 2) continue;
    if (label_likeness(column.name) > (label ? label_likeness(label->name) : 0)) label = &column;
    if (batch_likeness(column.name) > (batch ? batch_likeness(batch->name) : 0)) batch = &column;
  }
  if (label) label->role = "label";
  if (batch && batch != label) batch->role = "batch";
  std::stable_sort(columns.begin(), columns.end(), [](const GroupColumn& a, const GroupColumn& b) {
    auto rank = [](const GroupColumn& c) { return c.role == "label" ? 0 : c.role == "batch" ? 1 : 2; };
    return rank(a) < rank(b);
  });
}

Confounding confounding_of(const std::string& label_name, const Categorical& labels,
                           const std::string& batch_name, const Categorical& batches) {
  Confounding result{label_name, batch_name, 0, 0};
  const size_t n_labels = labels.n_categories(), n_batches = batches.n_categories();
  std::vector<double> table(n_labels * n_batches), row(n_labels), column(n_batches);
  double n = 0;
  for (size_t i = 0; i < labels.codes.size(); ++i) {
    if (labels.codes[i] < 0 || batches.codes[i] < 0) continue;
    const auto l = static_cast<size_t>(labels.codes[i]), b = static_cast<size_t>(batches.codes[i]);
    ++table[l * n_batches + b];
    ++row[l];
    ++column[b];
    ++n;
  }
  double chi_squared = 0;
  for (size_t l = 0; l < n_labels; ++l) {
    size_t present = 0;
    for (size_t b = 0; b < n_batches; ++b) {
      const double observed = table[l * n_batches + b], expected = row[l] * column[b] / n;
      present += observed > 0;
      if (expected > 0) chi_squared += (observed - expected) * (observed - expected) / expected;
    }
    result.labels_in_one_batch += present == 1;
  }
  const auto degrees = static_cast<double>(std::min(n_labels, n_batches)) - 1;
  if (n > 0 && degrees > 0) result.cramers_v = std::sqrt(chi_squared / (n * degrees));
  return result;
}

void inspect_columns(const DatasetFile& file, Inspection& result) {
  std::map<std::string, Categorical> kept;
  for (const auto& name : file.obs_column_names()) {
    Column column;
    try {
      column = file.obs_column(name);
    } catch (const Error& error) {
      result.notes.push_back(error.what());
      continue;
    }
    mark_missing_numbers(column);
    auto groups = column.as_categorical();
    if (!makes_groups(column, groups)) {
      result.other_columns.push_back(name);
      continue;
    }
    result.columns.push_back(summarise(name, groups));
    kept.emplace(name, std::move(groups));
    for (auto& note : column.notes) result.notes.push_back(std::move(note));
  }
  assign_roles(result.columns);
  const auto *label = result.suggested("label"), *batch = result.suggested("batch");
  if (label && batch)
    result.confounding = confounding_of(label->name, kept.at(label->name), batch->name, kept.at(batch->name));
}

void inspect_matrices(const DatasetFile& file, ThreadPool& pool, Inspection& result) {
  result.matrices = file.matrices();
  for (const auto& matrix : result.matrices) {
    result.bytes_on_disk += matrix.bytes_on_disk;
    result.checks.emplace_back(matrix.name, check_counts(file.stream(matrix.name, pool)));
  }
  for (const char* name : {"layers/counts", "raw", "X"})
    for (const auto& [matrix, check] : result.checks)
      if (matrix == name && check.is_counts && result.counts.empty()) result.counts = matrix;
  if (result.counts.empty())
    for (const auto& [matrix, check] : result.checks)
      if (check.is_counts) result.other_counts.push_back(matrix);
}

/// The values of a column that may hold names; nothing for numbers and booleans.
std::vector<std::string> names_in(const Column& column) {
  if (const auto* text = std::get_if<std::vector<std::string>>(&column.values)) return *text;
  std::vector<std::string> names;
  if (const auto* groups = std::get_if<Categorical>(&column.values))
    for (const int32_t code : groups->codes)
      names.push_back(code < 0 ? "" : groups->categories[static_cast<size_t>(code)]);
  return names;
}

/// Columns that hold a name of its own for most genes; others, such as kinds of genes, are groups.
void inspect_gene_columns(const DataFrame& var, const std::string& entry, Inspection& result) {
  for (const auto& column : var.columns) {
    const auto names = names_in(column);
    const std::unordered_set<std::string> distinct(names.begin(), names.end());
    if (names.empty() || distinct.size() * 2 < names.size()) continue;
    const auto summary = summarise_gene_ids(names);
    if (summary.type == GeneIdType::unknown || summary.type == GeneIdType::numbers) continue;
    result.gene_id_columns.push_back(fmt::format("{}{} ({})", entry, column.name, to_string(summary.type)));
  }
}

void inspect_genes(const DatasetFile& file, Inspection& result) {
  const auto var = file.var();
  result.gene_ids = summarise_gene_ids(var.index);
  inspect_gene_columns(var, "", result);
  if (result.counts == "raw") inspect_gene_columns(file.var("raw"), "raw/var: ", result);
}

}  // namespace

const GroupColumn* Inspection::suggested(const std::string& role) const {
  for (const auto& column : columns)
    if (column.role == role) return &column;
  return nullptr;
}

Inspection inspect(const std::string& path, ThreadPool& pool, const std::string& modality) {
  const auto file = DatasetFile::open(path, modality);
  Inspection result;
  result.modality = modality;
  result.path = path;
  result.format = file->format();
  result.n_cells = file->n_cells();
  result.n_genes = file->n_genes();
  inspect_matrices(*file, pool, result);
  inspect_genes(*file, result);
  const auto names = file->cell_names();
  result.duplicate_cell_names =
      names.size() - std::unordered_set<std::string>(names.begin(), names.end()).size();
  result.obsm = file->obsm_entries();
  inspect_columns(*file, result);
  double density = 0.06;
  for (const auto& matrix : result.matrices)
    if (matrix.name == result.counts && matrix.encoding != "dense" && matrix.n_rows && matrix.n_cols)
      density = static_cast<double>(matrix.n_stored) / static_cast<double>(matrix.n_rows) /
                static_cast<double>(matrix.n_cols);
  result.hvg_cost =
      estimate_evaluate(result.n_cells, std::min<size_t>(2000, result.n_genes), density, pool.size());
  result.pca_cost = estimate_evaluate(result.n_cells, 50, 1.0, pool.size());
  for (auto& note : file->notes()) result.notes.push_back(note);
  return result;
}

void inspect_models(const std::vector<EmbeddingSpec>& specs, DataSource& data, uint64_t seed,
                    ThreadPool& pool, Progress& progress, Inspection& inspection) {
  for (const auto& spec : specs) {
    const auto& method = find_method(spec);
    if (!method.outlook) continue;
    const auto own_seed = spec.option_size("seed", seed, 0);
    inspection.models.push_back(method.outlook({spec, data, pool, progress, own_seed, 0, "cpu", "", ""}));
  }
}

}  // namespace zerocell
