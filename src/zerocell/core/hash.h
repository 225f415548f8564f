#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace zerocell {

/// 128-bit content hash (XXH3) as 32 hexadecimal digits, of pieces added in order. Not cryptographic.
class ContentHash {
 public:
  ContentHash();
  ~ContentHash();
  ContentHash(const ContentHash&) = delete;
  ContentHash& operator=(const ContentHash&) = delete;

  ContentHash& add(const void* bytes, size_t size);
  /// A text with its length, so that ("ab", "c") and ("a", "bc") differ.
  ContentHash& add(std::string_view text);
  ContentHash& add(uint64_t number) { return add(&number, sizeof number); }
  std::string hex() const;

 private:
  void* state_;
};

/// FNV-1a, 64 bits (Fowler, Noll, Vo): a short text as a number, the key of its random draws.
constexpr uint64_t text_key(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3ull;
  return hash;
}

/// Hash of a file's content, or of the names and contents of all files in a folder.
/// Throws Error(data) where it can't be read, and what `check` throws, which is called again and
/// again, so that a large file can be left.
std::string hash_path(const std::string& path, const std::function<void()>& check = {});

/// The same for one run, which asks for the hash of a large file many times: what a path names is read once,
/// and again where a file's size or time of writing is another.
class FileHashes {
 public:
  /// Throws as hash_path.
  std::string of(const std::string& path);
  /// Called again and again while files are read; what it throws ends the reading.
  void check_with(std::function<void()> check) { check_ = std::move(check); }

 private:
  struct Known {
    std::string state, hash;
  };
  std::map<std::string, Known> known_;  ///< by path
  std::function<void()> check_;
};

}  // namespace zerocell
