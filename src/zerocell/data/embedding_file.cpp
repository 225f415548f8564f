#include "zerocell/data/embedding_file.h"

#include "zerocell/core/error.h"
#include "zerocell/data/byte_source.h"
#include "zerocell/data/npy.h"

namespace zerocell {
namespace {

bool is_npy(const ByteSource& source) {
  char first = 0;
  if (source.size > 0) source.read(0, std::span<char>(&first, 1));
  return first == '\x93' || source.name.ends_with(".npy");
}

EmbeddingTable npy_table(const ByteSource& source) {
  EmbeddingTable table;
  const auto header = read_npy_header(source);
  table.values = read_npy(source, header);
  table.whole_numbers = header.kind == 'i' || header.kind == 'u';
  return table;
}

}  // namespace

EmbeddingTable read_embedding_table(const std::string& path, const ExpectedRows& expected) {
  const ByteSource source = open_bytes(path);
  if (source.size == 0)
    throw Error::data({.read = path, .expected = "a row per cell", .found = "an empty file", .advice = ""});
  if (is_npy(source)) return npy_table(source);
  const std::string text = read_rest(source);
  const bool utf16 = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
  if (utf16)
    throw Error::data({.read = path,
                       .expected = "a table in text of UTF-8",
                       .found = "text in UTF-16",
                       .advice = "Save it as CSV in UTF-8"});
  if (text.find('\0') != std::string::npos)
    throw Error::data({.read = path,
                       .expected = "a .npy file or a table in text (.csv, .tsv, .txt)",
                       .found = "another kind of file",
                       .advice = "Save the embedding with numpy.save or as a table"});
  return parse_text_table(path, text, expected);
}

}  // namespace zerocell
