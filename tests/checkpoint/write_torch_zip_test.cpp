#include <gmock/gmock.h>

#include <cstdlib>

#include "checkpoint/checkpoint_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/checkpoint/checkpoint.h"
#include "zerocell/checkpoint/mapped_file.h"
#include "zerocell/checkpoint/zip_file.h"

namespace zerocell {
namespace {

using testing::ElementsAre;

const std::vector<float> kSix{1, 2, 3, 4, 5, 6}, kOne{-7.5f};

TEST(WriteTorchZip, IsReadBackWithoutCopies) {
  const TemporaryFolder folder;
  const std::string path = folder.file("best_model.pt");
  write_torch_zip(path,
                  std::vector<NamedTensor>{
                      {"b.weight", {2, 3}, kSix}, {"a", {1}, kOne}, {"s", {}, kOne}, {"none", {0, 4}, {}}});
  const Checkpoint checkpoint = Checkpoint::open(folder.path());
  ASSERT_EQ(checkpoint.tensors().size(), 4u);
  const StoredTensor& b = *checkpoint.find("b.weight");
  EXPECT_EQ(b.dtype, DType::f32);
  EXPECT_THAT(b.shape, ElementsAre(2, 3));
  const FloatTensor values = checkpoint.floats(b);
  EXPECT_THAT(values.values, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(reinterpret_cast<const std::byte*>(values.values.data()), b.storage.data());
  EXPECT_THAT(checkpoint.floats(*checkpoint.find("s")).values, ElementsAre(-7.5f));
  EXPECT_EQ(checkpoint.find("none")->n_elements(), 0u);
  EXPECT_EQ(folder.n_files(), 1u);
}

TEST(WriteTorchZip, EntriesHaveChecksumsAndAlignment) {
  const TemporaryFolder folder;
  const std::string path = folder.file("x.pt");
  // Names of all lengths move the entries.
  for (size_t length = 1; length < 70; length += 7) {
    const std::string name(length, 'n');
    write_torch_zip(path, std::vector<NamedTensor>{{name, {6}, kSix}, {"a", {1}, kOne}});
    const auto file = MappedFile::open(path);
    const auto entries = read_zip(file->bytes(), path);
    ASSERT_EQ(entries.size(), 5u);
    for (const auto& [entry_name, entry] : entries) {
      EXPECT_NE(entry.crc, 0u) << entry_name;
      EXPECT_NO_THROW(check_crc(entry, entry_name, path));
      EXPECT_EQ((entry.bytes.data() - file->bytes().data()) % 64, 0) << entry_name;
    }
    EXPECT_EQ(entries.at("archive/data/0").bytes.size(), 24u);
  }
}

TEST(WriteTorchZip, TheSameTensorsGiveTheSameBytes) {
  const TemporaryFolder folder;
  const std::vector<NamedTensor> tensors{{"w", {6}, kSix}};
  write_torch_zip(folder.file("x"), tensors);
  write_torch_zip(folder.file("y"), tensors);
  EXPECT_EQ(read_text(folder.file("x")), read_text(folder.file("y")));
}

TEST(WriteTorchZip, WrongTensorsAreFaultsOfOurs) {
  const TemporaryFolder folder;
  EXPECT_THROW(write_torch_zip(folder.file("x"), std::vector<NamedTensor>{{"w", {5}, kSix}}), Error);
  EXPECT_THROW(
      write_torch_zip(folder.file("x"), std::vector<NamedTensor>{{"w", {6}, kSix}, {"w", {6}, kSix}}), Error);
  EXPECT_EQ(folder.n_files(), 0u);
}

TEST(WriteTorchZip, PyTorchReadsIt) {
  const char* python = std::getenv("ZEROCELL_PEERS_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "ZEROCELL_PEERS_PYTHON names no Python with PyTorch";
  const TemporaryFolder folder;
  write_torch_zip(folder.file("x.pt"),
                  std::vector<NamedTensor>{{"b", {2, 3}, kSix}, {"a", {1}, kOne}, {"s", {}, kOne}});
  const std::string script = folder.write(
      "read.py",
      "import sys, torch\n"
      "state = torch.load(sys.argv[1], weights_only=True)\n"
      "assert type(state).__name__ == 'OrderedDict' and list(state) == ['b', 'a', 's'], list(state)\n"
      "assert state['b'].tolist() == [[1, 2, 3], [4, 5, 6]] and state['b'].dtype == torch.float32\n"
      "assert state['a'].tolist() == [-7.5] and state['s'].item() == -7.5\n"
      "assert torch.load(sys.argv[1], weights_only=True, mmap=True)['b'][1, 2].item() == 6\n");
  EXPECT_EQ(std::system((std::string(python) + " " + script + " " + folder.file("x.pt")).c_str()), 0);
}

}  // namespace
}  // namespace zerocell
