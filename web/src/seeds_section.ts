// How much the scores of a method move with its seed.
import { data_table, save_button, type Column } from "./data_table";
import { section } from "./dom";
import { score_text } from "./format";
import type { Payload, SeedSpread } from "./payload";

/** Null where no method ran with several seeds. */
export function seeds_section(payload: Payload): HTMLElement | null {
  if (payload.seeds.length === 0) return null;
  const title = new Map(payload.metrics.map((metric) => [metric.name, metric.title || metric.name]));
  const several = new Set(payload.seeds.map((spread) => spread.embedding)).size > 1;
  const number = (name: string, value: (row: SeedSpread) => number | null, tip: string): Column<SeedSpread> => ({
    title: name,
    tip,
    numeric: true,
    value,
    cell: (row) => score_text(value(row)),
  });
  const columns: Column<SeedSpread>[] = [
    { title: "Metric", value: (row) => title.get(row.metric) ?? row.metric },
    { title: "Method", value: (row) => row.embedding },
    { title: "Seeds", numeric: true, value: (row) => row.n_seeds },
    number("Mean", (row) => row.mean, "Over seeds"),
    number("SD", (row) => row.sd, "Standard deviation over seeds, divided by n - 1"),
    number("Lowest", (row) => row.lowest, "Over seeds"),
    number("Highest", (row) => row.highest, "Over seeds"),
  ];
  const table = data_table<SeedSpread>("Scores over seeds", `${payload.dataset}_seeds`, "plain tall");
  table.show(
    columns.filter((column) => several || column.title !== "Method"),
    payload.seeds,
  );
  const names = [...new Set(payload.seeds.map((spread) => spread.embedding))].join(", ");
  return section(
    "seeds",
    "Seeds",
    `The same method on the same cells, with other random draws: ${names}. Methods that lie closer together than this spread are not told apart by one seed.`,
    table.element,
    save_button(table),
  );
}
