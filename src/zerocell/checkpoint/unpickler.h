#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/checkpoint/pickle.h"

namespace zerocell {

/// The stack machine that a pickle is written for.
class Unpickler {
 public:
  Unpickler(Bytes bytes, const std::string& path, PickleNames names)
      : bytes_(bytes), path_(path), names_(names) {}
  Pickle run();

 private:
  [[noreturn]] void fail(const std::string& found) const;
  [[noreturn]] void refuse(std::string_view module, std::string_view name) const;
  bool takes_data_classes() const { return names_ == PickleNames::data_classes; }

  // The bytes.
  Bytes take(size_t n);
  template <class T>
  T take_number() {
    return load<T>(take(sizeof(T)), 0);
  }
  std::string_view take_counted(uint64_t length) { return as_text(take(length)); }
  std::string_view take_line();

  // The stack.
  void push(uint32_t number) { stack_.push_back(number); }
  uint32_t add(PickleValue value);
  void make(PickleValue value) { push(add(std::move(value))); }
  void make_opaque(std::string_view class_name = {});
  void make_text(std::string_view text);
  uint32_t pop();
  uint32_t top() const;
  std::vector<uint32_t> pop_n(size_t n);
  std::vector<uint32_t> pop_to_mark();
  void extend(PickleKind kind, const std::vector<uint32_t>& items);

  // The memo.
  void remember(size_t slot);
  void recall(size_t slot);

  // Opcodes.
  bool step(uint8_t opcode);
  bool step_number(uint8_t opcode);
  bool step_text(uint8_t opcode);
  bool step_container(uint8_t opcode);
  bool step_object(uint8_t opcode);
  bool step_data_object(uint8_t opcode);
  void long_integer(uint64_t length);
  void global(std::string_view module, std::string_view name);
  void stack_global();
  void call();
  void call_known(const PickleValue& callee, uint32_t arguments_number);
  bool is_understood(PickleGlobal callee, const PickleValue& arguments) const;
  bool is_argument(const PickleValue& arguments, size_t i, PickleKind kind) const;
  void new_object(size_t n_arguments);
  void build();
  uint32_t scalar(const PickleValue& arguments);
  uint32_t wide_text(std::string_view stored, bool big_endian);
  uint32_t encode(const PickleValue& arguments);
  void count_copied(size_t n_bytes);
  uint32_t keep_text(PickleKind kind, std::string text);
  const PickleValue& argument(const PickleValue& arguments, size_t i, PickleKind kind) const;

  Bytes bytes_;
  std::string path_;
  PickleNames names_;
  size_t at_ = 0, n_copied_ = 0;
  Pickle pickle_;
  std::vector<uint32_t> stack_, memo_;
  std::vector<size_t> marks_;
};

}  // namespace zerocell
