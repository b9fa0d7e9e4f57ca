/**
 * Letting in: answers strangers at the doors of our groups (feed port + 1), and on the describe port 8060.
 *
 * @see specification skychat §b.7, §b.8, §b.14
 * @module
 */
import { encodeChatFrame } from "../../../chat/frame.ts";
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import { DESCRIBE_PORT, relayPortOf } from "../../../group/record/address.ts";
import {
  type CatalogEntry,
  encodeCatalog,
  encodeJoinResponse,
  encodeProfile,
  frameKind,
  type JoinRequest,
  type JoinResponse,
  joinResponse,
  MAX_CATALOG_ENTRIES,
  type Profile,
  readJoinRequest,
} from "../../../group/joining/admission.ts";
import { kindOf } from "../../../group/joining/invite.ts";
import type { Store } from "../../../store/store.ts";
import { within } from "../../../sys/clock.ts";
import {
  admission,
  answerTo,
  notAdmitted,
  policyOf,
  RateBuckets,
  readOneFrame,
  serveDoor,
} from "./admission.ts";
import type { AskingOptions } from "./asking.ts";
import { type GroupStream, late } from "../feeds/group_network.ts";
import type { GroupRoom } from "../room/group_room.ts";
import type { GroupId } from "../groups.ts";
import { answerInquiry } from "../threads/inquiries.ts";
import { takeRelayed } from "../saying/relayed.ts";
import { addRequest } from "./requests.ts";
import { TurnedAway } from "./turned_away.ts";

/** A stranger has this long to say what it wants and to take the answer. */
const DOOR_MS = 15_000;
/** Strangers at one door at a time. */
const MAX_AT_DOOR = 32;

/** What somebody who is in is given; in a D2 group the key, wrapped under the secret with the key that it came with. */
async function admitted(
  room: GroupRoom,
  { ratchet }: JoinRequest,
  from: PublicKeyHex,
): Promise<JoinResponse> {
  const response = admission(room.record);
  if (room.record.keys !== "d2" || ratchet.length === 0) return response;
  await room.handle({ kind: "ratchet", value: ratchet });
  return { ...response, wrapped: room.circle.wrapFor(from) ?? response.wrapped };
}

/** Of itself a program of ours tells nothing but its key. */
const NO_PROFILE: Omit<Profile, "pk"> = { name: "", avatar: new Uint8Array(0), avatarMime: "", updated: "" };

/** Who asks the describe port to be let in. */
const elsewhere = (group: GroupId): JoinResponse => ({
  ...joinResponse(group, "unavailable"),
  reason: "this port answers group describes only; join requests go to the group's own port",
});

/** As lines of the log name it. */
const doorOf = (group: GroupId): string => `the door of group ${group}`;

/** Lets in. */
export class Doors {
  readonly #options: AskingOptions;
  readonly #store: Store;
  readonly #rooms = new Map<GroupId, GroupRoom>();
  readonly #doors = new Map<GroupId, { close(): void }>();
  readonly #buckets = new Map<GroupId, RateBuckets>();
  readonly #turnedAway: TurnedAway;
  #describing: { close(): void } | undefined;

  /** Nothing is answered yet. */
  constructor(options: AskingOptions, store: Store) {
    this.#options = options;
    this.#store = store;
    this.#turnedAway = new TurnedAway(options.clock, options.onProblem);
  }

  /** Ends all that runs. */
  close(): void {
    for (const group of [...this.#rooms.keys()]) this.stop(group);
    this.#describing?.close();
    this.#turnedAway.close();
  }

  /** No longer answers for a group. */
  stop(group: GroupId): void {
    this.#doors.get(group)?.close();
    this.#doors.delete(group);
    this.#rooms.delete(group);
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
      this.#take(doorOf(id), listener, (stream) => this.#atDoor(room, stream)).catch(
        onProblem,
      );
      if (this.#describing !== undefined) return;
      const describing = network.listen(DESCRIBE_PORT);
      this.#describing = describing;
      this.#take("the describe port", describing, (stream) => this.#describe(stream)).catch(onProblem);
    } catch (cause) {
      const why = `port ${relayPortOf(port)} or ${DESCRIBE_PORT} is taken here`;
      onProblem(new Error(`group ${id}: nobody can ask us to be let in: ${why}`, { cause }));
    }
  }

  async #take(
    place: string,
    listener: { accept(): Promise<(GroupStream) | null>; close(): void },
    run: (stream: GroupStream) => Promise<void>,
  ): Promise<void> {
    let open = 0;
    for (let stream = await listener.accept(); stream !== null; stream = await listener.accept()) {
      const taken = stream;
      if (open >= MAX_AT_DOOR) {
        taken.close();
        this.#turnedAway.one(place);
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

  #atDoor(room: GroupRoom, stream: GroupStream): Promise<void> {
    return serveDoor(stream, async (request) => {
      const { id } = room.record;
      const buckets = this.#buckets.get(id) ?? new RateBuckets();
      this.#buckets.set(id, buckets);
      const from = stream.remote.pk;
      if (request.groupId.toLowerCase() !== id) return joinResponse(request.groupId, "unavailable");
      const { response, admit, invite, wait } = answerTo(
        request,
        from,
        room,
        buckets,
        this.#options.clock.wallNs(),
      );
      // Go programs ask every 30 s while they wait: that is no flood.
      const waits = room.extra.waiting.some(({ pk }) => pk === from);
      if (response.status === "throttled" && !waits) this.#turnedAway.one(doorOf(id));
      if (wait !== undefined && await addRequest(room, wait)) {
        await this.#options.onStanding(room.record, "asked", from);
      }
      if (!admit) return response.status === "admitted" ? await admitted(room, request, from) : response;
      const { refused } = await room.handle({ kind: "admit", peer: from, invite });
      // What was not decided is not said: it would wait for a roster that never comes.
      if (room.isMember(from)) return await admitted(room, request, from);
      return notAdmitted(room.record, refused ?? "");
    }, async (payload) => {
      const ack = await takeRelayed(room, payload, stream.remote.pk);
      return ack === undefined ? await answerInquiry(room, this.#store, payload, stream.remote.pk) : [ack];
    });
  }

  async #describe(stream: GroupStream): Promise<void> {
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
    if (kind === "profile_request") return encodeProfile({ ...NO_PROFILE, pk: this.#options.pk });
    const request = kind === "join_request" ? readJoinRequest(payload) : undefined;
    if (request === undefined) return undefined;
    if (!request.probe) return encodeJoinResponse(elsewhere(request.groupId));
    const room = this.#rooms.get(request.groupId.toLowerCase());
    if (room === undefined) return encodeJoinResponse(joinResponse(request.groupId, "unavailable"));
    const { response } = answerTo(request, from, room, new RateBuckets(), 0n);
    return encodeJoinResponse(response);
  }

  #catalog(): { host: PublicKeyHex; entries: CatalogEntry[]; truncated: boolean } {
    const listed = [...this.#rooms.values()].filter(({ record, isAdmin }) =>
      isAdmin && record.listed && record.status === "active"
    );
    const entries = listed.slice(0, MAX_CATALOG_ENTRIES).map(({ record, extra, isAdmin }): CatalogEntry => ({
      id: record.id,
      name: record.name,
      groupKind: kindOf(record.mode, record.kind),
      policy: policyOf({ record, extra, isAdmin }),
      port: record.port,
      powBits: record.joinPowBits,
      priceHint: "",
    }));
    return { host: this.#options.pk, entries, truncated: listed.length > entries.length };
  }
}
