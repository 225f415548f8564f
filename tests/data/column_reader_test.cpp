// What a column is made of when codes and numbers stand for missing values. Columns of files that other
// programs wrote are in reader_corpus_test.cpp.
#include "zerocell/data/column_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <limits>

#include "data/h5ad_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A file of n cells whose obs has the columns listed, which the caller writes.
hdf5::File create_with_columns(const std::string& path, size_t n, const std::vector<std::string>& columns) {
  hdf5::File file = hdf5::File::create(path);
  hdf5::Group root = file.root();
  write_names(root, "var", 1);
  hdf5::Group obs = root.create_group("obs");
  obs.write_attribute("encoding-type", "dataframe");
  obs.write_attribute("_index", "_index");
  obs.write_attribute("column-order", columns);
  std::vector<std::string> names;
  for (size_t i = 0; i < n; ++i) names.push_back("c" + std::to_string(i));
  obs.write_strings("_index", names);
  return file;
}

class ColumnReader : public testing::Test {
 protected:
  /// obs/group of categories a and b (or numbers) with these codes, as it is read.
  template <class Code>
  Column categorical(const std::vector<Code>& codes, bool number_categories = false) {
    const std::string path = folder_.file("columns.h5ad");
    {
      hdf5::File file = create_with_columns(path, codes.size(), {"group"});
      hdf5::Group root = file.root(), obs = root.group("obs");
      hdf5::Group group = obs.create_group("group");
      group.write_attribute("encoding-type", "categorical");
      const uint64_t n = codes.size(), two = 2;
      group.write_array<Code>("codes", std::span<const Code>(codes), {&n, 1});
      const std::vector<int32_t> numbers = {7, -2147483648};
      if (number_categories)
        group.write_array<int32_t>("categories", std::span<const int32_t>(numbers), {&two, 1});
      else
        group.write_strings("categories", {"a", "b"});
    }
    return DatasetFile::open(path)->obs_column("group");
  }

  TemporaryFolder folder_;
};

std::vector<int32_t> codes_of(const Column& column) {
  return std::get<Categorical>(column.values).codes;
}

TEST_F(ColumnReader, MinusOneOfATypeWithoutSignIsMissing) {
  const auto bytes = categorical<uint8_t>({0, 255, 1, 255});
  EXPECT_EQ(codes_of(bytes), (std::vector<int32_t>{0, -1, 1, -1}));
  EXPECT_THAT(bytes.notes,
              ElementsAre(HasSubstr("the code of 2 cells is 255, which programs write for a missing")));
  EXPECT_EQ(codes_of(categorical<uint16_t>({0, 65535})), (std::vector<int32_t>{0, -1}));
  EXPECT_EQ(codes_of(categorical<uint32_t>({1, 4294967295u})), (std::vector<int32_t>{1, -1}));
  EXPECT_EQ(codes_of(categorical<uint64_t>({1, UINT64_MAX})), (std::vector<int32_t>{1, -1}));
}

TEST_F(ColumnReader, RsMissingIntegerIsAMissingCode) {
  EXPECT_EQ(codes_of(categorical<int32_t>({0, INT32_MIN, 1})), (std::vector<int32_t>{0, -1, 1}));
  EXPECT_EQ(codes_of(categorical<int64_t>({0, INT32_MIN, INT64_MIN})), (std::vector<int32_t>{0, -1, -1}));
}

TEST_F(ColumnReader, OtherCodesAreDamageAndMinusOneIsSilent) {
  EXPECT_THAT(categorical<int8_t>({0, -1}).notes, IsEmpty());
  EXPECT_THROW(categorical<int32_t>({0, 2}), Error);
  EXPECT_THROW(categorical<int32_t>({0, 255}), Error) << "only of uint8 is that -1";
  EXPECT_THROW(categorical<int32_t>({0, -2}), Error);
  EXPECT_THROW(categorical<uint8_t>({0, 254}), Error);
}

TEST_F(ColumnReader, CategoriesKeepTheirType) {
  EXPECT_EQ(std::get<Categorical>(categorical<int8_t>({0, 1}).values).type, CategoryType::text);
  EXPECT_EQ(std::get<Categorical>(categorical<int8_t>({0, 1}, true).values).type, CategoryType::number);
  EXPECT_EQ(categorical<int8_t>({0, 1}, true).as_categorical().type, CategoryType::number);
}

TEST_F(ColumnReader, Float32IsKnownAsSuch) {
  const std::string path = folder_.file("numbers.h5ad");
  {
    hdf5::File file = create_with_columns(path, 2, {"single", "real"});
    hdf5::Group root = file.root(), obs = root.group("obs");
    const uint64_t two = 2;
    const std::vector<float> single = {0.1f, 0.2f};
    const std::vector<double> real = {0.1, 0.2};
    obs.write_array<float>("single", std::span<const float>(single), {&two, 1});
    obs.write_array<double>("real", std::span<const double>(real), {&two, 1});
  }
  const auto file = DatasetFile::open(path);
  EXPECT_EQ(file->obs_column("single").as_categorical().categories, (std::vector<std::string>{"0.1", "0.2"}));
  EXPECT_FALSE(file->obs_column("real").is_float32);
}

TEST(ColumnLinks, AColumnThatIsItsOwnListOfCategories) {
  const TemporaryFolder folder;
  const std::string path = folder.file("cells.h5ad");
  {
    hdf5::File file = create_with_columns(path, 2, {"type"});
    hdf5::Group column = file.root().group("obs").create_group("type");
    column.write_attribute("encoding-type", "categorical");
    const uint64_t n = 2;
    column.write_array<int8_t>("codes", std::vector<int8_t>{0, 0}, {&n, 1});
    ASSERT_GE(H5Lcreate_hard(column.id(), ".", column.id(), "categories", H5P_DEFAULT, H5P_DEFAULT), 0);
  }
  const auto file = DatasetFile::open(path);
  try {
    file->obs_column("type");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("categories of categories"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace zerocell
