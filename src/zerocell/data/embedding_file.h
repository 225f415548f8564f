#pragma once
#include <string>

#include "zerocell/data/embedding_table.h"
#include "zerocell/data/text_table.h"

namespace zerocell {

/// Reads an embedding, a row per cell: .npy (known by its first bytes), else a text table (.csv, .tsv, .txt),
/// either also gzip-compressed. Which cells the rows are of, match_rows tells; whether the values can be used
/// is not looked at. Throws Error(data), see read_npy and parse_text_table.
EmbeddingTable read_embedding_table(const std::string& path, const ExpectedRows& expected = {});

}  // namespace zerocell
