// deno task bench [bulk|copy|messages|keeping|send|owner|memory|store|screen|cxo|groups|member|overlay|roster|d2|growth …]
/**
 * All benchmarks in one run, or those that are named. Everything is measured on loopback, from a bundle where
 * that is the release's shape, and printed as a ratio to something measured beside it.
 *
 * @module
 */
import { bundle as makeBundle } from "../scripts/bundle.ts";
import { benchBulk } from "./bulk.ts";
import { benchColdSend, benchGrowth, benchMemory } from "./commands.ts";
import { benchCopy } from "./copy.ts";
import { benchCxo } from "./cxo.ts";
import { benchD2 } from "./d2.ts";
import { benchGroups } from "./groups.ts";
import { benchMember } from "./member.ts";
import { benchMessages } from "./messages.ts";
import { benchKeeping } from "./keeping.ts";
import { benchOverlay } from "./overlay.ts";
import { benchOverlayMemory } from "./overlay_memory.ts";
import { benchOwner } from "./owner.ts";
import { benchRoster } from "./roster.ts";
import { benchScreen } from "./screen.ts";
import { benchStore } from "./store.ts";
import { benchWorn } from "./worn.ts";

const parts: Readonly<Record<string, (bundle: string) => Promise<void>>> = {
  bulk: (bundle) => benchBulk(bundle, 5),
  copy: (bundle) => benchCopy(bundle, 3),
  messages: (bundle) => benchMessages(bundle, 3),
  keeping: (bundle) => benchKeeping(bundle, 3),
  send: (bundle) => benchColdSend(bundle, 15),
  owner: (bundle) => benchOwner(bundle, 15),
  memory: (bundle) => benchMemory(bundle, 3),
  store: () => benchStore(),
  worn: () => benchWorn(),
  screen: (bundle) => benchScreen(bundle, 3),
  cxo: () => benchCxo(),
  groups: () => benchGroups(),
  member: (bundle) => benchMember(bundle),
  overlay: async () => {
    await benchOverlay();
    await benchOverlayMemory();
  },
  roster: () => benchRoster(),
  d2: () => benchD2(),
  growth: (bundle) => benchGrowth(bundle, 100_000),
};

const wanted = Deno.args.length > 0 ? Deno.args : Object.keys(parts);
for (const name of wanted) {
  if (name in parts) continue;
  console.error(`There is no benchmark "${name}"; there are: ${Object.keys(parts).join(", ")}`);
  Deno.exit(2);
}
const folder = await Deno.makeTempDir();
const bundle = `${folder}/dmsg.mjs`;
await makeBundle(bundle);
console.log(
  `dmsg benchmarks · Deno ${Deno.version.deno} · V8 ${Deno.version.v8} · ${navigator.hardwareConcurrency} cores`,
);
console.log("Each figure: median (min–max). Ratios compare figures of one round.");
try {
  for (const name of wanted) await parts[name](bundle);
} finally {
  await Deno.remove(folder, { recursive: true });
}
