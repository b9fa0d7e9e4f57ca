/**
 * Copying: one large file and many small ones, whole processes, interleaved with `nc` and the stock pair; what a copy
 * that was cut off sends again; and how long the first byte of a file takes.
 *
 * @module
 */
import { GO_BIN, stockHttp, stockNetwork } from "../tests/interop/go_peers.ts";
import { cutOff, largeFile, veryLarge } from "./copy_large.ts";
import { firstByte, smallFiles } from "./copy_small.ts";
import { BYTES, FILES, fill, hosted, MIB, stockPull } from "./copy_stage.ts";
import { striped } from "./copy_stripes.ts";
import { ourNetwork } from "./processes.ts";

/** Measures and prints. @param runs  How often each shape runs, interleaved. */
export async function benchCopy(bundle: string, runs: number): Promise<void> {
  const of = `${BYTES / MIB} MiB and ${FILES} files of 1 KiB`;
  console.log(`\n(copy) ${of}, client–server–client on loopback, digest and sync included, ${runs} runs`);
  const home = await Deno.makeTempDir();
  await fill(home);
  const stock = GO_BIN ? await stockNetwork() : undefined;
  const ours = stock ? undefined : await ourNetwork(home, bundle);
  const http = stock ? await stockHttp(stock.discovery, `${home}/www`) : undefined;
  const stage = await hosted(home, stock?.discovery ?? ours!.discovery, bundle);
  try {
    if (!stock) console.log("  stock pair and stock server   SKIPPED: DMSG_GO_BIN is not set");
    await largeFile(stage, runs, stock && http ? () => stockPull(stock.discovery, http, home) : undefined);
    await smallFiles(stage, runs);
    await cutOff(stage);
    await veryLarge(stage);
    await firstByte(home);
    await striped(bundle, runs);
  } finally {
    await stage.host.end();
    await http?.[Symbol.asyncDispose]();
    await stock?.[Symbol.asyncDispose]();
    await ours?.end();
    await Deno.remove(home, { recursive: true });
  }
}
