#include "zerocell/checkpoint/pickle.h"

#include <gmock/gmock.h>

#include "checkpoint/checkpoint_fixture.h"
#include "zerocell/checkpoint/dictionary_parser.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Opcodes: Python's pickletools. A pickle here begins with PROTO 4 and ends with STOP.
std::string pickled(const std::string& operations) {
  return "\x80\x04" + operations + ".";
}
std::string text(const std::string& value) {
  return "X" + number(static_cast<uint32_t>(value.size())) + value;
}
std::string message(const std::string& bytes) {
  return message_of([&] { Pickle::parse(bytes_of(bytes), "x.pkl"); });
}
PickleValue root_of(const std::string& bytes) {
  return Pickle::parse(bytes_of(bytes), "x.pkl").root();
}

TEST(Pickle, PlainValues) {
  EXPECT_EQ(root_of(pickled("N")).kind, PickleKind::none);
  EXPECT_EQ(root_of(pickled("\x88")).integer, 1);
  EXPECT_EQ(root_of(pickled("K\x07")).integer, 7);
  EXPECT_EQ(root_of(pickled("M\x01\x02")).integer, 513);
  EXPECT_EQ(root_of(pickled("J\xff\xff\xff\xff")).integer, -1);
  EXPECT_EQ(root_of(pickled(std::string("\x8a\x00", 2))).integer, 0);
  EXPECT_EQ(root_of(pickled("\x8a\x02\x00\xff"[0] + std::string("\x02\x00\xff", 3))).integer, -256);
  EXPECT_EQ(root_of(pickled(std::string("G\x40\x04\0\0\0\0\0\0", 9))).real, 2.5);
  EXPECT_EQ(root_of(pickled("K\x01K\x02\x86")).items.size(), 2u);
  EXPECT_EQ(root_of(pickled("](K\x01K\x02K\x03"
                            "e"))
                .items.size(),
            3u);
}

TEST(Pickle, DictionaryAndMemo) {
  const std::string bytes =
      pickled("}(" + text("a") + "\x94K\x05" + text("b") + "h" + std::string(1, '\0') + "u");
  const Pickle pickle = Pickle::parse(bytes_of(bytes), "x.pkl");
  ASSERT_NE(pickle.find(pickle.root(), "a"), nullptr);
  EXPECT_EQ(pickle.find(pickle.root(), "a")->integer, 5);
  EXPECT_EQ(pickle.find(pickle.root(), "b")->text, "a");
  EXPECT_EQ(pickle.find(pickle.root(), "c"), nullptr);
  EXPECT_EQ(pickle.n_bytes(), bytes.size());
}

TEST(Pickle, WhatFollowsIsLeft) {
  const std::string bytes = pickled("N");
  EXPECT_EQ(Pickle::parse(bytes_of(bytes + "more"), "x.pkl").n_bytes(), bytes.size());
}

TEST(Pickle, CodeIsRefusedByName) {
  // os.system("touch ...") as pickle.dumps writes it, in protocol 2 and 4, and spelled as pickletools allows.
  for (const std::string& call :
       {pickled("cposix\nsystem\n" + text("echo unsafe") + "\x85R"),
        pickled(text("posix") + text("system") + "\x93" + text("echo unsafe") + "\x85R")})
    EXPECT_THAT(message(call), AllOf(HasSubstr("x.pkl"), HasSubstr("'posix.system'"),
                                     HasSubstr("nothing was run"), HasSubstr("safetensors")));
  EXPECT_THAT(message(pickled("cbuiltins\neval\n")), HasSubstr("'builtins.eval'"));
  EXPECT_THAT(message(pickled("ctorch\nload\n")), HasSubstr("'torch.load'"));
  EXPECT_THAT(message(pickled("c__builtin__\ngetattr\n")), HasSubstr("'__builtin__.getattr'"));
  EXPECT_THAT(message(pickled("c" + std::string(100000, 'a') + "\n" + "\x1b[31m\nN")), HasSubstr("…"));
  EXPECT_EQ(message(pickled("c" + std::string(9, 'a') + "\n\x1b[31m\n")).find('\x1b'), std::string::npos);
}

