/**
 * The files of an identity in this process: port 64 is taken at the start, everything else is loaded when it is used.
 *
 * @module
 */
import type { FileRequest } from "../../chat/control.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { XFER_PORT } from "../../xfer/frames.ts";
import type { ConversationId } from "../messages/messages.ts";
import { through } from "../through.ts";
import { FILES, type Files } from "./files.ts";
import type { LocalFiles } from "./local_files.ts";
import { refuseFiles } from "./no_files.ts";
import type { FileParts } from "./parts.ts";
import { anyUnderWay } from "./under_way.ts";
import { Lazy } from "../../wire/lazy.ts";

/** Files that begin and end with their app. */
export interface LazyFiles extends Files {
  /** Takes streams to port 64, unless somebody else will; says of what broke off that it did. */
  start(sparePort: number | undefined): Promise<void>;
  /** A peer asks for a file of ours. */
  requested(from: PublicKeyHex, frame: FileRequest): Promise<void>;
  /** A conversation was forgotten. */
  forget(conversation: ConversationId): Promise<void>;
  /** Ends what moves. */
  close(): void;
}

/** Makes them. @param parts  Without settings there are none. */
export function lazyFiles(
  parts: Omit<FileParts, "settings"> & Partial<Pick<FileParts, "settings">>,
): LazyFiles {
  const { settings } = parts;
  const stop = new AbortController();
  const lazy = new Lazy(() => settings ? open({ ...parts, settings }, stop.signal) : refuseFiles());
  const opened = (): Promise<LocalFiles> => lazy.get();
  const listen = async (): Promise<void> => {
    const listener = parts.client.listen(XFER_PORT);
    stop.signal.addEventListener("abort", () => listener.close(), { once: true });
    for await (const stream of listener) {
      void opened().then((files) => files.take(stream), () => stream.close());
    }
  };
  return {
    ...through<Files>(FILES, async (ask) => await ask(await opened())),
    async start(sparePort) {
      if (!settings || !parts.resident) return;
      if (await anyUnderWay(parts.store)) await opened();
      if (sparePort !== XFER_PORT) listen().catch(parts.onProblem);
    },
    requested: async (from, frame) => settings && await (await opened()).requested(from, frame),
    forget: async (conversation) => settings && await (await opened()).forget(conversation),
    close: () => {
      stop.abort(new DOMException("the app is closed", "AbortError"));
      void lazy.end(() => {});
    },
  };
}

async function open(parts: FileParts, stop: AbortSignal): Promise<LocalFiles> {
  const { LocalFiles } = await import("./local_files.ts");
  return await LocalFiles.open(parts, stop);
}
