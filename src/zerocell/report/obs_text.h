#pragma once
#include <set>
#include <string>

#include "zerocell/core/data_frame.h"

namespace zerocell {

/// Text that HDF5 and Python's readers take: UTF-8 without zero bytes.
std::string storable(const std::string& text);

/// The groups with storable names, made distinct by "_" as pandas asks for.
Categorical storable_groups(const Categorical& groups);

/// The column with a storable name and storable text in it.
Column storable_column(const Column& column);

/// Hands out names of entries of an .h5ad file, each once: a name that is taken gets a "_" behind it.
class EntryNames {
 public:
  std::string claim(std::string name);

 private:
  std::set<std::string> used_;
};

}  // namespace zerocell
