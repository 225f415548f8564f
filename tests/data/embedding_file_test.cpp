#include "zerocell/data/embedding_file.h"

#include <gmock/gmock.h>
#include <libdeflate.h>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/npy.h"

namespace zerocell {
namespace {

using testing::HasSubstr;

std::string gzip(const std::string& text) {
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(6);
  std::string out(libdeflate_gzip_compress_bound(compressor, text.size()), '\0');
  out.resize(libdeflate_gzip_compress(compressor, text.data(), text.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}
template <class Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  return "no error";
}

TEST(EmbeddingFile, GzipOfEitherKind) {
  const TemporaryFolder folder;
  folder.write("e.tsv.gz", gzip("1\t2\n") + gzip("3\t4\n"));  // two members
  const auto m = to_float(read_embedding_table(folder.file("e.tsv.gz")).values);
  EXPECT_EQ(m(1, 1), 4);
  write_npy(folder.file("e.npy"), m);
  folder.write("e.npy.gz", gzip(read_text(folder.file("e.npy"))));
  EXPECT_EQ(to_float(read_embedding_table(folder.file("e.npy.gz")).values)(0, 1), 2);
  const std::string whole = gzip("1,2\n3,4\n");
  folder.write("cut.csv.gz", whole.substr(0, whole.size() - 3));
  EXPECT_THAT(message_of([&] { read_embedding_table(folder.file("cut.csv.gz")); }), HasSubstr("gzip"));
}

TEST(EmbeddingFile, FilesThatAreNoFiles) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of([&] { read_embedding_table(folder.file("none.npy")); }), HasSubstr("No such file"));
  EXPECT_THAT(message_of([&] { read_embedding_table(folder.path()); }), HasSubstr("not a regular file"));
  EXPECT_THAT(message_of([&] { read_embedding_table(folder.write("e.csv", "")); }), HasSubstr("empty file"));
  const std::string binary("\x89HDF\r\n\x1a\n\0\0\0\0", 12);
  EXPECT_THAT(message_of([&] { read_embedding_table(folder.write("e.h5", binary)); }),
              HasSubstr("another kind of file"));
  EXPECT_THAT(message_of([&] { read_embedding_table(folder.write("u.csv", "\xFF\xFE\n")); }),
              HasSubstr("UTF-8"));
  EXPECT_THAT(message_of([&] { read_embedding_table(folder.write("f.npy", "1,2\n3,4\n5,6\n")); }),
              HasSubstr(".npy file"));
}

TEST(EmbeddingFile, ReadsARealTable) {
  const std::string path = ZEROCELL_SHARED_DIR "/data/harmonypy/pbmc_3500_pcs.tsv.gz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "needs " << path;
  const auto table = read_embedding_table(path);
  EXPECT_EQ(n_rows(table.values), 3500u);
  EXPECT_EQ(n_cols(table.values), 30u);
  EXPECT_EQ(table.column_names.front(), "PC1");
}

}  // namespace
}  // namespace zerocell
