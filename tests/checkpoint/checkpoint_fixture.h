#pragma once
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "zerocell/core/error.h"

namespace zerocell {

inline std::string golden(const std::string& name) {
  return std::string(ZEROCELL_SOURCE_DIR "/tests/golden/checkpoint/") + name;
}

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// A number as it lies in a file, little-endian.
template <class T>
std::string number(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// The message of the Error(data) that `action` throws; "no error" where it throws none.
template <class Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
    return error.what();
  }
  return "no error";
}

}  // namespace zerocell
