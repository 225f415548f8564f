// All tests of the report page. `npm test -- WORD` runs those whose name holds the word.
import { run_all } from "./harness.mjs";
import "./units.test.mjs";
import "./page.test.mjs";
import "./scores.test.mjs";
import "./plots.test.mjs";
import "./reconstruction.test.mjs";
import "./study.test.mjs";
import "./speed.test.mjs";
import "./looks.test.mjs";

await run_all();
