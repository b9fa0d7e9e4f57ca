/**
 * `dmsg send-file`: sends files to a peer, who decides whether it takes them.
 *
 * @see lib/xfer/README.md; cli/README.md "Sending files"
 * @module
 */
import type { Command } from "@stricli/core";
import { loadSha256 } from "../../lib/crypto/digest.ts";
import { baseName } from "../../lib/scp/path.ts";
import { toHex } from "../../lib/wire/bytes.ts";
import { CopyError } from "../../lib/scp/errors.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { XFER_PORT } from "../../lib/xfer/frames.ts";
import { sendFile as send, type SendOutcome } from "../../lib/xfer/transfer.ts";
import { openCommandApp } from "../app.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Status, worst } from "../exit.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../flags.ts";
import { peerNamed } from "../peers.ts";
import { openLocal } from "../scp_files.ts";
import { copyFailure, explained } from "../scp_outcome.ts";
import { Progress } from "../scp_progress.ts";

type SendFileFlags = CommonFlags & { readonly quiet: boolean };

/** `dmsg send-file`. */
const sendFile: Command<Context> = command({
  brief: "Send files to a peer who accepts them",
  details:
    "For people who talk: the peer has to take files (`dmsg daemon --files DIR`, `dmsg listen --files DIR`, or a\n" +
    "skychat with a conversation with us) and to have accepted us; it decides for each file. To copy to a directory\n" +
    "of ours or of a visor use `dmsg scp`.\n" +
    "Status 0: all are kept there. 1: all was sent, and no receipt came. 4: it does not take it.",
  examples: [["dmsg send-file alice report.pdf", "Wait until it is kept there"]],
  parameters: {
    flags: {
      quiet: { kind: "boolean", default: false, withNegated: false, brief: "Say nothing but errors" },
      ...commonFlags,
    },
    aliases: { ...commonAliases, q: "quiet" },
    positional: {
      kind: "array",
      parameter: { parse: String, placeholder: "peer file", brief: "The peer, then the files" },
    },
  },
  async run(context: Context, flags: SendFileFlags, ...[peer, ...paths]: string[]) {
    if (peer === undefined || paths.length === 0) {
      throw new UserError("There is nothing to send: give a peer and files", {
        kind: "usage",
        hint: "See `dmsg send-file --help`.",
      });
    }
    const pk = await peerNamed(context, peer);
    const { print, clock, signal } = context;
    const peers = [{ pk, port: XFER_PORT }];
    const { app } = await openCommandApp(context, flags, {
      command: "send-file",
      resident: false,
      storeless: true,
      peers,
    });
    const draws = !flags.quiet && !flags.json && Deno.stderr.isTerminal();
    const progress = new Progress(clock, draws ? { draw: (text: string) => print.noteText(text) } : {});
    const digest = await loadSha256();
    const statuses: Status[] = [];
    try {
      for (const path of paths) {
        const id = toHex(context.random.bytes(8));
        try {
          const file = await openLocal(path);
          try {
            progress.expect(paths.length, file.size);
            progress.begin(path);
            const name = baseName(path);
            const offer = { id, name, size: BigInt(file.size), mime: "", from: app.pk, group: "" };
            const stream = await app.node.dial(peers[0], signal);
            const outcome = await send(stream, offer, file, {
              clock,
              signal,
              digest,
              onBytes: (count) => progress.moved(count),
            });
            progress.clear();
            check(outcome, peer, path);
            const state = outcome.kind;
            if (flags.json) print.out("fileSent", { type: "file", file: path, id, bytes: file.size, state });
            else if (!flags.quiet) {
              print.note("fileSent", { type: "file", file: path, id, bytes: file.size, state });
            }
            if (outcome.kind === "unconfirmed") statuses.push(Status.notAcked);
            else statuses.push(Status.done);
          } finally {
            file.close();
          }
        } catch (error) {
          signal.throwIfAborted();
          progress.clear();
          const failure = copyFailure(explained(error, peer, app.pk), signal.reason);
          print.failure(failure);
          statuses.push(failure.status);
        }
      }
    } finally {
      await app.close();
    }
    const failed = statuses.filter((status) => status !== Status.done);
    if (failed.length === 0) return Status.done;
    return failed.length < statuses.length ? Status.someFailed : worst(failed);
  },
});

export default sendFile;

/** @throws When the peer does not have the file. */
function check(outcome: SendOutcome, peer: string, path: string): void {
  if (outcome.kind === "declined") {
    throw new UserError(`${peer} does not take ${path}: ${outcome.reason}`, {
      kind: "refused",
      hint: "The other side takes files of peers whom it has accepted: `dmsg accept` there.",
    });
  }
  if (outcome.kind === "failed") throw new CopyError(`${path} was not kept: ${outcome.reason}`, "remote");
}
