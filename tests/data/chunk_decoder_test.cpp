#include "zerocell/data/chunk_decoder.h"

#include <blosc.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <liblzf/lzf.h>
#include <zstd.h>

#include <cstring>
#include <functional>
#include <numeric>

#include "data/h5ad_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {
namespace {

using Bytes = std::vector<uint8_t>;
using SetFilters = std::function<void(hid_t creation)>;
using Encode = std::function<Bytes(const Bytes&)>;

constexpr uint64_t kRows = 50, kColumns = 20;

/// 50 x 20 with value = position % 7: compressible, with zeros.
std::vector<float> make_values() {
  std::vector<float> values(kRows * kColumns);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 7);
  return values;
}

class ChunkDecoding : public testing::Test {
 protected:
  /// A file whose X is one chunk; written by HDF5's own filters, or as `encode` gives it.
  std::string write(const SetFilters& set_filters, const Encode& encode = nullptr) {
    const std::string path = folder_.file("x.h5ad");
    hdf5::File file = create_h5ad(path, kRows, kColumns);
    const hdf5::Lock lock;
    // The reader teaches HDF5 to decode these and not to encode, so that no dataset could be created with
    // them.
    for (const int id : {32000, 32001, 32015}) {
      if (H5Zfilter_avail(id) > 0) H5Zunregister(id);
    }
    const hsize_t shape[] = {kRows, kColumns};
    const hdf5::Handle space(H5Screate_simple(2, shape, nullptr), H5Sclose);
    const hdf5::Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_chunk(creation.id(), 2, shape);
    set_filters(creation.id());
    const hdf5::Handle dataset(H5Dcreate2(file.root().id(), "X", H5T_IEEE_F32LE, space.id(), H5P_DEFAULT,
                                          creation.id(), H5P_DEFAULT),
                               H5Dclose);
    EXPECT_GE(dataset.id(), 0);
    const std::vector<float> values = make_values();
    if (encode == nullptr) {
      EXPECT_GE(H5Dwrite(dataset.id(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
    } else {
      Bytes plain(values.size() * sizeof(float));
      std::memcpy(plain.data(), values.data(), plain.size());
      const Bytes encoded = encode(plain);
      const hsize_t offset[] = {0, 0};
      EXPECT_GE(H5Dwrite_chunk(dataset.id(), H5P_DEFAULT, 0, offset, encoded.size(), encoded.data()), 0);
    }
    return path;
  }

  void expect_values(const std::string& path) {
    const CsrMatrix x = gather_rows(DatasetFile::open(path)->stream("X", pool_));
    const std::vector<float> values = make_values();
    std::vector<float> dense(values.size(), 0);
    for (size_t row = 0; row < x.n_rows; ++row) {
      for (size_t i = x.indptr[row]; i < x.indptr[row + 1]; ++i)
        dense[row * kColumns + x.indices[i]] = x.values[i];
    }
    EXPECT_EQ(dense, values);
  }

  std::string error_of(const std::string& path) {
    try {
      gather_rows(DatasetFile::open(path)->stream("X", pool_));
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  TemporaryFolder folder_;
  ThreadPool pool_{2};
};

SetFilters optional_filter(int id) {
  return [id](hid_t creation) {
    H5Pset_filter(creation, static_cast<H5Z_filter_t>(id), H5Z_FLAG_OPTIONAL, 0, nullptr);
  };
}

Bytes lzf(const Bytes& plain) {
  Bytes out(plain.size() * 2);
  out.resize(lzf_compress(plain.data(), static_cast<unsigned>(plain.size()), out.data(),
                          static_cast<unsigned>(out.size())));
  return out;
}

Bytes zstd(const Bytes& plain) {
  Bytes out(ZSTD_compressBound(plain.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 3));
  return out;
}

Bytes blosc(const Bytes& plain) {
  Bytes out(plain.size() + BLOSC_MAX_OVERHEAD);
  const int size =
      blosc_compress_ctx(5, 1, 4, plain.size(), plain.data(), out.data(), out.size(), "lz4", 0, 1);
  out.resize(static_cast<size_t>(size));
  return out;
}

TEST_F(ChunkDecoding, FiltersOfHdf5) {
  expect_values(write([](hid_t) {}));
  expect_values(write([](hid_t creation) { H5Pset_deflate(creation, 6); }));
  expect_values(write([](hid_t creation) { H5Pset_shuffle(creation), H5Pset_deflate(creation, 1); }));
  expect_values(write([](hid_t creation) { H5Pset_fletcher32(creation); }));
  expect_values(write([](hid_t creation) {
    H5Pset_shuffle(creation), H5Pset_deflate(creation, 1), H5Pset_fletcher32(creation);
  }));
  expect_values(write([](hid_t creation) { H5Pset_fletcher32(creation), H5Pset_deflate(creation, 1); }));
  expect_values(
      write([](hid_t creation) { H5Pset_scaleoffset(creation, H5Z_SO_FLOAT_DSCALE, 3); }));  // by HDF5 itself
}

TEST_F(ChunkDecoding, LzfZstdAndBlosc) {
  expect_values(write(optional_filter(32000), lzf));
  expect_values(write(optional_filter(32015), zstd));
  expect_values(write(optional_filter(32001), blosc));
}

TEST_F(ChunkDecoding, DamagedChunksAreOneError) {
  const auto damaged = [](const Encode& encode) {
    return [encode](const Bytes& plain) {
      Bytes out = encode(plain);
      out.resize(out.size() / 2);
      return out;
    };
  };
  EXPECT_THAT(error_of(write(optional_filter(32000), damaged(lzf))), testing::HasSubstr("entry X"));
  EXPECT_THAT(error_of(write(optional_filter(32015), damaged(zstd))), testing::HasSubstr("zstd"));
  EXPECT_THAT(error_of(write(optional_filter(32001), damaged(blosc))), testing::HasSubstr("blosc"));
  EXPECT_THAT(error_of(write([](hid_t creation) { H5Pset_deflate(creation, 6); }, lzf)),
              testing::HasSubstr("gzip"));
  const auto wrong_checksum = [](const Bytes& plain) {
    Bytes out = plain;
    out.insert(out.end(), {1, 2, 3, 4});
    return out;
  };
  EXPECT_THAT(error_of(write([](hid_t creation) { H5Pset_fletcher32(creation); }, wrong_checksum)),
              testing::HasSubstr("a wrong checksum"));
}

TEST_F(ChunkDecoding, UnknownFilterIsNamed) {
  const std::string message =
      error_of(write(optional_filter(32013), [](const Bytes& plain) { return plain; }));
  EXPECT_THAT(message, testing::HasSubstr("32013"));
  EXPECT_THAT(message, testing::HasSubstr("HDF5_PLUGIN_PATH"));
}

TEST_F(ChunkDecoding, CompressionIsNamed) {
  EXPECT_EQ(DatasetFile::open(write(optional_filter(32015), zstd))->matrices().at(0).compression, "zstd");
  EXPECT_EQ(DatasetFile::open(write([](hid_t c) { H5Pset_shuffle(c), H5Pset_deflate(c, 1); }))
                ->matrices()
                .at(0)
                .compression,
            "gzip");
  EXPECT_EQ(DatasetFile::open(write([](hid_t c) { H5Pset_shuffle(c); }))->matrices().at(0).compression,
            "none");
}

}  // namespace
}  // namespace zerocell
