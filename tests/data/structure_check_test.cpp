// Files whose structures were changed by hand so that HDF5 1.10 ends the program, or never comes back, if it
// is given them: each is one Error that names the file and the entry.
#include "zerocell/data/structure_check.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/h5ad_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Booleans in chunks, numbers in chunks, and a group of names.
std::string sound_file(const TemporaryFolder& folder) {
  const std::string path = folder.file("sound.h5");
  hdf5::File file = hdf5::File::create(path);
  hdf5::Group root = file.root();
  const std::vector<uint8_t> flags{0, 1, 1, 0};
  root.write_booleans("flags", flags);
  const std::vector<float> numbers{1, 2, 3, 4};
  const uint64_t n = numbers.size();
  root.write_array<float>("numbers", std::span<const float>(numbers), {&n, 1});
  hdf5::Group group = root.create_group("group");
  group.write_scalar("member", int64_t{7});
  file.close();
  return path;
}

/// Reads everything that sound_file writes.
void read_all(const std::string& path) {
  const hdf5::Group root = hdf5::File::open(path).root();
  EXPECT_EQ(root.dataset("flags").read_booleans(), (std::vector<uint8_t>{0, 1, 1, 0}));
  EXPECT_EQ(root.dataset("numbers").read<float>(), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(root.group("group").dataset("member").read<int64_t>(), std::vector<int64_t>{7});
  EXPECT_EQ(root.names(), (std::vector<std::string>{"flags", "group", "numbers"}));
}

std::string message_of(const std::string& path,
                       const std::function<void(const std::string&)>& read = read_all) {
  try {
    read(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  return "no error";
}

size_t find_bytes(const std::string& bytes, const std::string& wanted, size_t from = 0) {
  const size_t at = bytes.find(wanted, from);
  EXPECT_NE(at, std::string::npos);
  return at;
}

void put(std::string& bytes, size_t at, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i));
}

/// Where the enumeration of the booleans begins: class 8, version 1, two members, one byte.
size_t enumeration(const std::string& bytes) {
  return find_bytes(bytes, std::string("\x18\x02\0\0\x01\0\0\0", 8));
}

class DamagedStructure : public testing::Test {
 protected:
  std::string message(const std::function<void(std::string&)>& damage) {
    std::string bytes = read_text(sound_file(folder_));
    damage(bytes);
    return message_of(folder_.write("damaged.h5", bytes));
  }

  TemporaryFolder folder_;
};

TEST_F(DamagedStructure, TheSoundFileReads) {
  read_all(sound_file(folder_));
}

TEST_F(DamagedStructure, AnEnumerationWithMoreMembersThanItHolds) {
  EXPECT_THAT(message([](std::string& bytes) { put(bytes, enumeration(bytes) + 1, 0xffff, 2); }),
              AllOf(HasSubstr("damaged.h5, entry flags"), HasSubstr("datatype")));
}

TEST_F(DamagedStructure, AnEnumerationOfVeryWideNumbers) {
  EXPECT_THAT(message([](std::string& bytes) { put(bytes, enumeration(bytes) + 12, 0x00ffffff, 4); }),
              HasSubstr("a number of 16777215 bytes"));
}

TEST_F(DamagedStructure, AnEnumerationOfOtherSizeThanItsNumbers) {
  EXPECT_THAT(message([](std::string& bytes) { put(bytes, enumeration(bytes) + 4, 4, 4); }),
              HasSubstr("whole numbers of its size"));
}

TEST_F(DamagedStructure, AnEnumerationWhoseNamesDoNotEnd) {
  EXPECT_THAT(message([](std::string& bytes) {
                const size_t names = find_bytes(bytes, "FALSE", enumeration(bytes));
                for (size_t at = names; at < names + 64; ++at) bytes[at] = 'x';
              }),
              HasSubstr("damaged.h5"));
}

TEST_F(DamagedStructure, ChunksOfNoElements) {
  EXPECT_THAT(message([](std::string& bytes) {
                // Layout of version 3, chunked, two dimensions: four elements of one byte.
                const size_t layout = find_bytes(bytes, std::string("\x03\x02\x02", 3));
                put(bytes, layout + 11, 0, 4);
              }),
              HasSubstr("chunks of 0 x"));
}

TEST_F(DamagedStructure, ATreeOfChunksThatLeadsToItself) {
  EXPECT_THAT(message([](std::string& bytes) {
                const size_t tree = find_bytes(bytes, std::string("TREE\x01\0", 6));
                bytes[tree + 5] = 1;                  // its children are trees
                put(bytes, tree + 24 + 24, tree, 8);  // the first child: itself
              }),
              AllOf(HasSubstr("B-tree"), HasSubstr("a node of level 1")));
}

TEST_F(DamagedStructure, ATreeOfNamesThatLeadsToItself) {
  EXPECT_THAT(message([](std::string& bytes) {
                const size_t tree = find_bytes(bytes, std::string("TREE\0\0", 6));
                bytes[tree + 5] = 1;
                put(bytes, tree + 24 + 8, tree, 8);
              }),
              HasSubstr("a node of level 1"));
}

TEST_F(DamagedStructure, MoreNamesThanANodeHolds) {
  EXPECT_THAT(message([](std::string& bytes) { put(bytes, find_bytes(bytes, "SNOD") + 6, 0xffff, 2); }),
              HasSubstr("65535 names where 8 have room"));
}

TEST_F(DamagedStructure, ANameOutsideItsHeap) {
  EXPECT_THAT(message([](std::string& bytes) { put(bytes, find_bytes(bytes, "SNOD") + 8, 1u << 20, 8); }),
              HasSubstr("a name at 1048576"));
}

TEST_F(DamagedStructure, FreeBlocksInACircle) {
  EXPECT_THAT(message([](std::string& bytes) {
                const size_t heap = find_bytes(bytes, "HEAP");
                uint64_t data = 0;
                for (size_t i = 8; i-- > 0;) data = data << 8 | static_cast<uint8_t>(bytes[heap + 24 + i]);
                put(bytes, heap + 16, 32, 8);  // the first free block
                put(bytes, data + 32, 32, 8);  // the next one: itself
                put(bytes, data + 40, 16, 8);
              }),
              HasSubstr("in a circle"));
}

TEST_F(DamagedStructure, SizesOfFourBytes) {
  EXPECT_THAT(message([](std::string& bytes) { bytes[13] = 4; }), HasSubstr("addresses of 4 bytes"));
}

TEST_F(DamagedStructure, ARootGroupOutsideTheFile) {
  EXPECT_THAT(message([](std::string& bytes) { put(bytes, 64, uint64_t{1} << 40, 8); }),
              HasSubstr("object header at byte 1099511627776"));
}

TEST_F(DamagedStructure, AFillValueOfAnotherSize) {
  const std::string path = folder_.file("fill.h5");
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate(H5S_SCALAR);
  const int32_t fill = 0x11223344;
  H5Pset_fill_value(creation, H5T_NATIVE_INT32, &fill);
  H5Dclose(H5Dcreate2(file, "x", H5T_STD_I32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
  H5Sclose(space);
  H5Pclose(creation);
  H5Fclose(file);
  const auto read = [](const std::string& name) {
    hdf5::File::open(name).root().dataset("x").read<int32_t>();
  };
  read(path);
  std::string bytes = read_text(path);
  // The size stands before the value.
  put(bytes, find_bytes(bytes, std::string("\x04\0\0\0\x44\x33\x22\x11", 8)), 2, 4);
  EXPECT_THAT(message_of(folder_.write("damaged.h5", bytes), read),
              HasSubstr("a fill value of 2 bytes for elements of 4"));
}

/// Objects in the form of HDF5 1.8 and later keep many attributes and links in heaps of their own.
class NewFormat : public testing::Test {
 protected:
  std::string write(hsize_t user_block = 0) {
    const std::string path = folder_.file("new.h5");
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS), creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    H5Pset_userblock(creation, user_block);
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access);
    const hid_t scalar = H5Screate(H5S_SCALAR), text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, H5T_VARIABLE);
    for (int i = 0; i < 40; ++i) {
      const std::string name = "name_" + std::to_string(i), value = "value " + std::to_string(i);
      const char* pointer = value.c_str();
      const hid_t attribute = H5Acreate2(file, name.c_str(), text, scalar, H5P_DEFAULT, H5P_DEFAULT);
      H5Awrite(attribute, text, &pointer);
      H5Aclose(attribute);
      H5Gclose(
          H5Gcreate2(file, ("group_" + std::to_string(i)).c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    }
    // Longer than what a heap keeps in its blocks.
    const std::vector<int64_t> numbers(3000, 5);
    const hsize_t n = numbers.size();
    const hid_t space = H5Screate_simple(1, &n, nullptr);
    const hid_t attribute = H5Acreate2(file, "numbers", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_INT64, numbers.data());
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(text);
    H5Sclose(scalar);
    H5Fclose(file);
    H5Pclose(creation);
    H5Pclose(access);
    return path;
  }

  TemporaryFolder folder_;
};

void read_new(const std::string& path) {
  const hdf5::Group root = hdf5::File::open(path).root();
  for (int i = 0; i < 40; ++i)
    EXPECT_EQ(root.text_attribute("name_" + std::to_string(i)), "value " + std::to_string(i));
  EXPECT_EQ(root.integers_attribute("numbers"), std::vector<int64_t>(3000, 5));
  EXPECT_EQ(root.names().size(), 40u);
  EXPECT_TRUE(root.is_group("group_39"));
}

TEST_F(NewFormat, ManyAttributesAndLinksRead) {
  read_new(write());
  read_new(write(1024));  // behind a block that is the user's
}

TEST_F(NewFormat, EveryDamagedByteIsAnErrorOrNone) {
  const std::string sound = read_text(write());
  for (const char* structure : {"FRHP", "FHDB", "FHIB", "BTHD", "BTLF", "OHDR"}) {
    const size_t begin = find_bytes(sound, structure);
    for (size_t at = begin; at < std::min(begin + 160, sound.size()); ++at) {
      std::string bytes = sound;
      bytes[at] = static_cast<char>(bytes[at] ^ 0x41);
      try {
        const hdf5::Group root = hdf5::File::open(folder_.write("flip.h5", bytes)).root();
        root.names();
        root.text_attribute("name_7");
        root.integers_attribute("numbers");
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::data) << structure << " " << at - begin;
      }
    }
  }
}

/// A file whose X is made by `make`.
std::string with_x(const TemporaryFolder& folder, const std::function<void(hid_t root)>& make) {
  const std::string path = folder.file("linked.h5ad");
  hdf5::File file = create_h5ad(path, 3, 2);
  make(file.root().id());
  file.close();
  return path;
}

std::string open_message(const std::string& path) {
  return message_of(path, [](const std::string& name) { DatasetFile::open(name)->matrices(); });
}

TEST(ForeignValues, VirtualDatasetsAreRefusedByName) {
  TemporaryFolder folder;
  const std::string path = with_x(folder, [](hid_t root) {
    const hsize_t dims[] = {3, 2};
    const hid_t space = H5Screate_simple(2, dims, nullptr), creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_virtual(creation, space, ".", "/X", space);  // itself: the library never comes back
    H5Dclose(H5Dcreate2(root, "X", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Pclose(creation);
    H5Sclose(space);
  });
  EXPECT_THAT(open_message(path), AllOf(HasSubstr("entry X"), HasSubstr("a virtual dataset")));
}

TEST(ForeignValues, ExternalStorageIsRefusedByName) {
  TemporaryFolder folder;
  const std::string secret = folder.write("secret", std::string(24, 's'));
  const std::string path = with_x(folder, [&](hid_t root) {
    const hsize_t dims[] = {3, 2};
    const hid_t space = H5Screate_simple(2, dims, nullptr), creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(creation, secret.c_str(), 0, 24);
    H5Dclose(H5Dcreate2(root, "X", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Pclose(creation);
    H5Sclose(space);
  });
  EXPECT_THAT(open_message(path), AllOf(HasSubstr("entry X"), HasSubstr("external storage")));
}

TEST(ForeignValues, ExternalLinksAreRefusedByName) {
  TemporaryFolder folder;
  const std::string path = with_x(folder, [](hid_t root) {
    H5Lcreate_external("other.h5ad", "/X", root, "X", H5P_DEFAULT, H5P_DEFAULT);
  });
  EXPECT_THAT(open_message(path), AllOf(HasSubstr("entry X"), HasSubstr("a link to another file")));
}

TEST(Links, SoftLinksInACircleAreOneError) {
  TemporaryFolder folder;
  const std::string path = with_x(folder, [](hid_t root) {
    H5Lcreate_soft("/Y", root, "X", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/X", root, "Y", H5P_DEFAULT, H5P_DEFAULT);
  });
  EXPECT_THAT(open_message(path), AllOf(HasSubstr("entry X"), HasSubstr("in a circle")));
}

TEST(Links, SoftLinksInsideTheFileAreFollowed) {
  TemporaryFolder folder;
  const std::string path = with_x(folder, [](hid_t root) {
    const hsize_t dims[] = {3, 2};
    const hid_t space = H5Screate_simple(2, dims, nullptr);
    const hid_t group = H5Gcreate2(root, "data", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dclose(H5Dcreate2(group, "m", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Lcreate_soft("m", group, "alias", H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(group);
    H5Sclose(space);
    H5Lcreate_soft("/data/alias", root, "X", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/nowhere", root, "layers", H5P_DEFAULT, H5P_DEFAULT);  // as if it were not there
  });
  EXPECT_EQ(DatasetFile::open(path)->matrices().size(), 1u);
}

TEST(DeclaredSizes, AChunkLargerThanItsBytesIsRefused) {
  TemporaryFolder folder;
  const std::string path = with_x(folder, [](hid_t root) {
    const hsize_t dims[] = {3, 2}, chunk[] = {30000, 30000}, no_end[] = {H5S_UNLIMITED, H5S_UNLIMITED};
    const hid_t space = H5Screate_simple(2, dims, no_end), creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 2, chunk);
    H5Pset_deflate(creation, 1);
    H5Dclose(H5Dcreate2(root, "X", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Pclose(creation);
    H5Sclose(space);
  });
  EXPECT_THAT(
      message_of(path,
                 [](const std::string& name) { hdf5::File::open(name).root().dataset("X").read<float>(); }),
      HasSubstr("3600000000 bytes"));
}

}  // namespace
}  // namespace zerocell