TEST(Pickle, OperationsThatBuildObjectsAreRefused) {
  // INST, OBJ, NEWOBJ, NEWOBJ_EX, EXT1, PERSID, BYTEARRAY8, NEXT_BUFFER
  for (const char opcode : {'i', 'o', '\x81', '\x92', '\x82', 'P', '\x96', '\x97'})
    EXPECT_THAT(message(pickled(std::string("N") + opcode)), HasSubstr("which plain values do not need"));
}

TEST(Pickle, CallsOfTheRightNamesWithWrongArguments) {
  EXPECT_THAT(message(pickled("ccollections\nOrderedDict\n(K\x01tR")), HasSubstr("with arguments"));
  EXPECT_THAT(message(pickled("ctorch\nFloatStorage\n)R")), HasSubstr("a call of 'FloatStorage'"));
  EXPECT_THAT(message(pickled("cnumpy\ndtype\n)R")), HasSubstr("other arguments"));
  EXPECT_THAT(message(pickled("ctorch._utils\n_rebuild_parameter\nN\x85R")), HasSubstr("other arguments"));
  EXPECT_THAT(message(pickled("K\x01)R")), HasSubstr("a call of no function"));
  EXPECT_THAT(message(pickled("K\x01Q")), HasSubstr("a storage without"));
  EXPECT_THAT(message(pickled("K\x01)b")), HasSubstr("attributes"));
  const std::string u16 = "cnumpy\ndtype\n" + text("U10") + "\x85R";
  EXPECT_THAT(message(pickled("cnumpy.core.multiarray\nscalar\n" + u16 +
                              "C\x01"
                              "a\x86R")),
              HasSubstr("'U10'"));
}

TEST(Pickle, BigEndianScalar) {
  const std::string dtype = "cnumpy\ndtype\n" + text("i2") + "\x85R(K\x03" + text(">") + "tb";
  EXPECT_EQ(
      root_of(pickled("cnumpy.core.multiarray\nscalar\n" + dtype + std::string("C\x02\x01\x00", 4) + "\x86R"))
          .integer,
      256);
}

TEST(Pickle, StackAndMemoOutOfBounds) {
  for (const char* operations :
       {"",  "0", "1",    "2",    "\x85",  "\x87",  "t",          "e", "u",  "a",   "s",  "R",
        "b", "Q", "\x93", "\x94", "q\x01", "h\x01", "K\x01K\x02", "(", "(N", "N(s", "N(R"})
    EXPECT_NE(message(pickled(operations)), "no error") << operations;
  EXPECT_THAT(message(pickled("Nr\xff\xff\xff\xff")), HasSubstr("memo"));
  EXPECT_THAT(message(pickled("j\xff\xff\xff\x7f")), HasSubstr("memo"));
  EXPECT_THAT(message(pickled("X\xff\xff\xff\xff")), HasSubstr("the end"));
  EXPECT_THAT(message(pickled("\x8d\xff\xff\xff\xff\xff\xff\xff\xff")), HasSubstr("the end"));
  EXPECT_THAT(message(pickled("\x8a\x09"
                              "123456789")),
              HasSubstr("beyond 64 bits"));
  EXPECT_THAT(message(pickled("X\x01" + std::string("\0\0\0\xff", 4))), HasSubstr("not UTF-8"));
}

TEST(Pickle, OtherProtocols) {
  EXPECT_THAT(message("(lp0\n."), HasSubstr("another first byte"));
  EXPECT_THAT(message("\x80\x06N."), HasSubstr("protocol 6"));
  EXPECT_THAT(message("\x80\x01N."), HasSubstr("protocol 1"));
  EXPECT_THAT(message(""), HasSubstr("another first byte"));
}

/// A list that holds the one before twice, 60 times: 2^60 elements for whoever walks through it.
TEST(Pickle, MemoBombStaysSmall) {
  std::string operations = "]\x94";
  for (char level = 1; level <= 60; ++level)
    operations +=
        std::string("](h") + static_cast<char>(level - 1) + "h" + static_cast<char>(level - 1) + "e\x94";
  const std::string bytes = "\x80\x04" + operations + ".";
  // Every level but the last is left on the stack below the next one; a tuple takes them all.
  const std::string all = "\x80\x04(" + operations + "t.";
  EXPECT_THAT(message(bytes), HasSubstr("values left over"));
  const Pickle pickle = Pickle::parse(bytes_of(all), "x.pkl");
  EXPECT_EQ(pickle.root().items.size(), 61u);
  EXPECT_LT(pickle.values().size(), 70u);
}

