#include "zerocell/data/file_kind.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <zlib.h>

#include "zerocell/core/error.h"
#include "zerocell/data/mtx_files.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;
using std::string_view_literals::operator""sv;

constexpr size_t kHeadBytes = 1024;
constexpr std::string_view kHdf5 = "\x89HDF\r\n\x1a\n"sv;

/// What a file is, and what to do with it.
struct Kind {
  std::string found, advice;
};

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

/// A word for a shell, in quotes where it needs them.
std::string shell_word(const std::string& text) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./=+,@:%").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// A name for what is converted, never that of the file itself.
std::string h5ad_beside(const std::string& path) {
  fs::path given = fs::path(path).lexically_normal();
  if (!given.has_filename()) given = given.parent_path();
  const bool taken = given.extension() == ".h5ad";
  return with_ending(path, taken ? "_converted.h5ad" : ".h5ad");
}

/// The path without the ending, where it has it in any case of letters; nothing else may be called so.
std::optional<std::string> without(const std::string& path, std::string_view ending) {
  if (path.size() <= ending.size() || !lower_case(path).ends_with(ending)) return std::nullopt;
  return path.substr(0, path.size() - ending.size());
}

std::string first_bytes(const std::string& path) {
  std::string head(kHeadBytes, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(in.gcount()));
  return head;
}

/// The first bytes of what gzip holds; empty where it does not decompress.
std::string first_unpacked_bytes(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return {};
  std::string head(kHeadBytes, '\0');
  const int n = gzread(file, head.data(), static_cast<unsigned>(head.size()));
  gzclose(file);
  head.resize(static_cast<size_t>(std::max(n, 0)));
  return head;
}

bool is_r_object(std::string_view head) {
  return head.starts_with("RDX2\n") || head.starts_with("RDX3\n") || head.starts_with("X\n\0\0\0\2"sv) ||
         head.starts_with("X\n\0\0\0\3"sv);
}

bool is_tar(std::string_view head) {
  return head.size() > 262 && head.substr(257, 5) == "ustar";
}

bool is_text(std::string_view head) {
  return !head.empty() && std::all_of(head.begin(), head.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 32 || byte == '\n' || byte == '\r' || byte == '\t';
  });
}

Kind r_object(const std::string& path) {
  return {
      "an object of R (.rds or .RData)",
      fmt::format("write it as .h5ad from R, a SingleCellExperiment for example with: "
                  "zellkonverter::writeH5AD(readRDS({}), {}); Seurat::as.SingleCellExperiment() makes one of "
                  "a Seurat object",
                  string_literal(path), string_literal(h5ad_beside(path)))};
}

Kind matrix_market(const std::string& path) {
  const std::string end = without(path, ".gz") ? ".gz" : "";
  return {"a matrix of the Matrix Market format under another name",
          fmt::format("call it PREFIXmatrix.mtx{}, with PREFIXbarcodes.tsv and PREFIXfeatures.tsv beside it",
                      end)};
}

Kind gzipped(const std::string& path) {
  const std::string inner = first_unpacked_bytes(path);
  if (is_r_object(inner)) return r_object(path);
  if (is_tar(inner))
    return {"a gzipped tar archive", fmt::format("unpack it with: tar -xzf {}", shell_word(path))};
  if (lower_case(std::string_view(inner).substr(0, 14)) == "%%matrixmarket") return matrix_market(path);
  const char* found = inner.starts_with(kHdf5) ? "a gzipped HDF5 file" : "a file compressed by gzip";
  // gunzip refuses names without .gz.
  if (const auto unpacked = without(path, ".gz"))
    return {found, fmt::format("decompress it with: gunzip -k {}, and give {}", shell_word(path), *unpacked)};
  const std::string target = with_ending(path, "") + "_unpacked.h5ad";
  return {found, fmt::format("decompress it with: gunzip -c {} > {}", shell_word(path), shell_word(target))};
}

Kind web_page(std::string_view what) {
  return {fmt::format("{}, as a server sends it in place of a file", what),
          "open the address in a browser to see what the server says, and download the file itself"};
}

