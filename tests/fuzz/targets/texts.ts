/**
 * Parsers of texts: addresses, entries, chat payloads, files of the user, and what is shown on a terminal.
 *
 * @module
 */
import { jsonLine } from "../../../cli/output/escape.ts";
import { parseConfig } from "../../../lib/app/config_file.ts";
import { encodeBody, readBody, shownText } from "../../../lib/chat/body.ts";
import { encodeControl } from "../../../lib/chat/control.ts";
import { encodeDmsgChat, readDmsgChat } from "../../../lib/chat/dmsg_chat.ts";
import { classify, encodeEnvelope, type Incoming } from "../../../lib/chat/envelope.ts";
import { ChatLink } from "../../../lib/chat/link.ts";
import { KeyError, parsePublicKeyText, parseSecretKey } from "../../../lib/crypto/keys.ts";
import { formatAddr, parseAddr, parseDmsgUrl } from "../../../lib/dmsg/addr.ts";
import { splitHostPort } from "../../../lib/dmsg/carriers/tcp.ts";
import { encodeEntry, verifiedText } from "../../../lib/dmsg/entries/entry.ts";
import { type Generation, parseEntries, parseEntry } from "../../../lib/dmsg/entries/read.ts";
import { readKeyFile } from "../../../lib/identity/key_file.ts";
import { secretOfVisorConfig } from "../../../lib/identity/visor_config.ts";
import { concat, fromUtf8, readU16, utf8 } from "../../../lib/wire/bytes.ts";
import { ProtocolError, UserError } from "../../../lib/wire/errors.ts";
import { formatGoTime, parseGoTime } from "../../../lib/wire/go_time.ts";
import { texts as linkTexts } from "../../chat/helpers.ts";
import { memoryFiles } from "../../fakes/files.ts";
import type { Target } from "../fuzz.ts";
import { dmsg, hexSeeds, skychat, texts, textSeeds } from "../seeds.ts";

/** A parser of a text. */
function ofText(
  name: string,
  seeds: readonly (string | Uint8Array)[],
  throws: Target["throws"],
  run: (text: string) => unknown,
): Target {
  const bytes = seeds.map((seed) => typeof seed === "string" ? utf8(seed) : seed);
  return { name, seeds: bytes, throws, run: (input) => run(fromUtf8(input)) };
}

function same(a: unknown, b: unknown, what: string): void {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_key, member) => typeof member === "bigint" ? `${member}n` : member);
  if (text(a) !== text(b)) throw new Error(`${what}: ${text(b)} instead of ${text(a)}`);
}

/** `<pk>:<port>`. */
export const addresses = (): Target =>
  ofText("dmsg: address", textSeeds(dmsg.addresses, "input"), [KeyError, SyntaxError], (text) => {
    const addr = parseAddr(text);
    same(parseAddr(formatAddr(addr)), addr, "written and read again");
  });

/** `dmsg://…`. */
export const urls = (): Target =>
  ofText(
    "dmsg: URL",
    texts(dmsg.keys, "pk").slice(0, 4).flatMap((pk) => [`dmsg://${pk}`, `dmsg://${pk}:0x50/a?b#c`]),
    [KeyError, SyntaxError],
    parseDmsgUrl,
  );

/** Addresses of servers in entries, and of options. */
export const hostPorts = (): Target =>
  ofText("dmsg: host and port", ["127.0.0.1:8080", "[::1%eth0]:1", "a.example:65535"], [], splitHostPort);

/** Keys as texts. */
export const keys = (): Target =>
  ofText("crypto: key texts", texts(dmsg.keys, "pk", "sk", "hex"), [KeyError], (text) => {
    try {
      parsePublicKeyText(text);
    } finally {
      parseSecretKey(text);
    }
  });

const entryTexts = (): Uint8Array[] => [
  ...textSeeds(dmsg.discovery_entries, "json_utf8"),
  ...textSeeds(dmsg.discovery_http_capture, "request_body", "response_body").filter((seed) =>
    seed.length > 100
  ),
];

/** One entry, read, verified, written and read again. */
export const entries = (generation: Generation): Target =>
  ofText(`dmsg: entry (${generation})`, entryTexts(), [ProtocolError], (text) => {
    const entry = parseEntry(text, { generation, checkKeys: true });
    same(parseEntry(encodeEntry(entry), { generation, checkKeys: true }), entry, "written and read again");
    verifiedText(entry);
    verifiedText(entry, text);
  });

/** Lists of entries. */
export const entryLists = (): Target =>
  ofText(
    "dmsg: entries",
    [`[${entryTexts().map(fromUtf8).slice(0, 5).join(",")}]`, "[]", ...entryTexts()],
    [ProtocolError],
    (text) => parseEntries(text),
  );

const payloads = (): Uint8Array[] => [
  ...textSeeds(skychat.envelopes, "json", "payload"),
  ...textSeeds(skychat.pairing.control_frames, "json"),
  utf8('{"type":"pair-invite","from_pk":"02ab","dmsg_invite":"dmsg:invite:AQ"}'),
  utf8('{"type":"pair-decline","dmsg_invite":"00112233","dmsg_ended":"used-up"}'),
  ...textSeeds(skychat.file_request, "json"),
  ...textSeeds(skychat.body_objects, "text"),
  ...textSeeds(skychat.dmsg_chat, "json", "payload"),
];

