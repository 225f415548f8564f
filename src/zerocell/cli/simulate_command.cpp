#include "zerocell/data/simulate.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "zerocell/cli/command.h"

namespace zerocell {

void add_simulate_command(CommandSetup setup) {
  auto* command = setup.app.add_subcommand(
      "simulate", "Write a data set of simulated counts with cell types and batches");
  auto options = std::make_shared<SimulateOptions>();
  auto out = std::make_shared<std::string>();
  command->add_option("--out", *out, ".h5ad file to write")->required();
  command->add_option("--cells", options->n_cells, "Cells")->capture_default_str();
  command->add_option("--genes", options->n_genes, "Genes")->capture_default_str();
  command->add_option("--types", options->n_types, "Cell types")->capture_default_str();
  command->add_option("--batches", options->n_batches, "Batches")->capture_default_str();
  command->add_option("--donors-per-batch", options->n_donors_per_batch, "Donors in each batch")
      ->capture_default_str();
  command->add_option("--mean-umis", options->mean_umis, "UMIs per cell (0: in proportion to the genes)")
      ->capture_default_str();
  command->add_option("--signal", options->signal, "Strength of the differences between types")
      ->capture_default_str();
  command->add_option("--batch-effect", options->batch_effect, "Strength of the differences between batches")
      ->capture_default_str();
  command->add_option("--dropout", options->dropout, "Chance that a faint count is lost")
      ->capture_default_str();
  add_common_options(*command, setup.common);
  command->footer(
      "Example:\n  zerocell simulate --out simulated.h5ad --cells 10000 --genes 5000 --types 8 --batches 3 "
      "--seed 1");
  command->callback([options, out, &common = setup.common, &run = setup.run] {
    run = [options, out, &common] {
      refuse_existing_file(*out, common.force, {});
      options->seed = common.seed;
      ThreadPool pool(common.n_threads());
      TerminalProgress progress(common.progress_options());
      simulate_to_file(*options, *out, pool, progress);
      progress.finish();
      print_result(common.json
                       ? nlohmann::ordered_json{{"file", *out},
                                                {"n_cells", options->n_cells},
                                                {"n_genes", options->n_genes}}
                                 .dump(2) +
                             "\n"
                       : fmt::format("{}: {} cells x {} genes; label celltype, batch batch, donor donor\n",
                                     *out, options->n_cells, options->n_genes));
      return 0;
    };
  });
}

}  // namespace zerocell
