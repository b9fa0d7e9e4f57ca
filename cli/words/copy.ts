/**
 * Words for files: `scp`, its host, `send-file`, `file`.
 * Part of the table of all wording (wording.ts).
 *
 * @module
 */
import { visible } from "../output/escape.ts";
import { type ProgressEvent, progressLine } from "../scp/told/progress.ts";
import {
  copyDone,
  copyFailed,
  copyFile,
  copyPeer,
  copySummary,
  copyWould,
  type HostEvent,
} from "../scp/told/words.ts";
import { fileShown } from "./files.ts";

/** What is said of files. */
export const copyWording = {
  copyEvent: (
    { event, peer, peer_alias, path, bytes, reason }: HostEvent & {
      type: string;
      ts: string;
      schema: string;
      /** Its name here. */
      peer_alias?: string;
    },
  ): string =>
    [
      `(${event}`,
      peer_alias ?? peer,
      path && visible(path),
      bytes !== undefined && `${bytes} bytes`,
      reason && `: ${visible(reason)}`,
    ]
      .filter(Boolean).join(" ") + ")",
  scpPeer: copyPeer,
  scpDone: copyDone,
  scpFailed: copyFailed,
  scpFile: copyFile,
  scpWould: copyWould,
  scpSummary: copySummary,
  scpProgress: (v: ProgressEvent): string => progressLine(v, "", 80),
  fileShown,
  fileSent: (v: { type: "file"; file: string; id: string; bytes: number; state: string }): string =>
    v.state === "delivered"
      ? `sent ${visible(v.file)}`
      : v.state === "told"
      ? `told the group of ${visible(v.file)}; members fetch it while a program of ours runs`
      : `sent ${visible(v.file)}; no receipt came: it may be there`,
  fileWaits: (v: { peer: string; file: string }): string =>
    `waiting for ${v.peer} to take ${visible(v.file)}, in \`dmsg chat\` or with \`dmsg file accept\``,
  scpGoesOn: (): string => "note: nothing is lost: the same command goes on where this one stopped",
  scpNotice: (v: { text: string }): string => visible(v.text),
  scpBelowRoot: (v: { path: string }): string =>
    `note: the peer's paths begin at the directory that it shares: /${visible(v.path)} there is ${
      visible(v.path) || "."
    }`,
  scpLeftOut: (v: { paths: readonly string[] }): string =>
    `note: ${v.paths.length} left out, neither file nor directory: ${
      v.paths.slice(0, 3).map(visible).join(", ")
    }${v.paths.length > 3 ? " …" : ""}`,
};
