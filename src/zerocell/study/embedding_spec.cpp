#include "zerocell/study/embedding_spec.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr std::string_view kForm = "[TAG@]METHOD[=PATH][:key=value[,key=value]...]";

/// Reads a spec from left to right; quoted parts are taken as they are.
class SpecReader {
 public:
  explicit SpecReader(std::string_view text) : text_(text) {}

  bool at_end() const { return position_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[position_]; }
  bool take(char c) {
    if (peek() != c || at_end()) return false;
    ++position_;
    return true;
  }

  /// Text up to the first of `stops` outside quotes.
  std::string word(std::string_view stops, const char* what) {
    std::string result;
    const size_t start = position_;
    while (!at_end() && stops.find(peek()) == std::string_view::npos) {
      if (take('\''))
        quoted(result);
      else
        result += text_[position_++];
    }
    if (position_ == start) fail(fmt::format("{} is empty", what));
    return result;
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw Error::usage({fmt::format("embedding '{}'", text_), std::string(kForm),
                        fmt::format("{} at character {}", why, position_ + 1),
                        "Values that hold ':' ',' '@' or '=' go into single quotes"});
  }

 private:
  void quoted(std::string& result) {
    for (;;) {
      if (at_end()) fail("a single quote is not closed");
      const char c = text_[position_++];
      if (c != '\'') {
        result += c;
      } else if (!take('\'')) {
        return;
      } else {
        result += '\'';
      }
    }
  }

  std::string_view text_;
  size_t position_ = 0;
};

std::string default_tag(const EmbeddingSpec& spec) {
  if (spec.method == "obsm") return spec.path;
  if (spec.method == "file") {
    auto name = std::filesystem::path(spec.path).filename();
    while (name.has_extension()) name = name.stem();
    return name.string();
  }
  return spec.method;
}

void parse_options(SpecReader& reader, EmbeddingSpec& spec) {
  do {
    auto key = reader.word("=,:@", "an option's name");
    if (!reader.take('=')) reader.fail(fmt::format("option '{}' has no value", key));
    for (const auto& [known, value] : spec.options)
      if (known == key) reader.fail(fmt::format("option '{}' is given twice", key));
    spec.options.emplace_back(std::move(key), reader.word(",:@=", "an option's value"));
  } while (reader.take(','));
}

}  // namespace

std::string EmbeddingSpec::option(std::string_view key, std::string_view fallback) const {
  for (const auto& [name, value] : options)
    if (name == key) return value;
  return std::string(fallback);
}

size_t EmbeddingSpec::option_size(std::string_view key, size_t fallback, size_t least) const {
  const auto value = option(key, "");
  if (value.empty()) return fallback;
  size_t number = 0;
  const auto [end, status] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (status != std::errc() || end != value.data() + value.size() || number < least)
    throw Error::usage({fmt::format("embedding '{}', option '{}'", text, key),
                        fmt::format("a whole number from {} to {}", least, UINT64_MAX),
                        fmt::format("'{}'", value), ""});
  return number;
}

EmbeddingSpec parse_embedding_spec(std::string_view text) {
  EmbeddingSpec spec;
  spec.text = text;
  SpecReader reader(text);
  auto first = reader.word("@=:,", "the method");
  if (reader.take('@')) {
    spec.tag = std::move(first);
    first = reader.word("@=:,", "the method");
  }
  spec.method = std::move(first);
  if (spec.method == "obsm") {
    if (!reader.take(':')) reader.fail("obsm needs a key, as obsm:X_pca");
    spec.path = reader.word("", "the obsm key");
  } else {
    if (reader.take('=')) spec.path = reader.word(":", "the path");
    if (reader.take(':')) parse_options(reader, spec);
  }
  if (!reader.at_end()) reader.fail(fmt::format("'{}' is not expected", reader.peek()));
  if (spec.tag.empty()) spec.tag = default_tag(spec);
  spec.group = spec.tag;
  if (spec.tag.find('/') != std::string::npos || spec.tag.empty())
    throw Error::usage({fmt::format("embedding '{}'", text), "a tag without '/'",
                        fmt::format("'{}'", spec.tag), "Give a tag in front, as mine@" + spec.text});
  return spec;
}

std::vector<EmbeddingSpec> expand_seeds(const EmbeddingSpec& spec, uint64_t first_seed) {
  const size_t n = spec.option_size("seeds", 1);
  if (n > kMostSeeds)
    throw Error::usage({fmt::format("embedding '{}', option 'seeds'", spec.text),
                        fmt::format("at most {}", kMostSeeds), std::to_string(n), ""});
  if (n == 1) {
    auto alone = spec;
    std::erase_if(alone.options, [](const auto& option) { return option.first == "seeds"; });
    return {alone};
  }
  const uint64_t first = spec.option_size("seed", first_seed, 0);
  if (first > UINT64_MAX - n)
    throw Error::usage({fmt::format("embedding '{}', option 'seeds'", spec.text),
                        fmt::format("a first seed of at most {}", UINT64_MAX - n), std::to_string(first),
                        ""});
  std::vector<EmbeddingSpec> seeds;
  for (uint64_t seed = first; seed < first + n; ++seed) {
    auto one = spec;
    std::erase_if(one.options,
                  [](const auto& option) { return option.first == "seeds" || option.first == "seed"; });
    one.options.emplace_back("seed", std::to_string(seed));
    one.tag = fmt::format("{}-s{}", spec.tag, seed);
    seeds.push_back(std::move(one));
  }
  return seeds;
}

std::vector<EmbeddingSpec> parse_embedding_specs(const std::vector<std::string>& texts, uint64_t first_seed) {
  std::vector<EmbeddingSpec> specs;
  for (const auto& text : texts) {
    for (auto& spec : expand_seeds(parse_embedding_spec(text), first_seed)) {
      for (const auto& other : specs)
        if (other.tag == spec.tag || (other.group == spec.group && other.text != spec.text))
          throw Error::usage({fmt::format("embeddings '{}' and '{}'", other.text, spec.text),
                              "different tags", fmt::format("'{}' twice", spec.group),
                              fmt::format("Put a tag in front of one, as second@{}", spec.text)});
      specs.push_back(std::move(spec));
    }
  }
  return specs;
}

}  // namespace zerocell