/// Text that a download leaves in place of the file.
std::optional<Kind> placeholder(std::string_view head) {
  const size_t begin = std::min(head.find_first_not_of(" \t\r\n\xef\xbb\xbf"), head.size());
  const std::string start = lower_case(head.substr(begin, 64));
  for (const char* tag : {"<!doctype html", "<html", "<head", "<body", "<script"})
    if (start.starts_with(tag)) return web_page("a web page (HTML)");
  if (start.starts_with("<?xml") || start.starts_with("<error")) return web_page("an XML document");
  if (start.starts_with("{")) return web_page("a JSON document");
  if (start.starts_with("version https://git-lfs.github.com/spec/"))
    return Kind{"a pointer of Git LFS, not the file that it stands for",
                "fetch the file with 'git lfs pull' in its repository (after 'git lfs install')"};
  if (head.substr(0, 200).find("annex/objects/") != std::string_view::npos)
    return Kind{"a pointer of git-annex, not the file that it stands for",
                "fetch the file with 'git annex get' in its repository"};
  return std::nullopt;
}

/// Formats that begin with bytes of their own.
std::optional<Kind> binary(const std::string& path, std::string_view head) {
  const std::string word = shell_word(path);
  if (head.starts_with("\x1f\x8b"sv)) return gzipped(path);
  if (is_r_object(head)) return r_object(path);
  const bool r_name = without(path, ".rds") || without(path, ".rdata") || without(path, ".rda");
  const std::pair<std::string_view, std::pair<const char*, const char*>> packers[] = {
      {"BZh"sv, {"bzip2", "bunzip2 -k"}},
      {"\xfd"
       "7zXZ\0"sv,
       {"xz", "unxz -k"}},
      {"\x28\xb5\x2f\xfd"sv, {"zstd", "unzstd"}},
  };
  for (const auto& [magic, packer] : packers) {
    if (!head.starts_with(magic)) continue;
    if (r_name) return r_object(path);
    return Kind{fmt::format("a file compressed by {}", packer.first),
                fmt::format("decompress it with: {} {}", packer.second, word)};
  }
  if (head.starts_with("PK\3\4"sv) || head.starts_with("PK\5\6"sv))
    return Kind{"a zip archive", fmt::format("unpack it with: unzip {}", word)};
  if (is_tar(head)) return Kind{"a tar archive", fmt::format("unpack it with: tar -xf {}", word)};
  if (head.starts_with("\x93NUMPY"sv))
    return Kind{
        "an array of NumPy",
        fmt::format("an embedding is given as --embedding file={}, beside the data set of its cells", word)};
  if (head.starts_with("PAR1"sv) || head.starts_with("ARROW1"sv) || head.starts_with("FEA1"sv))
    return Kind{"a table of Parquet, Arrow or Feather", "write it as .h5ad with anndata"};
  return std::nullopt;
}

Kind text(const std::string& path, std::string_view head) {
  if (lower_case(head.substr(0, 14)) == "%%matrixmarket") return matrix_market(path);
  const std::string_view line = head.substr(0, head.find('\n'));
  const bool tabs = line.find('\t') != std::string_view::npos;
  if (!tabs && line.find_first_of(",;") == std::string_view::npos)
    return {"a text file", "give a .h5ad file, a 10x .h5 file or a 10x folder"};
  const std::string arguments = fmt::format("{}, delimiter={}, first_column_names=True", string_literal(path),
                                            tabs                                       ? "\"\\t\""
                                            : line.find(',') != std::string_view::npos ? "\",\""
                                                                                       : "\";\"");
  return {"a table of text",
          fmt::format(
              "a matrix with cells in rows becomes an .h5ad by: {} (.T behind the bracket where genes are "
              "in rows); an embedding is given as --embedding file={}, beside the data set of its cells",
              python_command(fmt::format("import scanpy; scanpy.read_csv({}).write({})", arguments,
                                         string_literal(h5ad_beside(path)))),
              shell_word(path))};
}

