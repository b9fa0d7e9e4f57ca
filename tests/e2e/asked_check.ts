/** Commands that ask, in a terminal: every answer ends them, Ctrl+C as well. */
import { rejects } from "node:assert/strict";
import { newStage } from "../script/script.ts";
import { hasTmux, Pane } from "./tmux.ts";

const PEER = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

/** What is typed at the question of `dmsg forget` in a terminal, and what then holds. */
const typed = (keys: readonly string[], ends: string, then: (pane: Pane) => Promise<unknown>): void =>
  Deno.test({
    name: `A question that ${keys.join(" ")} answers ends ${ends}`,
    ignore: !hasTmux,
    async fn() {
      await using stage = await newStage();
      await using pane = await Pane.open(stage, "alice", `forget ${PEER}`);
      await pane.shows("[y/N]");
      await pane.keys(...keys);
      await then(pane);
    },
  });

typed(["C-d"], "with status 4", (pane) => pane.shows("Nothing was dropped", "ended 4"));
typed(["y", "Enter"], "with status 0", (pane) => pane.shows("are dropped", "ended 0"));
// The command dies of the signal, so that its shell does, and tmux with its last pane.
typed(["C-c"], "by the signal", (pane) => rejects(pane.shows("what is never shown"), /tmux capture-pane/));
