#pragma once
#include <string>
#include <vector>

#include "zerocell/checkpoint/pickle.h"

namespace zerocell {

/// The elements of a list, a tuple or a one-dimensional numpy array of a pickle as texts: of Python objects
/// that are texts or numbers, of fixed-width texts (dtypes U and S), of numbers and truth values; numbers as
/// a column of a data set is named. At most `most_bytes` of text. `what` names the array in messages. Throws
/// Error(data) for anything else, such as dates.
std::vector<std::string> numpy_texts(const Pickle& pickle, const PickleValue& value, const std::string& what,
                                     size_t most_bytes);

/// A value of a pickle in words, for messages: its content where it is a number or a text.
std::string describe_value(const PickleValue& value);

}  // namespace zerocell
