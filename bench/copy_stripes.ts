/**
 * What several streams gain where the way through one server is the limit and no core is: a host that is reached through
 * two servers, each of which takes so many bytes a second of a client.
 *
 * @module
 */
import { command, hosted, randomFile } from "./copy_stage.ts";
import { ourNetwork, type Run } from "./processes.ts";
import { ratios, shown } from "./stats.ts";

/** Bytes a second through a server, a tenth of what a core moves. */
const RATE = "12M";
/** Only files of 16 MiB and more go over several streams. */
const FILE_MIB = 48;
/** What is wanted. */
const LEAST = 1.2;

/** Measures and prints. @param runs  How often each shape runs, interleaved. */
export async function striped(bundle: string, runs: number): Promise<void> {
  const home = await Deno.makeTempDir();
  await Deno.mkdir(`${home}/root`);
  await randomFile(`${home}/file`, FILE_MIB);
  const network = await ourNetwork(home, bundle, "--server-address", "127.0.0.1:0", "--max-rate", RATE);
  const stage = await hosted(home, network.discovery, bundle);
  try {
    const taken: Record<"push" | "pull", { one: Run[]; more: Run[] }> = {
      push: { one: [], more: [] },
      pull: { one: [], more: [] },
    };
    for (let run = 0; run < runs; run++) {
      for (const [name, ...streams] of [["one", "--streams", "1"], ["more"]] as const) {
        const options = ["-qf", ...streams];
        const there = `${stage.pk}:${name}`;
        taken.push[name].push(await command(stage, "scp", ...options, `${home}/file`, there));
        await Deno.rename(`${home}/root/${name}`, `${home}/root/from`);
        taken.pull[name].push(await command(stage, "scp", ...options, `${stage.pk}:from`, `${home}/back`));
        await Deno.remove(`${home}/back`);
      }
    }
    const faster = ({ one, more }: { one: Run[]; more: Run[] }): string =>
      shown(ratios(one.map(({ ms }) => ms), more.map(({ ms }) => ms)), 2);
    console.log(
      `  ${FILE_MIB} MiB through two servers of ${RATE} a second each, over as many streams as it takes: push ` +
        `${faster(taken.push)}, pull ${faster(taken.pull)} times as fast as over one (${LEAST} wanted)`,
    );
  } finally {
    await stage.host.end();
    await network.end();
    await Deno.remove(home, { recursive: true });
  }
}
