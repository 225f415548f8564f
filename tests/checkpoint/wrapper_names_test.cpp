#include "zerocell/checkpoint/wrapper_names.h"

#include <gmock/gmock.h>

#include "checkpoint/checkpoint_fixture.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(WrapperNames, ComeOffInFrontAndInTheMiddle) {
  for (const char* front :
       {"", "module.", "_orig_mod.", "model.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.",
        "_forward_module.", "module._orig_mod.", "_orig_mod.module.", "model._orig_mod.module.",
        "module.module.", "model.model.", "module.model.", "_fsdp_wrapped_module._orig_mod.module.model."})
    EXPECT_EQ(without_wrappers(std::string(front) + "bert.encoder.layer.0.bias"), "bert.encoder.layer.0.bias")
        << front;
  EXPECT_EQ(without_wrappers("bert.encoder._orig_mod.layer.0._fsdp_wrapped_module.bias"),
            "bert.encoder.layer.0.bias");
  EXPECT_EQ(without_wrappers("bert.module.encoder.weight"), "bert.encoder.weight");
}

TEST(WrapperNames, WhatIsNoWrapperStays) {
  for (const char* name : {"bert.model.weight", "encoder.module", "model", "module", "submodule.weight",
                           "model_ema.weight", "_orig_modx.weight", "", ".", "a..b", "weight."})
    EXPECT_EQ(without_wrappers(name), name);
  EXPECT_EQ(without_wrappers("module.module"), "module");
  EXPECT_EQ(without_wrappers("model."), "model.");
}

std::vector<StoredTensor> tensors(const std::vector<std::string>& names) {
  std::vector<StoredTensor> list;
  for (const auto& name : names) list.push_back({.name = name, .shape = {}, .strides = {}, .storage = {}});
  return list;
}

TEST(WrapperNames, AreSaidAndSortedAgain) {
  auto list = tensors({"b.weight", "module.a.weight", "module._orig_mod.z"});
  EXPECT_THAT(unwrap_names(list, "best_model.pt"),
              AllOf(HasSubstr("best_model.pt"), HasSubstr("2 of its 3 tensors"), HasSubstr("'module.'"),
                    HasSubstr("'_orig_mod.'"), Not(HasSubstr("'model.'"))));
  ASSERT_EQ(list.size(), 3u);
  EXPECT_THAT((std::vector{list[0].name, list[1].name, list[2].name}),
              ElementsAre("a.weight", "b.weight", "z"));
  EXPECT_EQ(unwrap_names(list, "best_model.pt"), "");
}

TEST(WrapperNames, TwoNamesThatBecomeOneAreRefused) {
  auto list = tensors({"a.weight", "module.a.weight"});
  EXPECT_THAT(
      message_of([&] { unwrap_names(list, "x.pt"); }),
      AllOf(HasSubstr("x.pt"), HasSubstr("'a.weight' and 'module.a.weight'"), HasSubstr("state_dict()")));
}

}  // namespace
}  // namespace zerocell
