#pragma once
#include <cstddef>
#include <span>
#include <string>

namespace zerocell {

/// Throws Error(data) that says what a file is, and what to do, where it is one of those often found in the
/// place of weights: empty, a Git LFS pointer, a web page, weights of TensorFlow or Flax, a plain pickle,
/// an archive.
void refuse_wrong_file(std::span<const std::byte> bytes, const std::string& path);

/// The same, for what may be found in the place of a dictionary: empty, a Git LFS pointer, a web page.
void refuse_download_remains(std::span<const std::byte> bytes, const std::string& path);

}  // namespace zerocell
