#include "zerocell/data/embedding_file.h"

#include <gmock/gmock.h>
#include <libdeflate.h>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using testing::HasSubstr;
using Names = std::vector<std::string>;

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

TEST(EmbeddingFile, RowsFollowTheCells) {
  const TemporaryFolder folder;
  const auto path = folder.write("e.csv", ",0,1\nb,3,4\na,1,2\n");
  const auto m = read_embedding_file(path, Names{"a", "b"});
  EXPECT_EQ(m(0, 0), 1);
  EXPECT_EQ(m(1, 1), 4);
  EXPECT_EQ(read_embedding_file(path)(0, 0), 3);  // without names: the order of the file
}

TEST(EmbeddingFile, NamesThatDoNotFit) {
  const TemporaryFolder folder;
  const auto path = folder.write("e.csv", ",0,1\nb,3,4\na,1,2\n");
  EXPECT_THAT(message_of([&] {
                read_embedding_file(path, Names{"a", "c"});
              }),
              HasSubstr("no row for cell 'c'"));
  EXPECT_THAT(message_of([&] { read_embedding_file(path, Names{"a", "a"}); }), HasSubstr("several cells"));
  EXPECT_THAT(message_of([&] {
                read_embedding_file(path, Names{"a", "b", "c"});
              }),
              HasSubstr("expected 3 rows"));
  const auto twice = folder.write("t.csv", ",0,1\na,3,4\na,1,2\n");
  EXPECT_THAT(message_of([&] { read_embedding_file(twice, Names{"a", "b"}); }), HasSubstr("more than once"));
  // Duplicate cell names in the same order are no riddle.
  EXPECT_EQ(read_embedding_file(twice, Names{"a", "a"})(1, 1), 2);
}

TEST(EmbeddingFile, NumberedRowsAreTakenInOrder) {
  const TemporaryFolder folder;
  const auto path = folder.write("e.csv", ",0,1\n0,3,4\n1,1,2\n");
  EXPECT_EQ(read_embedding_file(path, Names{"a", "b"})(0, 0), 3);
}

TEST(EmbeddingFile, GzipOfEitherKind) {
  const TemporaryFolder folder;
  folder.write("e.tsv.gz", gzip("1\t2\n") + gzip("3\t4\n"));  // two members
  const auto m = read_embedding_file(folder.file("e.tsv.gz"), 2);
  EXPECT_EQ(m(1, 1), 4);
  write_npy(folder.file("e.npy"), m);
  folder.write("e.npy.gz", gzip(read_text(folder.file("e.npy"))));
  EXPECT_EQ(read_embedding_file(folder.file("e.npy.gz"), 2)(0, 1), 2);
  const std::string whole = gzip("1,2\n3,4\n");
  folder.write("cut.csv.gz", whole.substr(0, whole.size() - 3));
  EXPECT_THAT(message_of([&] { read_embedding_file(folder.file("cut.csv.gz")); }), HasSubstr("gzip"));
}

TEST(EmbeddingFile, FilesThatAreNoFiles) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of([&] { read_embedding_file(folder.file("none.npy")); }), HasSubstr("No such file"));
  EXPECT_THAT(message_of([&] { read_embedding_file(folder.path()); }), HasSubstr("not a regular file"));
  EXPECT_THAT(message_of([&] { read_embedding_file(folder.write("e.csv", "")); }), HasSubstr("empty file"));
  const std::string binary("\x89HDF\r\n\x1a\n\0\0\0\0", 12);
  EXPECT_THAT(message_of([&] { read_embedding_file(folder.write("e.h5", binary)); }),
              HasSubstr("another kind of file"));
  EXPECT_THAT(message_of([&] { read_embedding_file(folder.write("f.npy", "1,2\n3,4\n5,6\n")); }),
              HasSubstr(".npy file"));
}

TEST(EmbeddingFile, ReadsARealTable) {
  const std::string path = ZEROCELL_SHARED_DIR "/data/harmonypy/pbmc_3500_pcs.tsv.gz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "needs " << path;
  const auto table = read_embedding_table(path, 3500);
  EXPECT_EQ(table.values.n_cols(), 30u);
  EXPECT_EQ(table.column_names.front(), "PC1");
}

}  // namespace
}  // namespace zerocell
