/**
 * Coming in and letting in: asks the admins of a group until one has decided, and answers strangers at ours.
 *
 * @see specification skychat §b.7, §b.8
 * @module
 */
import { encodeChatFrame } from "../../chat/frame.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Addr } from "../../dmsg/addr.ts";
import { AddressError, DESCRIBE_PORT, parseSkychatAddress, relayPortOf } from "../../group/address.ts";
import {
  type CatalogEntry,
  encodeCatalog,
  encodeJoinResponse,
  frameKind,
  type JoinRequest,
  type JoinResponse,
  joinResponse,
  MAX_CATALOG_ENTRIES,
  readJoinRequest,
} from "../../group/admission.ts";
import { decodeInvite, InviteError, isInviteText, kindOf } from "../../group/invite.ts";
import { adminsOf, type GroupRecord, groupRecord } from "../../group/record.ts";
import { NO_WORK, type Work, WorkSearch } from "../../group/work.ts";
import { type Clock, sleep, within } from "../../sys/clock.ts";
import { NetworkError, UserError } from "../../wire/errors.ts";
import type { Duplex } from "../../wire/machine.ts";
import { admission, answerTo, askAtDoor, RateBuckets, readOneFrame, serveDoor } from "./admission.ts";
import type { GroupRoom } from "./group_room.ts";
import type { GroupId } from "./groups.ts";

/** Carries streams. */
export interface GroupNetwork {
  /** Opens a stream. */
  dial(to: Addr, signal?: AbortSignal): Promise<Duplex & { readonly remote: Addr }>;
  /** Takes streams to a port. @throws When the port is taken. */
  listen(port: number): { accept(): Promise<(Duplex & { readonly remote: Addr }) | null>; close(): void };
}

/** What joining is made of. */
export interface JoiningOptions {
  /** Our key. */
  readonly pk: PublicKeyHex;
  /** Time. */
  readonly clock: Clock;
  /** Carries streams; undefined for a command without a network. */
  readonly network: GroupNetwork | undefined;
  /** Told when something went wrong beside a call. */
  readonly onProblem: (error: Error) => void;
}

/** Admins that are asked at most, and how long after each other. */
const ASKED = 4;
const STAGGER_MS = 2_000;
/** How long one admin may take, with its dial. */
const ANSWER_MS = 20_000;
/** Until a request that waits, or found nobody, is made again. */
const AGAIN_MS = 30_000;
/** A probe. */
const PROBE_MS = 6_000;
/** A stranger has this long to say what it wants and to take the answer. */
const DOOR_MS = 15_000;
/** Strangers at one door at a time. */
const MAX_AT_DOOR = 32;
/** Nonces between two looks at the rest of the program, and how long one looks for work. */
const WORK_SLICE = 2_000;
const WORK_MS = 30_000;

/** Comes in and lets in. */
export class Joining {
  readonly #options: JoiningOptions;
  readonly #rooms = new Map<GroupId, GroupRoom>();
  readonly #doors = new Map<GroupId, { close(): void }>();
  readonly #again = new Map<GroupId, () => void>();
  readonly #buckets = new Map<GroupId, RateBuckets>();
  readonly #stop = new AbortController();
  #describing: { close(): void } | undefined;

  /** Nothing is asked or answered yet. */
  constructor(options: JoiningOptions) {
    this.#options = options;
  }