TEST(Pickle, ListThatHoldsItself) {
  const std::string bytes = pickled(std::string("]\x94h\0a", 5));
  const Pickle pickle = Pickle::parse(bytes_of(bytes), "x.pkl");
  EXPECT_EQ(&pickle.item(pickle.root(), 0), &pickle.root());
}

TEST(Pickle, DeepNestingNeedsNoRecursion) {
  constexpr size_t kDepth = 300000;
  const Pickle pickle = Pickle::parse(bytes_of(pickled(")" + std::string(kDepth, '\x85'))), "x.pkl");
  EXPECT_EQ(pickle.values().size(), kDepth + 1);
}

TEST(Pickle, ValuesAreBounded) {
  EXPECT_THAT(message(pickled(std::string((size_t{1} << 22) + 1, 'N'))),
              HasSubstr("more than 4194304 values"));
}

TEST(Pickle, EncodedBytesCannotOutgrowTheFile) {
  std::string operations =
      "(c_codecs\nencode\n\x94" + text(std::string(1000, 'a')) + "\x94" + text("latin1") + "\x94";
  for (int i = 0; i < 1000; ++i) operations += std::string("h\0h\1h\2\x86R", 8);
  EXPECT_THAT(message(pickled(operations + "t")), HasSubstr("more bytes than the file holds"));
}

TEST(Dictionary, TextNamedAgainAndAgainCannotOutgrowTheFile) {
  std::string operations = "}(" + text("k") + text(std::string(20000, 'a')) + "\x94";
  for (int i = 0; i < 2000; ++i) operations += text(std::to_string(i)) + std::string("h\0", 2);
  const std::string bytes = pickled(operations + "u");
  EXPECT_THAT(message_of([&] { parse_dictionary(bytes_of(bytes), "x.pkl"); }), HasSubstr("far more text"));
}

TEST(Dictionary, WhatIsNoFlatDictionary) {
  const auto found = [](const std::string& bytes) {
    return message_of([&] { parse_dictionary(bytes_of(bytes), "x"); });
  };
  EXPECT_THAT(found(pickled("K\x01")), HasSubstr("a pickle of something else"));
  EXPECT_THAT(found(pickled("}K\x01K\x02s")), HasSubstr("a key that is no text"));
  EXPECT_THAT(found(pickled("}" + text("a") + "]s")), HasSubstr("value for 'a' that is neither"));
  EXPECT_THAT(found(pickled("}" + text("a") + "\x88s")), HasSubstr("value for 'a' that is neither"));
  EXPECT_THAT(found(pickled("}" + text("a") + "Ns" + text("a") + "Ns")), HasSubstr("neither"));
  EXPECT_THAT(found(pickled("}" + text("a") + "K\x01s" + text("a") + "K\x01s")), HasSubstr("'a' twice"));
  EXPECT_THAT(found(pickled("}") + "x"), HasSubstr("more bytes"));
  EXPECT_THAT(found(""), HasSubstr("an empty file"));
  EXPECT_THAT(found("ENSG1,5\n"), HasSubstr("something else"));
  EXPECT_THAT(found("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("git lfs pull"));
  EXPECT_THAT(found("{\"a\": 1, \"a\": 2}"), HasSubstr("'a' twice"));
  EXPECT_THAT(found("{\"a\": null}"), HasSubstr("null for 'a'"));
  EXPECT_THAT(found("{\"a\": true}"), HasSubstr("a truth value for 'a'"));
  EXPECT_THAT(found("{\"a\": [1]}"), HasSubstr("a list for 'a'"));
  EXPECT_THAT(found("{\"a\": {\"b\": 1}}"), HasSubstr("an object for 'a'"));
  EXPECT_THAT(found("{\"a\": 18446744073709551615}"), HasSubstr("beyond 64 bits"));
  EXPECT_THAT(found("{\"a\": 1"), HasSubstr("parse error"));
  EXPECT_THAT(found("{\"a\": 1e999}"), HasSubstr("number overflow"));
  EXPECT_EQ(found("{}"), "no error");
}

}  // namespace
}  // namespace zerocell
