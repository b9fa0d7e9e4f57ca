/**
 * Every decoder of untrusted bytes, a line each. A new one gets a line here.
 *
 * @module
 */
import { printable, printableLines, visible, visibleLine } from "../../../cli/output/escape.ts";
import { CHAT_FRAME } from "../../../lib/chat/frame.ts";
import { HANDSHAKE_FRAME } from "../../../lib/dmsg/sessions/handshake.ts";
import { KK, XK } from "../../../lib/noise/patterns.ts";
import type { TargetMaker } from "../fuzz.ts";
import * as bots from "./bots.ts";
import * as copier from "./copier.ts";
import * as copierMany from "./copier_many.ts";
import { d2Messages, d2Values } from "./d2.ts";
import * as feeds from "./feeds.ts";
import * as groups from "./groups.ts";
import * as network from "./network.ts";
import * as overDmsg from "./over_dmsg.ts";
import * as overlays from "./overlays.ts";
import * as texts from "./texts.ts";
import * as threads from "./threads.ts";
import * as web from "./web.ts";
import * as wire from "./wire.ts";

/** All targets. */
export const TARGETS: readonly TargetMaker[] = [
  () => wire.frames("wire: frames behind a u16", HANDSHAKE_FRAME),
  () => wire.frames("wire: frames behind a u32", CHAT_FRAME),
  wire.requests,
  wire.responses,
  () => wire.handshake("noise: XK initiator", XK, "initiator"),
  () => wire.handshake("noise: XK responder", XK, "responder"),
  () => wire.handshake("noise: KK initiator", KK, "initiator"),
  () => wire.handshake("noise: KK responder", KK, "responder"),
  wire.kem,
  wire.objects,
  wire.sealedFrames,
  wire.secureStream,
  () => wire.yamux("yamux: client", "client"),
  () => wire.yamux("yamux: server", "server"),
  texts.addresses,
  texts.urls,
  texts.hostPorts,
  texts.keys,
  () => texts.entries("classic"),
  () => texts.entries("current"),
  texts.entryLists,
  texts.chatPayloads,
  texts.chatBodies,
  texts.dmsgChat,
  texts.chatLink,
  texts.visorConfigs,
  texts.keyFiles,
  texts.configFiles,
  texts.goTimes,
  () => texts.escapes("visible", visible),
  () => texts.escapes("printable", printable),
  () => texts.escapes("lines", (text) => printableLines(text).replaceAll(/[\n\t]/g, "")),
  () => texts.escapes("line of listen", (text) => visibleLine(text).replaceAll("\t", "")),
  texts.jsonLines,
  bots.lines,
  bots.cuts,
  bots.widgets,
  bots.machines,
  bots.jobs,
  feeds.frames,
  feeds.messages,
  feeds.roots,
  feeds.objects,
  () => feeds.node("publisher"),
  () => feeds.node("subscriber"),
  groups.invites,
  groups.signedInvites,
  groups.inviteRecords,
  groups.groupAddresses,
  groups.leaves,
  groups.leafPaths,
  groups.mutations,
  groups.rosters,
  groups.rotations,
  d2Values,
  d2Messages,
  groups.records,
  groups.joinRequests,
  groups.joinResponses,
  groups.otherFrames,
  groups.groupHolders,
  groups.groupNames,
  threads.heads,
  threads.forks,
  threads.ledgers,
  threads.ranges,
  threads.leafRequests,
  threads.leafAnswers,
  threads.leafPieces,
  threads.bundles,
  threads.order,
  groups.pairValues,
  groups.ratchets,
  groups.pairSeen,
  groups.contactInvites,
  overlays.overlayBodies,
  overlays.listActions,
  overlays.pollActions,
  overlays.overlayConversation,
  overlays.widgets,
  overlays.commands,
  overlays.inviteTexts,
  copier.records,
  copier.roles,
  copier.whitelists,
  copier.host,
  () => copier.client("push"),
  () => copier.client("pull"),
  copier.controls,
  copier.stripes,
  copierMany.manyHost,
  () => copierMany.manyClient("list"),
  () => copierMany.manyClient("pull"),
  copier.containers,
  copier.xferFrames,
  copier.xferReceiver,
  web.paths,
  web.server,
  web.client,
  network.discoveryHandler,
  network.discoveryClient,
  network.leanGet,
  overDmsg.overDmsg,
  overDmsg.places,
  network.serverConnection,
  network.serverMux,
  network.serverObjects,
  network.clientObjects,
];
