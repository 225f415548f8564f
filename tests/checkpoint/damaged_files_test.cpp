// Damaged copies of real files: each either reads or gives one Error; nothing else may happen. Run it under
// the address sanitizer too (make asan).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "checkpoint/checkpoint_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/checkpoint/dictionary_parser.h"
#include "zerocell/checkpoint/safetensors.h"
#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/checkpoint/torch_state_dict.h"

namespace zerocell {
namespace {

/// Takes all that the file holds, by the loader that its name tells.
void take(const std::string& name, std::string_view content) {
  if (name.find("dictionary") != std::string::npos) {
    parse_dictionary(bytes_of(content), name);
    return;
  }
  const bool is_legacy = name.find("legacy") != std::string::npos;
  const bool is_safetensors = name.find("safetensors") != std::string::npos;
  const auto tensors = is_safetensors ? read_safetensors(bytes_of(content), name)
                       : is_legacy    ? read_torch_legacy(bytes_of(content), name)
                                      : read_torch_zip(bytes_of(content), name);
  for (const StoredTensor& tensor : tensors) to_floats(tensor, nullptr, name);
}

/// True where it reads, false where it gives an Error(data) with the name.
bool reads(const std::string& name, std::string_view content) {
  // A block of its own without spare room: the sanitizer sees a read behind its end.
  const std::vector<char> copy(content.begin(), content.end());
  try {
    take(name, {copy.data(), copy.size()});
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
    EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    return false;
  }
}

class DamagedFile : public testing::TestWithParam<const char*> {};

TEST_P(DamagedFile, EveryTruncation) {
  const std::string file = read_text(golden(GetParam()));
  ASSERT_FALSE(file.empty());
  size_t n_read = 0;
  for (size_t length = 0; length < file.size(); ++length)
    n_read += reads(GetParam(), std::string_view(file).substr(0, length));
  EXPECT_EQ(n_read, 0u);
}

TEST_P(DamagedFile, EveryByteFlipped) {
  std::string file = read_text(golden(GetParam()));
  size_t n_failed = 0;
  for (char& byte : file) {
    const char original = byte;
    for (const int mask : {0x01, 0x20, 0x80, 0xFF}) {
      byte = static_cast<char>(original ^ mask);
      n_failed += !reads(GetParam(), file);
    }
    byte = original;
  }
  EXPECT_GT(n_failed, 0u);
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, DamagedFile,
                         testing::Values("small.bin", "no_checksums.bin", "state_dict.pt", "small_legacy.bin",
                                         "all_kinds_legacy.bin", "small.safetensors", "all_kinds.safetensors",
                                         "dictionary_numpy1_2.pkl", "dictionary_numpy2_4.pkl",
                                         "dictionary.json"));

/// What the fuzzers once found: file names begin with the loader's.
TEST(FuzzFindings, GiveAnErrorOrRead) {
  size_t n_files = 0;
  const std::string folder = golden("fuzz");
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    SCOPED_TRACE(entry.path().string());
    reads(entry.path().filename().string(), read_text(entry.path().string()));
    ++n_files;
  }
  EXPECT_EQ(n_files > 0, std::filesystem::exists(folder));
}

}  // namespace
}  // namespace zerocell
