// Dictionaries in which training scripts keep a state dictionary beside other things.
#include <gmock/gmock.h>

#include <functional>

#include "checkpoint/checkpoint_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/checkpoint/checkpoint.h"
#include "zerocell/checkpoint/torch_writer.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::vector<float> kOne{1}, kTwo{2};
const std::vector<size_t> kShape{1};

/// {'weight': tensor}
void tensors(TorchWriter& out, const std::vector<float>& values) {
  out.begin_ordered_dict();
  out.text("weight");
  out.tensor(kShape, values);
  out.end_dict();
}

std::string write(const TemporaryFolder& folder, const std::function<void(TorchWriter&)>& content) {
  TorchWriter out;
  out.begin_dict();
  content(out);
  out.end_dict();
  out.write(folder.file("x.pt"));
  return folder.file("x.pt");
}

TEST(StateDict, IsTakenFromUnderTheUsualNamesAndThatIsSaid) {
  const TemporaryFolder folder;
  for (const char* name : {"state_dict", "model_state_dict", "model", "module"}) {
    SCOPED_TRACE(name);
    const auto checkpoint = Checkpoint::open(write(folder, [&](TorchWriter& out) {
      out.text("epoch");
      out.integer(3);
      out.text(name);
      tensors(out, kTwo);
    }));
    ASSERT_NE(checkpoint.find("weight"), nullptr);
    EXPECT_THAT(checkpoint.floats(*checkpoint.find("weight")).values, ElementsAre(2));
    EXPECT_THAT(checkpoint.notes(), ElementsAre(AllOf(HasSubstr("those under '" + std::string(name) + "'"),
                                                      HasSubstr("not read"), HasSubstr("'epoch'"))));
  }
  EXPECT_THAT(Checkpoint::open(golden("small.bin")).notes(), IsEmpty());
}

TEST(StateDict, IsTakenFromUnderTwoOfThem) {
  const TemporaryFolder folder;
  const auto checkpoint = Checkpoint::open(write(folder, [](TorchWriter& out) {
    out.text("model");
    out.begin_dict();
    out.text("state_dict");
    tensors(out, kTwo);
    out.end_dict();
  }));
  EXPECT_THAT(checkpoint.floats(*checkpoint.find("weight")).values, ElementsAre(2));
  EXPECT_THAT(checkpoint.notes(), ElementsAre(HasSubstr("'model' in 'state_dict'")));
}

TEST(StateDict, TwoThatDifferAreRefusedAndOneAloneIsRead) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of([&] {
                Checkpoint::open(write(folder, [](TorchWriter& out) {
                  out.text("state_dict");
                  tensors(out, kOne);
                  out.text("model");
                  tensors(out, kTwo);
                }));
              }),
              AllOf(HasSubstr("'state_dict' and 'model'"), HasSubstr("alone")));
  const auto alone = Checkpoint::open(write(folder, [](TorchWriter& out) {
    out.text("weight");
    out.tensor(kShape, kTwo);
  }));
  EXPECT_THAT(alone.floats(*alone.find("weight")).values, ElementsAre(2));
}

TEST(StateDict, NamesAndWrappersComeOffTogether) {
  const TemporaryFolder folder;
  const auto checkpoint = Checkpoint::open(write(folder, [](TorchWriter& out) {
    out.text("module");
    out.begin_dict();
    out.text("module._orig_mod.weight");
    out.tensor(kShape, kTwo);
    out.end_dict();
  }));
  EXPECT_NE(checkpoint.find("weight"), nullptr);
  EXPECT_THAT(checkpoint.notes(), ElementsAre(HasSubstr("under 'module'"), HasSubstr("1 of its 1 tensors")));
}

}  // namespace
}  // namespace zerocell