/// Little-endian number of 8 bytes.
uint64_t number(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 8; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// The size that the superblock of an HDF5 file tells (HDF5 File Format Specification 3.0, II.A); nothing for
/// forms that are rare: other widths of addresses, data before the superblock.
std::optional<uint64_t> size_told(std::string_view head) {
  if (head.size() < 96) return std::nullopt;
  const auto version = static_cast<unsigned char>(head[8]);
  const bool old = version < 2;
  if (version > 3 || head[old ? 13 : 9] != 8) return std::nullopt;
  const size_t base = version == 0 ? 24 : version == 1 ? 28 : 12;
  if (number(head.substr(base, 8)) != 0) return std::nullopt;
  return number(head.substr(base + 16, 8));
}

/// True where an HDF5 file begins at 0 or behind a user block of 512, 1024, ... bytes.
bool is_hdf5(const std::string& path, std::string_view head, uint64_t size) {
  if (head.starts_with(kHdf5)) return true;
  std::ifstream in(path, std::ios::binary);
  std::array<char, kHdf5.size()> bytes{};
  for (uint64_t at = 512; at + bytes.size() <= size; at *= 2) {
    in.seekg(static_cast<std::streamoff>(at));
    if (!in.read(bytes.data(), bytes.size())) return false;
    if (std::string_view(bytes.data(), bytes.size()) == kHdf5) return true;
  }
  return false;
}

void refuse_file(const std::string& path) {
  std::error_code code;
  const uint64_t size = fs::file_size(path, code);
  if (code) return;
  const auto fail = [&](const Kind& kind) {
    throw Error::data({path, "an .h5ad or .h5 file", kind.found, kind.advice});
  };
  if (size == 0) fail({"an empty file", "copy or download it again"});
  const std::string head = first_bytes(path);
  if (head.empty()) return;  // may not be read
  if (is_hdf5(path, head, size)) {
    const auto told = head.starts_with(kHdf5) ? size_told(head) : std::nullopt;
    if (told && *told > size)
      throw Error::data({path, fmt::format("an HDF5 file of {} bytes, as it says itself", *told),
                         fmt::format("{} bytes: the file is truncated", size), "copy or download it again"});
    return;
  }
  if (const auto kind = binary(path, head)) fail(*kind);
  if (const auto kind = placeholder(head)) fail(*kind);
  if (is_text(head)) fail(text(path, head));
}

void refuse_folder(const std::string& path) {
  std::error_code code;
  const auto holds = [&](const char* name) { return fs::exists(fs::path(path) / name, code); };
  if (holds(".zgroup") || holds("zarr.json") || holds(".zattrs") || holds(".zarray"))
    throw Error::data(
        {path, ".h5ad file, 10x .h5 file or 10x folder", "a Zarr store",
         "write it as .h5ad with: " +
             python_command(fmt::format("import anndata; anndata.read_zarr({}).write_h5ad({})",
                                        string_literal(path), string_literal(h5ad_beside(path))))});
  if (holds("__tiledb_group.tdb") || holds("__group"))
    throw Error::data({path, ".h5ad file, 10x .h5 file or 10x folder", "a TileDB store",
                       "write it as .h5ad with tiledbsoma.io.to_h5ad"});
}

}  // namespace

std::string string_literal(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) quoted += (c == '"' || c == '\\' ? "\\" : "") + std::string(1, c);
  return quoted + "\"";
}

std::string python_command(const std::string& program) {
  return "python3 -c " + shell_word(program);
}

std::string with_ending(const std::string& path, const std::string& ending) {
  fs::path plain = fs::path(path).lexically_normal();
  if (!plain.has_filename()) plain = plain.parent_path();
  return plain.replace_extension().string() + ending;
}

void refuse_other_formats(const std::string& path) {
  std::error_code code;
  if (fs::is_directory(path, code)) return refuse_folder(path);
  if (fs::is_regular_file(path, code) && !is_mtx_path(path)) refuse_file(path);
}

void refuse_other_hdf5(const hdf5::Group& root) {
  const std::string& path = *root.location().file;
  const auto fail = [&](const std::string& found, const std::string& advice) {
    throw root.location().error("obs and var (.h5ad), or matrix/barcodes (10x Genomics)", found, advice);
  };
  const std::string target = string_literal(h5ad_beside(path));
  if (root.contains("row_attrs") && root.contains("col_attrs"))
    fail("a Loom file", "write it as .h5ad with: " +
                            python_command(fmt::format("import scanpy; scanpy.read_loom({}).write({})",
                                                       string_literal(path), target)) +
                            " (after 'pip install loompy')");
  if (root.contains("cell.names") || (root.contains("assays") && root.contains("meta.data")))
    fail("an h5Seurat file",
         fmt::format("write it as .h5ad in R with: SeuratDisk::Convert({}, dest = \"h5ad\")",
                     string_literal(path)));
  if (root.contains("barcode_idx") || root.contains("molecule_info"))
    fail("Cell Ranger's information on molecules",
         "give filtered_feature_bc_matrix.h5, which lies beside it");
  if (root.contains("obs") || root.contains("var"))
    fail(fmt::format("{} alone", root.contains("obs") ? "obs" : "var"), "write the file again with anndata");
  std::string names;
  size_t n = 0;
  for (const std::string& name : root.names())
    if (n++ < 10) names += (names.empty() ? "" : ", ") + name;
  fail(names.empty() ? "an HDF5 file without entries"
                     : fmt::format("an HDF5 file with other entries: {}{}", names, n > 10 ? ", ..." : ""),
       "convert the file to .h5ad");
  throw Error::internal("unreachable");
}

}  // namespace zerocell