const encoded = (incoming: Incoming): Uint8Array | undefined =>
  incoming.kind === "envelope"
    ? encodeEnvelope(incoming.envelope)
    : incoming.kind === "control"
    ? encodeControl(incoming.frame)
    : undefined;

/** Payloads of direct messages; what is recognised must be recognised again when we write it. */
export const chatPayloads = (): Target => ({
  name: "chat: payload",
  seeds: payloads(),
  run: (input) => {
    const incoming = classify(input);
    const again = encoded(incoming);
    if (again) same(classify(again), incoming, "written and read again");
  },
});

/** Objects inside message texts. */
export const chatBodies = (): Target =>
  ofText("chat: body", payloads(), [], (text) => {
    const body = readBody(text);
    shownText(body);
    if (body.kind !== "text") same(readBody(encodeBody(body)), body, "written and read again");
  });

/** Payloads of the other chat. */
export const dmsgChat = (): Target => {
  const peer = texts(skychat.dmsg_chat, "stream_pk")[0];
  return {
    name: "chat: dmsg chat",
    seeds: payloads(),
    run: (input) => {
      const message = readDmsgChat(input, peer);
      if (message) same(readDmsgChat(encodeDmsgChat(message), peer), message, "written and read again");
    },
  };
};

/** A whole connection of direct messages, whose application keeps every third message at once. */
export function chatLink(): Target {
  const play = (pieces: Iterable<Uint8Array>): string[] => {
    const link = new ChatLink();
    const lines: string[] = [];
    const put = (outs: ReturnType<ChatLink["handle"]>): void => {
      lines.push(...linkTexts(outs));
    };
    put(
      link.handle({ kind: "send", ref: "r", text: "t", id: "0011223344556677", ack: true, waitMs: 5000 }, 0),
    );
    for (const bytes of pieces) put(link.handle({ kind: "bytes", bytes }, 0));
    put(link.handle({ kind: "eof" }, 0));
    return lines;
  };
  return {
    name: "chat: link",
    seeds: hexSeeds(skychat, "frame_hex", "stream_hex", "reply_frame_hex"),
    run: play1,
    feed: (pieces) => play(pieces).join("\n"),
  };
}

/** Without texts: only the link is measured. */
function play1(bytes: Uint8Array): void {
  const link = new ChatLink();
  for (const out of link.handle({ kind: "bytes", bytes }, 0)) {
    if (out.kind !== "received" || out.token % 3 > 0) continue;
    link.handle({ kind: "stored", token: out.token }, 0);
  }
  link.handle({ kind: "eof" }, 0);
}

/** A visor's configuration. */
export const visorConfigs = (): Target =>
  ofText(
    "identity: visor configuration",
    texts(dmsg.keys, "sk").flatMap((sk) => [`{"sk":"${sk}"}`, `{"v":1,"sk":"${sk}","dmsg":{"a":[1]}}`]),
    [UserError],
    (text) => secretOfVisorConfig(text, "visor.json"),
  );

/** A key file. */
export const keyFiles = (): Target => ({
  name: "identity: key file",
  seeds: textSeeds(dmsg.keys, "sk").map((sk) => concat(sk, utf8("\n"))),
  throws: [UserError],
  run: async (input) => {
    const files = memoryFiles();
    files.kept.set("key", { bytes: input, mode: 0o600 });
    await readKeyFile(files, "key");
  },
});

/** `config.json`. */
export const configFiles = (): Target => ({
  name: "app: config.json",
  seeds: [
    '{"discovery":"http://127.0.0.1:9090"}',
    '{"discovery":["http://a","http://b"],"identity":"~/key","pq":"offer"}',
    "{}",
  ].map(utf8),
  throws: [UserError],
  run: (input) => parseConfig(input, "config.json", "unix"),
});

/** Times. */
export const goTimes = (): Target =>
  ofText(
    "wire: Go time",
    [
      "2026-05-12T10:00:00.123456789Z",
      "2026-05-12T10:00:00+23:59",
      "0001-01-01T00:00:00Z",
      "9999-12-31T23:59:59-00:01",
    ],
    [SyntaxError],
    (text) => {
      const ns = parseGoTime(text);
      const year = new Date(Number(ns / 1_000_000n)).getUTCFullYear();
      if (year >= 0 && year <= 9999) same(parseGoTime(formatGoTime(ns)), ns, "written and read again");
    },
  );

/** What can move a cursor, hide text or turn its direction; line feeds and tabs are allowed where lines are. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\uFFFD]/u;

/** Peers' texts on a terminal: nothing unseen comes through. Input of an odd length is UTF-8, else UTF-16. */
export const escapes = (name: string, show: (text: string) => string): Target => ({
  name: `cli: ${name}`,
  seeds: textSeeds(skychat.listen_escape, "in", "out"),
  garbage: true, // each unseen character becomes a text of its own first
  run: (input) => {
    const text = input.length % 2 === 1 ? fromUtf8(input) : fromUtf16(input);
    const unseen = UNSEEN.exec(show(text));
    if (unseen) throw new Error(`lets U+${unseen[0].codePointAt(0)!.toString(16)} through`);
  },
});

/** The same for a value as a line of JSON, which must also mean the same. */
export const jsonLines = (): Target =>
  escapes("JSON line", (text) => {
    const line = jsonLine(text);
    if (JSON.parse(line) !== text) throw new Error("means another text");
    return line;
  });

function fromUtf16(input: Uint8Array): string {
  let text = "";
  for (let at = 0; at < input.length; at += 2) text += String.fromCharCode(readU16(input, at));
  return text;
}
