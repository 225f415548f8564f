#include "zerocell/study/make_backend.h"

#include <gmock/gmock.h>

namespace zerocell {
namespace {

std::string refusal(const std::string& device) {
  try {
    (void)make_backend(device, Precision::float32);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  return "";
}

TEST(MakeBackend, TheProcessorIsItsOwnBackend) {
  EXPECT_EQ(make_backend("cpu", Precision::float32)->description(), make_cpu_backend()->description());
}

TEST(MakeBackend, AutoIsTheGpuOrElseTheProcessor) {
  const auto description = make_backend("auto", Precision::float32)->description();
  EXPECT_THAT(description, testing::StartsWith(refusal("cuda").empty() ? "cuda:0" : "cpu"));
}

TEST(MakeBackend, UnknownDevicesAreRefused) {
  EXPECT_THAT(refusal("gpu"), testing::HasSubstr("cuda:N"));
  EXPECT_NE(refusal("cuda:x"), "");
}

TEST(MakeBackend, ABuildForTheProcessorSaysHowToBuildForAGpu) {
  const auto message = refusal("cuda");
  if (message.empty()) GTEST_SKIP() << "a GPU is there";
  EXPECT_THAT(message,
              testing::AnyOf(testing::HasSubstr("-DZEROCELL_TORCH=ON"), testing::HasSubstr("LibTorch")));
}

}  // namespace
}  // namespace zerocell