  /** Ends all that runs. */
  close(): void {
    this.#stop.abort(new DOMException("the app is closed", "AbortError"));
    for (const group of [...this.#rooms.keys()]) this.stop(group);
    this.#describing?.close();
  }

  /** No longer asks or answers for a group. */
  stop(group: GroupId): void {
    this.#again.get(group)?.();
    this.#again.delete(group);
    this.#doors.get(group)?.close();
    this.#doors.delete(group);
    this.#rooms.delete(group);
  }

  /**
   * What a link leads to: a record of a group in which we are pending.
   * @throws {UserError} usage: it is neither an invite nor an address of a group.
   * @throws {NetworkError} An address could not be asked about.
   */
  async read(link: string): Promise<GroupRecord> {
    const joinedAt = this.#options.clock.wallNs();
    if (isInviteText(link)) {
      try {
        const { id, name, ownerPk, port, mode, kind, admins, powBits, aesKey } = decodeInvite(link);
        const known = {
          id: id.toLowerCase(),
          name,
          ownerPk,
          port,
          mode,
          kind,
          role: "member",
          status: "pending",
        } as const;
        const record = groupRecord({ ...known, createdAt: joinedAt });
        return { ...record, joinedAt, admissionPks: admins, joinPowBits: powBits, aesKey };
      } catch (error) {
        if (!(error instanceof InviteError)) throw error;
        throw new UserError(`This invite can't be used: ${error.message}`, {
          kind: "usage",
          hint: "Copy the whole link, from `skychat:invite:` to its last character.",
        });
      }
    }
    const { pk, group } = addressOf(link);
    const info = await this.#probe(pk, group);
    const kind = kindNamed(info.groupKind);
    return {
      ...groupRecord({
        id: group,
        name: info.name,
        ownerPk: pk,
        port: info.port,
        mode: kind === "private" ? "private" : "public",
        kind,
        role: "member",
        status: "pending",
        createdAt: joinedAt,
      }),
      joinedAt,
      joinPowBits: info.powBits,
    };
  }

  /** Answers strangers at a group's door, and on the describe port. */
  serve(room: GroupRoom): void {
    const { network, onProblem } = this.#options;
    const { id, port } = room.record;
    this.#rooms.set(id, room);
    if (network === undefined || this.#doors.has(id)) return;
    try {
      const listener = network.listen(relayPortOf(port));
      this.#doors.set(id, listener);
      this.#take(listener, (stream) => this.#atDoor(room, stream)).catch(onProblem);
      if (this.#describing !== undefined) return;
      const describing = network.listen(DESCRIBE_PORT);
      this.#describing = describing;
      this.#take(describing, (stream) => this.#describe(stream)).catch(onProblem);
    } catch (cause) {
      onProblem(new Error(`group ${id}: nobody can ask to be let in`, { cause }));
    }
  }

  /** Asks again after a while, until somebody has decided. */
  goOn(room: GroupRoom): void {
    const { id } = room.record;
    this.#rooms.set(id, room);
    this.#again.get(id)?.();
    const cancel = this.#options.clock.after(AGAIN_MS, () => {
      this.#again.delete(id);
      if (this.#rooms.get(id) !== room || !isWaiting(room)) return;
      this.ask(room, room.extra.note).catch(this.#options.onProblem);
    });
    this.#again.set(id, cancel);
  }

  /**
   * Asks the admins, the founder first, each a little later than the one before it, until one has decided.
   * @throws {UserError} refused: denied or banned.
   */
  async ask(room: GroupRoom, note: string): Promise<void> {
    const { network } = this.#options;
    if (network === undefined) return;
    const { ownerPk, admissionPks } = room.record;
    const asked = [...new Set([ownerPk, ...admissionPks, ...adminsOf(room.record)])]
      .filter((pk) => pk !== this.#options.pk).slice(0, ASKED);
    const response = await this.#firstDecision(room, asked, note);
    if (isWaiting(room)) this.goOn(room);
    if (response !== undefined) await this.#follow(room, response);
  }

  async #firstDecision(
    room: GroupRoom,
    asked: readonly PublicKeyHex[],
    note: string,
  ): Promise<JoinResponse | undefined> {
    const { clock } = this.#options;
    const decided = Promise.withResolvers<JoinResponse | undefined>();
    const ended = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, ended.signal]);
    let open = asked.length;
    let second: JoinResponse | undefined;
    asked.forEach(async (pk, i) => {
      try {
        await sleep(clock, i * STAGGER_MS, signal);
        const response = await within(clock, ANSWER_MS, this.#askOne(room, pk, note, signal), () => late(pk));
        if (response !== undefined && DECISIONS.includes(response.status)) decided.resolve(response);
        second ??= response;
      } catch (error) {
        if (!(error instanceof NetworkError) && !signal.aborted) this.#options.onProblem(error as Error);
      } finally {
        if (--open === 0) decided.resolve(second);
      }
    });
    if (open === 0) return undefined;
    const response = await decided.promise;
    ended.abort(new DOMException("another admin has decided", "AbortError"));
    return response;
  }

  async #askOne(
    room: GroupRoom,
    pk: PublicKeyHex,
    note: string,
    signal: AbortSignal,
  ): Promise<JoinResponse | undefined> {
    const { record } = room;
    const bits = record.joinPowBits;
    const first = await this.#request(
      record,
      pk,
      note,
      bits > 0 ? await this.#work(record.id, bits, signal) : NO_WORK,
      signal,
    );
    if (first?.status !== "challenge") return first;
    const work = await this.#work(record.id, first.powBits, signal);
    return await this.#request(record, pk, note, work, signal);
  }

  async #request(
    { id, port, status }: GroupRecord,
    pk: PublicKeyHex,
    note: string,
    work: Work,
    signal: AbortSignal,
  ): Promise<JoinResponse | undefined> {
    const stream = await this.#options.network!.dial({ pk, port: relayPortOf(port) }, signal);
    const tsNs = this.#options.clock.wallNs();
    const askAgain = status === "awaiting_approval";
    return await askAtDoor(stream, {
      groupId: id,
      requester: this.#options.pk,
      note,
      work,
      askAgain,
      probe: false,
      tsNs,
    });
  }

