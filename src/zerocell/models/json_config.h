#pragma once
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace zerocell {

/// Entries of the JSON file that describes a model, with errors that name file and entry. An entry that is
/// null counts as absent. Every reader throws Error(data) for a value of another type or out of range.
class JsonConfig {
 public:
  static constexpr size_t kMaxSize = size_t{1} << 20;

  /// Reads a file of at most 1 MiB (gzip is unpacked). `name`: what the file is called in a model's folder.
  static JsonConfig read(const std::string& path, const std::string& name);
  /// The same from memory; nested at most 32 levels. `path` is for messages.
  JsonConfig(std::string_view text, const std::string& path, const std::string& name);

  bool has(const char* key) const;
  /// True where the entry says anything: neither null, false nor empty.
  bool filled(const char* key) const;
  /// A whole number from 1 to `most`, which must be there.
  size_t size(const char* key, size_t most = kMaxSize) const;
  size_t size_or(const char* key, size_t fallback) const;
  /// A whole number within [low, high].
  int64_t integer(const char* key, int64_t fallback, int64_t low, int64_t high) const;
  std::string text(const char* key, const std::string& fallback) const;
  /// A number above 0 and below 1 that is no zero as float.
  float epsilon(const char* key, float fallback) const;
  bool boolean(const char* key, bool fallback) const;
  /// Throws where the text is there and is another one.
  void require_text(const char* key, const char* only) const;

  [[noreturn]] void fail(const std::string& expected, const std::string& found) const;
  /// The same for what is understood and would compute something else.
  [[noreturn]] void unsupported(const std::string& expected, const std::string& found) const;

 private:
  std::string shown_value(const char* key) const;
  [[noreturn]] void fail_value(const std::string& expected, const char* key) const;

  std::string path_, name_;
  nlohmann::json object_;
};

}  // namespace zerocell
