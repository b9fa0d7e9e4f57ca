/**
 * What a user may set once and for all: about streams, messages and commands.
 *
 * @module
 */

/** Whether streams use the hybrid handshake: only when the peer asks, offered by us too, or nothing else. */
export type PqPolicy = "off" | "offer" | "require";

/** What is kept survives a power cut, or only the end of the process: that spares worn SD cards. */
export type Durability = "power" | "process";

/** What the user has set about messages. */
export interface MessagePolicy {
  /** Tells peers what the user has read. */
  readonly receipts: boolean;
  /** Keeps only a little of senders whom the user has not accepted. */
  readonly acceptFirst: boolean;
}

/** Limits of the outbox. */
export interface OutboxPolicy {
  /** Bytes of bodies that wait for one peer, at most. */
  readonly bytes: number;
  /** A message is tried for so long, nanoseconds; a peer knows ids for 30 days. */
  readonly ageNs: bigint;
}

/** What the user has set about `dmsg chat`; a member that is not there is as it is built in. */
export interface ChatPolicy {
  /** Commands by key (`ctrl+g` or `picker.ctrl+g`); "" takes a key away. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Movements of vi, beside the arrows. */
  readonly vim?: boolean;
  /** Colours for this background; `auto` asks the terminal. */
  readonly theme?: "auto" | "dark" | "light";
  /** The wheel scrolls, a click opens a conversation; text is marked with Shift then. */
  readonly mouse?: boolean;
  /** Lines instead of a screen. */
  readonly plain?: boolean;
  /** Rings the terminal's bell. */
  readonly bell?: boolean;
  /** Tells the desktop. */
  readonly desktop?: boolean;
  /** Hours without notices: `22:00-07:00`. */
  readonly quiet?: string;
  /** Words that name us in a group, beside what we call our own key. */
  readonly mentions?: readonly string[];
  /** A command that gets each notice as a line of JSON. */
  readonly exec?: string;
  /** Parts of a line that are left out: `state`, `time`. */
  readonly without?: readonly ("state" | "time")[];
}

/** Which files of a peer are taken: those that the user accepts, all of peers that are accepted, or none. */
export type FileAcceptance = "ask" | "accepted" | "never";

/** What holds for files of a peer. */
export interface FileRule {
  /** Which are taken. */
  readonly accept: FileAcceptance;
  /** Bytes of the largest file. */
  readonly maxBytes: number;
  /** Bytes of all files of one peer that lie in its directory. */
  readonly quotaBytes: number;
}

/** What the user has set about files of peers. */
export interface FilePolicy extends FileRule {
  /** Each peer's files go to `DIRECTORY/KEY`; undefined: `files` beside the key. */
  readonly directory?: string;
  /** What is otherwise for some peers, by key. */
  readonly peers: Readonly<Record<string, Partial<FileRule>>>;
}

/** What holds for one peer. */
export const fileRuleOf = ({ peers, ...rule }: FilePolicy, peer: string): FileRule => ({
  ...rule,
  ...(Object.hasOwn(peers, peer) ? peers[peer] : {}),
});

/** Limits of `listen --exec`. */
export interface ExecLimits {
  /** Commands at once. */
  readonly jobs: number;
  /** A command is ended after this; undefined: never. */
  readonly timeoutMs: number | undefined;
}
