#include "zerocell/nn/weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/core/random.h"
#include "zerocell/core/utf8.h"

namespace zerocell {
namespace {

constexpr size_t kShownNames = 5;

std::string shape_text(std::span<const size_t> shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, " x "));
}

std::string quoted(const std::string& name) {
  return fmt::format("'{}'", truncate_middle(printable(name.substr(0, 1000)), 80));
}

/// Everything that is wrong with a checkpoint, by kind.
struct Problems {
  std::vector<std::string> missing, misshapen, not_float, not_finite, extra;

  bool any() const {
    return !missing.empty() || !misshapen.empty() || !not_float.empty() || !not_finite.empty() ||
           !extra.empty();
  }
  std::string text() const {
    std::vector<std::string> parts;
    const auto add = [&parts](const std::vector<std::string>& names, const char* what) {
      if (names.empty()) return;
      const size_t n_shown = std::min(kShownNames, names.size());
      std::string part =
          fmt::format("{} {} ({}", names.size(), what,
                      fmt::join(names.begin(), names.begin() + static_cast<ptrdiff_t>(n_shown), ", "));
      if (names.size() > n_shown) part += fmt::format(" and {} more", names.size() - n_shown);
      parts.push_back(part + ")");
    };
    add(missing, "missing");
    add(misshapen, "of another shape");
    add(not_float, "that are no floating-point numbers");
    add(not_finite, "with values that are not finite");
    add(extra, "that the model does not have");
    return fmt::format("{}", fmt::join(parts, "; "));
  }
};

bool is_float(DType type) {
  return type == DType::f64 || type == DType::f32 || type == DType::f16 || type == DType::bf16;
}

/// Place of the first value that is not finite, or the number of values.
size_t first_not_finite(std::span<const float> values) {
  const auto at =
      std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  return static_cast<size_t>(at - values.begin());
}

std::string place_text(size_t flat, std::span<const size_t> shape) {
  std::vector<size_t> index(shape.size());
  for (size_t d = shape.size(); d > 0; --d) {
    index[d - 1] = flat % shape[d - 1];
    flat /= shape[d - 1];
  }
  return fmt::format("[{}]", fmt::join(index, ", "));
}

float draw(const TensorSpec& spec, Random& random) {
  switch (spec.initial) {
    case Initial::zeros:
      return 0.0f;
    case Initial::ones:
      return 1.0f;
    case Initial::normal:
      return static_cast<float>(spec.scale * random.normal());
    case Initial::uniform:
      return static_cast<float>(spec.scale * (2 * random.uniform() - 1));
  }
  return 0.0f;
}

void check_extra(const Checkpoint& checkpoint, std::span<const TensorSpec> table,
                 std::span<const std::string> ignored, Problems& problems) {
  std::set<std::string_view> known;
  for (const TensorSpec& spec : table) known.insert(spec.file_name);
  for (const StoredTensor& tensor : checkpoint.tensors()) {
    const bool is_ignored = std::any_of(ignored.begin(), ignored.end(), [&](const std::string& prefix) {
      return tensor.name.starts_with(prefix);
    });
    if (!is_ignored && !known.contains(tensor.name)) problems.extra.push_back(quoted(tensor.name));
  }
}

}  // namespace

Weights Weights::load(const Checkpoint& checkpoint, std::span<const TensorSpec> table,
                      std::span<const std::string> ignored) {
  Weights weights;
  Problems problems;
  for (const TensorSpec& spec : table) {
    const StoredTensor* stored = checkpoint.find(spec.file_name);
    const std::string name = quoted(spec.file_name);
    if (stored == nullptr) {
      problems.missing.push_back(name);
      continue;
    }
    if (stored->shape != spec.shape) {
      problems.misshapen.push_back(
          fmt::format("{}: expected {}, found {}", name, shape_text(spec.shape), shape_text(stored->shape)));
      continue;
    }
    if (!is_float(stored->dtype)) {
      problems.not_float.push_back(fmt::format("{}: {}", name, to_string(stored->dtype)));
      continue;
    }
    FloatTensor tensor = checkpoint.floats(*stored);
    const size_t at = first_not_finite(tensor.values);
    if (at < tensor.values.size())
      problems.not_finite.push_back(
          fmt::format("{}: {} at {}", name, tensor.values[at], place_text(at, tensor.shape)));
    if (!weights.tensors_.try_emplace(spec.name, std::move(tensor)).second)
      throw Error::internal("a table of weights names '" + spec.name + "' twice");
  }
  check_extra(checkpoint, table, ignored, problems);
  if (problems.any())
    throw Error::data({.read = checkpoint.files().front(),
                       .expected = fmt::format("the model's {} tensors with finite values", table.size()),
                       .found = problems.text(),
                       .advice = "Check that weights and configuration belong to the same model"});
  return weights;
}

Weights Weights::random(std::span<const TensorSpec> table, uint64_t seed) {
  Weights weights;
  for (const TensorSpec& spec : table) {
    size_t n = 1;
    for (const size_t size : spec.shape) n *= size;
    auto values = std::make_shared<std::vector<float>>(n);
    Random random(seed, text_key(spec.file_name));
    for (float& value : *values) value = draw(spec, random);
    FloatTensor tensor{.shape = spec.shape, .values = *values, .owner = values};
    if (!weights.tensors_.try_emplace(spec.name, std::move(tensor)).second)
      throw Error::internal("a table of weights names '" + spec.name + "' twice");
  }
  return weights;
}

void Weights::split_rows(const std::string& name, std::span<const std::string> parts) {
  const FloatTensor packed = at(name);
  if (parts.empty() || packed.shape.empty() || packed.shape[0] % parts.size() != 0)
    throw Error::internal(fmt::format("'{}' cannot be split into {} parts", name, parts.size()));
  tensors_.erase(name);
  FloatTensor part = packed;
  part.shape[0] /= parts.size();
  const size_t n = packed.values.size() / parts.size();
  for (size_t i = 0; i < parts.size(); ++i) {
    part.values = packed.values.subspan(i * n, n);
    if (!tensors_.try_emplace(parts[i], part).second)
      throw Error::internal("a table of weights names '" + parts[i] + "' twice");
  }
}

const FloatTensor& Weights::at(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) throw Error::internal("the model's table of weights lacks '" + name + "'");
  return found->second;
}

}  // namespace zerocell
