#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace zerocell {

/// What the passes over a file's matrices met and put right, for DatasetFile::notes(). Safe to use from
/// several threads; a pass that is repeated counts once.
class StreamNotes {
 public:
  /// `n` stored entries of the matrix were added to an earlier one of the same row and column; `whole`: by a
  /// pass that came to its end.
  void note_duplicates(const std::string& matrix, uint64_t n, bool whole);
  std::vector<std::string> lines() const;

 private:
  struct Duplicates {
    uint64_t n = 0;
    bool whole = false;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Duplicates> duplicates_;
};

/// Counts the duplicates of one pass and notes them when it ends, whether or not it came to its end.
class DuplicateCount {
 public:
  DuplicateCount(std::shared_ptr<StreamNotes> notes, std::string matrix)
      : notes_(std::move(notes)), matrix_(std::move(matrix)) {}
  ~DuplicateCount() {
    if (notes_ && n_ > 0) notes_->note_duplicates(matrix_, n_, whole_);
  }
  DuplicateCount(const DuplicateCount&) = delete;
  DuplicateCount& operator=(const DuplicateCount&) = delete;

  void add(uint64_t n) { n_ += n; }
  void finish() { whole_ = true; }

 private:
  std::shared_ptr<StreamNotes> notes_;
  std::string matrix_;
  uint64_t n_ = 0;
  bool whole_ = false;
};

}  // namespace zerocell
