#pragma once
#include <string>

#include "zerocell/checkpoint/pickle.h"
#include "zerocell/models/scvi/encoder.h"
#include "zerocell/models/scvi/parameters.h"

namespace zerocell {

/// What of a model is asked for: the means of q(z | x), which need its encoder alone, or the whole network.
enum class ScviPart { encoder, all };

struct ScviDescription {
  ScviModel model;  ///< names and sizes; the weights themselves stay empty
  ScviEncoderSettings encoder;
  std::string gene_likelihood;     ///< nb, zinb, and of an encoder's model also poisson, normal
  std::vector<std::string> notes;  ///< doubts, for the user
};

/// What the pickle of scvi-tools' model.pt says of a model: names of genes and batches, sizes and settings.
/// `path` is for messages. With ScviPart::encoder, batches whose names are no texts or numbers have none.
///
/// Throws Error(data) for settings that change what that part computes and that zerocell does not compute:
/// each is named with its value. A setting that is not there has scvi-tools' default.
ScviDescription read_scvi_registry(const Pickle& pickle, const std::string& path, ScviPart part);

}  // namespace zerocell
