#pragma once
#include <gtest/gtest.h>

#include <string>

#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {

/// Reads all that a data set offers. True when it reads, false when it gives an Error that names the file.
inline bool reads(const std::string& path) {
  try {
    const auto file = DatasetFile::open(path);
    ThreadPool pool(2);
    file->obs();
    file->var();
    file->notes();
    for (const MatrixInfo& info : file->matrices()) {
      size_t n_rows = 0;
      file->stream(info.name, pool).for_each_block([&](const RowBlock& block) {
        n_rows += block.values.n_rows;
      });
      EXPECT_EQ(n_rows, info.n_rows);
    }
    for (const ObsmInfo& entry : file->obsm_entries()) {
      if (entry.encoding != "dataframe") file->obsm(entry.key);  // those of the corpus hold categories
    }
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
    EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
    return false;
  }
}

}  // namespace zerocell
