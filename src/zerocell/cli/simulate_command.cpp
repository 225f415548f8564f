#include "zerocell/data/simulate.h"

#include <fmt/format.h>

#include "zerocell/cli/command.h"
#include "zerocell/core/number_text.h"

namespace zerocell {

void add_simulate_command(CommandSetup setup) {
  auto* command = setup.app.add_subcommand(
      "simulate", "Write a data set of simulated counts with cell types and batches");
  auto options = std::make_shared<SimulateOptions>();
  auto out = std::make_shared<std::string>();
  command->add_option("--out", *out, ".h5ad file to write")->required();
  command->add_option("--cells", options->n_cells, "Cells")
      ->check(whole_number(1, UINT32_MAX - 1))
      ->capture_default_str();
  command->add_option("--genes", options->n_genes, "Genes")
      ->check(whole_number(1, 100'000'000))
      ->capture_default_str();
  command->add_option("--types", options->n_types, "Cell types")
      ->check(whole_number(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--batches", options->n_batches, "Batches")
      ->check(whole_number(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--donors-per-batch", options->n_donors_per_batch, "Donors in each batch")
      ->check(whole_number(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--mean-umis", options->mean_umis, "UMIs per cell (0: in proportion to the genes)")
      ->check(real_number(0, 1e6))
      ->capture_default_str();
  command->add_option("--signal", options->signal, "Strength of the differences between types")
      ->check(real_number(0, 10))
      ->capture_default_str();
  command->add_option("--batch-effect", options->batch_effect, "Strength of the differences between batches")
      ->check(real_number(0, 10))
      ->capture_default_str();
  command->add_option("--dropout", options->dropout, "Chance that a faint count is lost")
      ->check(real_number(0, 1))
      ->capture_default_str();
  add_common_options(*command, setup.common);
  command->footer(
      "Example:\n  zerocell simulate --out simulated.h5ad --cells 10000 --genes 5000 --types 8 --batches 3 "
      "--seed 1");
  command->callback([options, out, &common = setup.common, &run = setup.run] {
    run = [options, out, &common] {
      refuse_existing_file(*out, common.force, {});
      options->seed = common.seed;
      options->max_memory = common.memory_bytes();
      ThreadPool pool(common.n_threads());
      TerminalProgress progress(common.progress_options());
      simulate_to_file(*options, *out, pool, progress);
      progress.finish();
      if (common.json)
        print_json({{"file", *out}, {"n_cells", options->n_cells}, {"n_genes", options->n_genes}});
      else
        print_result(fmt::format("{}: {} x {}; label celltype, batch batch, donor donor\n", *out,
                                 counted(options->n_cells, "cell"), counted(options->n_genes, "gene")));
      return 0;
    };
  });
}

}  // namespace zerocell