  async #work(group: GroupId, bits: number, signal: AbortSignal): Promise<Work> {
    const { clock, pk } = this.#options;
    const search = new WorkSearch(group, pk, bits, clock.wallNs() / 1_000_000_000n);
    const endMs = clock.nowMs() + WORK_MS;
    for (;;) {
      const found = search.step(WORK_SLICE);
      if (found !== undefined) return found;
      signal.throwIfAborted();
      if (clock.nowMs() > endMs) {
        throw new NetworkError("The work took too long", { retry: true, reason: "timeout" });
      }
      await sleep(clock, 0, signal);
    }
  }

  /** What follows from an admin's answer. */
  async #follow(room: GroupRoom, response: JoinResponse): Promise<void> {
    const { status, aesKey: key, keyEpoch: epoch, name, admins, members } = response;
    if (status === "admitted") {
      await room.handle({ kind: "admitted", key, epoch, name, admins, members });
      return;
    }
    if (status === "pending") {
      return void await room.handle({ kind: "standing", status: "awaiting_approval" });
    }
    if (status !== "denied" && status !== "banned") return;
    await room.handle({ kind: "standing", status });
    const hint = response.reason === "" ? "An admin has decided so." : `An admin says: ${response.reason}`;
    throw new UserError(`Group ${JSON.stringify(room.record.name)} does not let us in: ${status}`, {
      kind: "refused",
      hint,
    });
  }

  async #take(
    listener: { accept(): Promise<(Duplex & { readonly remote: Addr }) | null>; close(): void },
    run: (stream: Duplex & { readonly remote: Addr }) => Promise<void>,
  ): Promise<void> {
    let open = 0;
    for (let stream = await listener.accept(); stream !== null; stream = await listener.accept()) {
      const taken = stream;
      if (open >= MAX_AT_DOOR) {
        taken.close();
        continue;
      }
      open++;
      within(this.#options.clock, DOOR_MS, run(taken), () => late(taken.remote.pk))
        .catch(() => {}) // a stranger that breaks a rule is nobody's problem
        .finally(() => {
          open--;
          taken.close();
        });
    }
  }

  #atDoor(room: GroupRoom, stream: Duplex & { readonly remote: Addr }): Promise<void> {
    return serveDoor(stream, async (request) => {
      const { id } = room.record;
      const buckets = this.#buckets.get(id) ?? new RateBuckets();
      this.#buckets.set(id, buckets);
      const from = stream.remote.pk;
      if (request.groupId.toLowerCase() !== id) return joinResponse(request.groupId, "unavailable");
      const { response, admit, wait } = answerTo(request, from, room, buckets, this.#options.clock.wallNs());
      if (wait !== undefined) await room.remember({ waiting: [...room.extra.waiting, wait] });
      if (!admit) return response;
      await room.handle({ kind: "admit", peer: from });
      return admission(room.record);
    });
  }

  async #describe(stream: Duplex & { readonly remote: Addr }): Promise<void> {
    const payload = await readOneFrame(stream);
    const answer = payload && this.#description(payload, stream.remote.pk);
    if (answer === undefined) return;
    await stream.write(encodeChatFrame(answer));
    await stream.closeWrite();
    while (await stream.read() !== null);
  }

  #description(payload: Uint8Array, from: PublicKeyHex): Uint8Array | undefined {
    const kind = frameKind(payload);
    if (kind === "catalog_request") return encodeCatalog(this.#catalog());
    const request = kind === "join_request" ? readJoinRequest(payload) : undefined;
    if (request === undefined || !request.probe) return undefined;
    const room = this.#rooms.get(request.groupId.toLowerCase());
    if (room === undefined) return encodeJoinResponse(joinResponse(request.groupId, "unavailable"));
    const { response } = answerTo(request, from, room, new RateBuckets(), 0n);
    return encodeJoinResponse(response);
  }

  #catalog(): { host: PublicKeyHex; entries: CatalogEntry[]; truncated: boolean } {
    const listed = [...this.#rooms.values()].filter(({ record }) =>
      record.listed && record.status === "active"
    );
    const entries = listed.slice(0, MAX_CATALOG_ENTRIES).map(({ record, extra }): CatalogEntry => ({
      id: record.id,
      name: record.name,
      groupKind: kindOf(record.mode, record.kind),
      policy: extra.openJoin ? "open" : "approval",
      port: record.port,
      powBits: record.joinPowConfigured ? record.joinPowBits : 0,
      priceHint: "",
    }));
    return { host: this.#options.pk, entries, truncated: listed.length > entries.length };
  }

  async #probe(pk: PublicKeyHex, group: GroupId): Promise<JoinResponse> {
    const { network, clock } = this.#options;
    if (network === undefined) {
      throw new UserError("An address needs the network", {
        kind: "no-network",
        hint: "Use an invite link.",
      });
    }
    const request: JoinRequest = {
      groupId: group,
      requester: this.#options.pk,
      note: "",
      work: NO_WORK,
      askAgain: false,
      probe: true,
      tsNs: clock.wallNs(),
    };
    const stream = await network.dial({ pk, port: DESCRIBE_PORT }, this.#stop.signal);
    const response = await within(clock, PROBE_MS, askAtDoor(stream, request), () => late(pk));
    if (response?.status === "info" && response.port !== 0) return response;
    const what = response?.status === "banned" ? "has banned us" : "is not to be had there";
    throw new UserError(`Group ${group} ${what}`, {
      kind: "refused",
      hint: "Ask whoever gave you the address for an invite link.",
    });
  }
}

const DECISIONS: readonly string[] = ["admitted", "denied", "banned", "pending"];

const isWaiting = ({ record: { status } }: GroupRoom): boolean =>
  status === "pending" || status === "awaiting_approval";

const late = (pk: PublicKeyHex): NetworkError =>
  new NetworkError(`${pk.slice(0, 8)}… did not answer in time`, { retry: true, reason: "timeout" });

const kindNamed = (kind: string): "public" | "private" | "channel" =>
  kind === "private" || kind === "channel" ? kind : "public";

function addressOf(link: string): { pk: PublicKeyHex; group: GroupId } {
  const hint = "`dmsg group invite` prints a link, `dmsg group address` an address.";
  try {
    const { pk, group } = parseSkychatAddress(link);
    if (group !== undefined) return { pk, group };
    throw new UserError("This is the address of a person, not of a group", { kind: "usage", hint });
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw new UserError(`This is neither an invite nor an address: ${error.message}`, {
      kind: "usage",
      hint,
    });
  }
}
