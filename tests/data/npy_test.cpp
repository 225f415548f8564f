#include "zerocell/data/npy.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/data/embedding_file.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A .npy file in memory; `version` 1 has a two-byte length, later ones four.
std::string npy(const std::string& header, const std::string& data, int version = 1) {
  std::string file = "\x93NUMPY";
  file += {static_cast<char>(version), '\0'};
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) file += static_cast<char>(header.size() >> (8 * i));
  return file + header + data;
}
std::string header_of(const std::string& descr, const std::string& shape, bool fortran = false) {
  return "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") +
         ", 'shape': " + shape + ", }\n";
}
template <class T>
std::string bytes(std::initializer_list<T> values, bool swapped = false) {
  std::string out;
  for (const T value : values) {
    char b[sizeof(T)];
    std::memcpy(b, &value, sizeof(T));
    if (swapped) std::reverse(b, b + sizeof(T));
    out.append(b, sizeof(T));
  }
  return out;
}
TableValues parse_wide(const std::string& file) {
  const auto source = bytes_of("x.npy", file);
  return read_npy(source, read_npy_header(source));
}
DenseMatrix<float> parse(const std::string& file) {
  return to_float(parse_wide(file));
}
std::vector<float> values_of(const std::string& file) {
  const auto m = parse(file);
  return {m.data(), m.data() + m.n_rows() * m.n_cols()};
}
std::string message_of(const std::string& file) {
  try {
    parse(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  return "no error";
}
const std::vector<float> kOneToSix{1, 2, 3, 4, 5, 6};

TEST(Npy, EveryTypeAndByteOrder) {
  const auto expect = [](const std::string& descr, const std::string& data) {
    EXPECT_EQ(values_of(npy(header_of(descr, "(2, 3)"), data)), kOneToSix) << descr;
  };
  expect("<f4", bytes<float>({1, 2, 3, 4, 5, 6}));
  expect("=f4", bytes<float>({1, 2, 3, 4, 5, 6}));
  expect(">f4", bytes<float>({1, 2, 3, 4, 5, 6}, true));
  expect("<f8", bytes<double>({1, 2, 3, 4, 5, 6}));
  expect(">f8", bytes<double>({1, 2, 3, 4, 5, 6}, true));
  expect("<f2", bytes<uint16_t>({0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600}));
  expect("|i1", bytes<int8_t>({1, 2, 3, 4, 5, 6}));
  expect("|u1", bytes<uint8_t>({1, 2, 3, 4, 5, 6}));
  expect("<i2", bytes<int16_t>({1, 2, 3, 4, 5, 6}));
  expect(">u2", bytes<uint16_t>({1, 2, 3, 4, 5, 6}, true));
  expect("<i4", bytes<int32_t>({1, 2, 3, 4, 5, 6}));
  expect("<u4", bytes<uint32_t>({1, 2, 3, 4, 5, 6}));
  expect(">i8", bytes<int64_t>({1, 2, 3, 4, 5, 6}, true));
  expect("<u8", bytes<uint64_t>({1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(values_of(npy(header_of("|b1", "(2, 1)"), bytes<uint8_t>({0, 1}))), (std::vector<float>{0, 1}));
  EXPECT_EQ(values_of(npy(header_of("|i1", "(2, 1)"), bytes<int8_t>({-1, 127}))),
            (std::vector<float>{-1, 127}));
}

TEST(Npy, HalfFloats) {
  // 2^-24 (least subnormal), 2^-14 (least normal), -65504 (largest), -0: IEEE 754 binary16.
  const auto v = values_of(npy(header_of("<f2", "(4,)"), bytes<uint16_t>({1, 0x0400, 0xfbff, 0x8000})));
  EXPECT_EQ(v, (std::vector<float>{0x1p-24f, 0x1p-14f, -65504.0f, -0.0f}));
  EXPECT_TRUE(std::signbit(v[3]));
}

TEST(Npy, OrdersShapesAndVersions) {
  const auto c = bytes<float>({1, 2, 3, 4, 5, 6}), f = bytes<float>({1, 4, 2, 5, 3, 6});
  EXPECT_EQ(values_of(npy(header_of("<f4", "(2, 3)", true), f)), kOneToSix);
  for (int version : {1, 2, 3}) EXPECT_EQ(values_of(npy(header_of("<f4", "(2, 3)"), c, version)), kOneToSix);
  const auto one = parse(npy(header_of("<f4", "(6,)"), c));
  EXPECT_EQ(one.n_rows(), 6u);
  EXPECT_EQ(one.n_cols(), 1u);
  EXPECT_EQ(values_of(npy(header_of("<f4", "(2L, 3L)"), c)), kOneToSix);
  EXPECT_EQ(values_of(npy("{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f4\"}", c)), kOneToSix);
}

TEST(Npy, FortranOrderBeyondOneTile) {
  const size_t n = 20000, d = 3;
  std::string data(n * d * 4, '\0');
  for (size_t i = 0; i < n * d; ++i) {
    const auto v = static_cast<float>(i);
    std::memcpy(data.data() + 4 * i, &v, 4);
  }
  const auto m = parse(npy(header_of("<f4", "(20000, 3)", true), data));
  size_t wrong = 0;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < d; ++j) wrong += m(i, j) != static_cast<float>(j * n + i);
  EXPECT_EQ(wrong, 0u);
}

TEST(Npy, RefusesWhatIsNoEmbedding) {
  const auto six = bytes<float>({1, 2, 3, 4, 5, 6});
  EXPECT_THAT(message_of(npy(header_of("<f4", "(1, 2, 3)"), six)), HasSubstr("shape (1, 2, 3)"));
  EXPECT_THAT(message_of(npy(header_of("<f4", "()"), bytes<float>({1}))), HasSubstr("shape ()"));
  EXPECT_THAT(message_of(npy(header_of("<f4", "(0, 3)"), "")), HasSubstr("shape (0, 3)"));
  EXPECT_THAT(message_of(npy(header_of("<f4", "(3, 3)"), six)), HasSubstr("too short"));
  EXPECT_THAT(message_of(npy(header_of("<f4", "(1, 3)"), six)), HasSubstr("12 bytes too many"));
  EXPECT_THAT(message_of(npy(header_of("<c8", "(1, 3)"), six)),
              AllOf(HasSubstr("data type '<c8'"), HasSubstr("complex")));
  EXPECT_THAT(message_of(npy(header_of("|O", "(1, 3)"), six)), HasSubstr("data type '|O'"));
  EXPECT_THAT(message_of(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,)}", six)),
              HasSubstr("structured"));
  EXPECT_THAT(message_of(npy(header_of("<f4", "(18446744073709551615, 18446744073709551615)"), six)),
              HasSubstr("too short"));
  EXPECT_THAT(message_of(npy(header_of("<f4", "(99999999999999999999, 1)"), six)),
              HasSubstr("whole numbers"));
  EXPECT_THAT(message_of(npy(header_of("<f4", "(-1, 1)"), six)), HasSubstr("whole numbers"));
  EXPECT_THAT(message_of("\x93NUMPY\x04" + std::string(20, ' ')), HasSubstr("version 4"));
  EXPECT_THAT(message_of(""), HasSubstr("0 bytes"));
  EXPECT_THAT(message_of("PK\x03\x04 and so on and on"), HasSubstr("another kind of file"));
}

// What of it can be used, the embedding that it becomes decides (study/given_embedding).
TEST(Npy, KeepsWhatStandsInTheFile) {
  const auto narrow = parse(npy(header_of("<f4", "(2, 2)"), bytes<float>({1, NAN, -INFINITY, 4})));
  EXPECT_TRUE(std::isnan(narrow(0, 1)));
  EXPECT_EQ(narrow(1, 0), -INFINITY);
  const auto wide = std::get<DenseMatrix<double>>(
      parse_wide(npy(header_of("<f8", "(1, 3)"), bytes<double>({1e300, 1e-50, 1e8 + 0.25}))));
  EXPECT_EQ(wide(0, 0), 1e300);
  EXPECT_EQ(wide(0, 1), 1e-50);
  EXPECT_EQ(wide(0, 2), 1e8 + 0.25);
  const auto whole = std::get<DenseMatrix<double>>(
      parse_wide(npy(header_of("<i8", "(1, 2)"), bytes<int64_t>({16777217, -9007199254740991}))));
  EXPECT_EQ(whole(0, 0), 16777217) << "one above what float32 holds";
  EXPECT_EQ(whole(0, 1), -9007199254740991);
}

TEST(Npy, RoundTrip) {
  const TemporaryFolder folder;
  DenseMatrix<float> m(5, 7);
  for (size_t i = 0; i < 35; ++i) m.data()[i] = 0.1f * static_cast<float>(i) - 1;
  write_npy(folder.file("m.npy"), m);
  const auto back = to_float(read_embedding_table(folder.file("m.npy")).values);
  ASSERT_EQ(back.n_cols(), 7u);
  EXPECT_EQ(0, std::memcmp(back.data(), m.data(), 35 * sizeof(float)));
  const auto header = read_npy_header(open_bytes(folder.file("m.npy")));
  EXPECT_EQ(header.data_offset % 64, 0u);  // numpy aligns the data so
}

TEST(Npy, DamagedFilesGiveOneErrorOrAMatrix) {
  const std::string good = npy(header_of("<f4", "(2, 3)"), bytes<float>({1, 2, 3, 4, 5, 6}));
  for (size_t n = 0; n < good.size(); ++n) EXPECT_NE(message_of(good.substr(0, n)), "no error") << n;
  Random random(1);
  size_t n_read = 0, n_refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bad = good;
    for (uint64_t k = 1 + random.below(4); k > 0; --k) {
      const size_t at = random.below(bad.size());
      if (random.below(4) == 0)
        bad.erase(at, 1 + random.below(3));
      else if (random.below(3) == 0)
        bad.insert(at, 1, static_cast<char>(random.below(256)));
      else
        bad[at] = static_cast<char>(random.below(256));
    }
    try {
      const auto m = parse(bad);
      ++n_read;
      EXPECT_LE(m.n_rows() * m.n_cols(), bad.size());
    } catch (const Error& error) {
      ++n_refused;
      EXPECT_EQ(error.kind(), ErrorKind::data);
    }
  }
  EXPECT_GT(n_read, 0u);
  EXPECT_GT(n_refused, 0u);
}

}  // namespace
}  // namespace zerocell
