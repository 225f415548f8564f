#include "zerocell/checkpoint/plain_weights.h"

#include <gmock/gmock.h>

#include "checkpoint/checkpoint_fixture.h"
#include "data/temporary_folder.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string message(const std::string& name) {
  const std::vector<StoredTensor> tensors{
      {.name = "bert.embeddings.LayerNorm.bias", .shape = {}, .strides = {}, .storage = {}},
      {.name = name, .shape = {}, .strides = {}, .storage = {}}};
  return message_of([&] { require_plain_weights(tensors, "x.bin"); });
}

// Names as peft 0.13, bitsandbytes 0.44, AutoGPTQ and PyTorch's FSDP write them.
TEST(PlainWeights, AdaptersAreRefusedWithTheWayOut) {
  const std::string layer = "base_model.model.bert.encoder.layer.0.attention.self.query.";
  for (const std::string& name :
       {layer + "lora_A.default.weight", layer + "lora_B.weight", layer + "lora_magnitude_vector",
        layer + "base_layer.weight", std::string("embeddings.lora_embedding_A.default"),
        std::string("classifier.modules_to_save.default.weight"), layer + "ia3_l", layer + "hada_w1_a",
        std::string("bert.encoder.layer.0.output.adapters.x.adapter_up.weight")})
    EXPECT_THAT(message(name), AllOf(HasSubstr("x.bin"), HasSubstr("1 tensors of adapters such as LoRA"),
                                     HasSubstr(name.substr(0, 20)), HasSubstr("merge_and_unload()")))
        << name;
}

TEST(PlainWeights, QuantisedAndFlattenedOnesAreRefused) {
  const std::string layer = "bert.encoder.layer.0.output.dense.";
  for (const std::string& name :
       {layer + "SCB", layer + "weight.absmax", layer + "weight.quant_map", layer + "qweight",
        layer + "g_idx", layer + "weight.quant_state.bitsandbytes__nf4",
        layer + "_packed_params._packed_params"})
    EXPECT_THAT(message(name), AllOf(HasSubstr("quantised"), HasSubstr("before they were quantised")))
        << name;
  EXPECT_THAT(message("bert.encoder._flat_param"), HasSubstr("FULL_STATE_DICT"));
}

TEST(PlainWeights, OrdinaryNamesAreNone) {
  for (const char* name : {"bert.encoder.layer.0.output.dense.weight", "cls.predictions.decoder.bias",
                           "transformer_encoder.layers.0.self_attn._impl.Wqkv.weight", "explora_x.weight",
                           "decoder.zero_logit.0.weight", "z_encoder.encoder.fc_layers.Layer 0.0.weight"})
    EXPECT_EQ(message(name), "no error") << name;
}

}  // namespace
}  // namespace zerocell
