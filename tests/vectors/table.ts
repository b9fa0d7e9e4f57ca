/**
 * Which runner proves which group. One more group: its runner's file in groups/ and a line here.
 *
 * @module
 */
import { cxoEncoder } from "./groups/cxo_encoder.ts";
import { cxoMessages } from "./groups/cxo_messages.ts";
import { cxo2019Framing, cxo2019Keys, cxo2019Leaves, cxoDialogues } from "./groups/cxo_node2019.ts";
import { cxoRegistry } from "./groups/cxo_registry.ts";
import { cxoRoots, cxoSignatureRules, cxoWorkedExample } from "./groups/cxo_roots.ts";
import { cxoTranscript } from "./groups/cxo_transcript.ts";
import { cxoTrees } from "./groups/cxo_trees.ts";
import { d2Admissions, d2Epochs, d2Messages, d2Ratchets, d2Wraps } from "./groups/d2.ts";
import { dmsgAddresses } from "./groups/dmsg_addresses.ts";
import { dmsgDh } from "./groups/dmsg_dh.ts";
import { dmsgDiscoveryEntries } from "./groups/dmsg_discovery_entries.ts";
import { dmsgDiscoveryHttpCapture } from "./groups/dmsg_discovery_http_capture.ts";
import { dmsgDiscoveryHttpErrors } from "./groups/dmsg_discovery_http_errors.ts";
import { dmsgErrorCodes } from "./groups/dmsg_error_codes.ts";
import { dmsgKeys } from "./groups/dmsg_keys.ts";
import { dmsgLiveCapture } from "./groups/dmsg_live_capture.ts";
import { dmsgNoise } from "./groups/dmsg_noise.ts";
import { dmsgNoisePqHybrid } from "./groups/dmsg_noise_pq_hybrid.ts";
import { dmsgSignatures } from "./groups/dmsg_signatures.ts";
import { dmsgStreamObjects } from "./groups/dmsg_stream_objects.ts";
import { goJson } from "./groups/go_json.ts";
import { skychatJoin, skychatJoinPow, skychatRelay } from "./groups/skychat_admission.ts";
import {
  dmsgscpCliArgs,
  dmsgscpHeaderLines,
  dmsgscpLimits,
  dmsgscpModeMask,
  dmsgscpPathResolution,
  dmsgscpRoleLines,
} from "./groups/dmsgscp_lines.ts";
import { dmsgscpSessions } from "./groups/dmsgscp_sessions.ts";
import { dmsgscpWhitelist } from "./groups/dmsgscp_whitelist.ts";
import { dmsgscpXfer } from "./groups/dmsgscp_xfer.ts";
import { skychatAliasFile } from "./groups/skychat_alias_file.ts";
import { skychatBodyObjects } from "./groups/skychat_body_objects.ts";
import { skychatFileRequest, skychatTime, skychatWaitClamp } from "./groups/skychat_chat_rules.ts";
import { skychatDmsgChat } from "./groups/skychat_dmsg_chat.ts";
import { skychatEnvelopes } from "./groups/skychat_envelopes.ts";
import { skychatFileContainer, skychatFileTransfer } from "./groups/skychat_files.ts";
import { skychatFraming } from "./groups/skychat_framing.ts";
import {
  skychatGossip,
  skychatKeyRotation,
  skychatRotationJitter,
  skychatSealedGovernance,
} from "./groups/skychat_governance.ts";
import { skychatMessageLeaf } from "./groups/skychat_group_leaf.ts";
import { skychatAddress, skychatFeedPort, skychatInvites } from "./groups/skychat_invites.ts";
import { skychatListenEscape } from "./groups/skychat_listen_escape.ts";
import { skychatOverlays } from "./groups/skychat_overlays.ts";
import { skychatEcdh, skychatPairing, skychatPairPort } from "./groups/skychat_pairs.ts";
import { skychatStoreSeal } from "./groups/skychat_store_seal.ts";
import { signedInviteLinks, signedInviteRecords, signedInviteRefusals } from "./groups/signed_invites.ts";
import { rosterDecisions, rosterGraphs } from "./groups/roster.ts";
import type { FileTable } from "./run.ts";

/** The dialogues with a Go node; of ours there is a second file with nothing else. */
const NODE_2019: FileTable = {
  groups: {
    framing: cxo2019Framing,
    keys: cxo2019Keys,
    leaves: cxo2019Leaves,
    dialogues: cxoDialogues,
  },
  later: [],
  notGroups: ["description", "source_version"],
};

/** By file name. A file that is not here has no runner at all. */
export const TABLE: Readonly<Record<string, FileTable>> = {
  "dmsg.json": {
    groups: {
      keys: dmsgKeys,
      dh: dmsgDh,
      signatures: dmsgSignatures,
      noise: dmsgNoise,
      noise_pq_hybrid: dmsgNoisePqHybrid,
      live_capture: dmsgLiveCapture,
      addresses: dmsgAddresses,
      error_codes: dmsgErrorCodes,
      stream_objects: dmsgStreamObjects,
      discovery_entries: dmsgDiscoveryEntries,
      discovery_http_capture: dmsgDiscoveryHttpCapture,
      discovery_http_errors: dmsgDiscoveryHttpErrors,
    },
    later: [],
    notGroups: ["description", "source_version", "spec"],
  },
  "skychat.json": {
    groups: {
      framing: skychatFraming,
      envelopes: skychatEnvelopes,
      wait_clamp: skychatWaitClamp,
      listen_escape: skychatListenEscape,
      dmsg_chat: skychatDmsgChat,
      body_objects: skychatBodyObjects,
      file_request: skychatFileRequest,
      file_container: skychatFileContainer,
      file_transfer: skychatFileTransfer,
      time: skychatTime,
      alias_file: skychatAliasFile,
      store_seal: skychatStoreSeal,
      invites: skychatInvites,
      address: skychatAddress,
      feed_port: skychatFeedPort,
      message_leaf: skychatMessageLeaf,
      gossip: skychatGossip,
      sealed_governance: skychatSealedGovernance,
      key_rotation: skychatKeyRotation,
      rotation_jitter: skychatRotationJitter,
      relay: skychatRelay,
      join_pow: skychatJoinPow,
      join: skychatJoin,
      pair_port: skychatPairPort,
      ecdh: skychatEcdh,
      pairing: skychatPairing,
      overlays: skychatOverlays,
    },
    later: [],
    notGroups: ["about", "keys"],
  },
  "cxo.json": {
    groups: {
      encoder: cxoEncoder,
      messages: cxoMessages,
      registry: cxoRegistry,
      roots: cxoRoots,
      signature_rules: cxoSignatureRules,
      trees: cxoTrees,
      worked_example: cxoWorkedExample,
      transcript: cxoTranscript,
    },
    later: [],
    notGroups: ["description", "how_made", "keys"],
  },
  "cxo_node2019.json": NODE_2019,
  "cxo_node2019_more.json": NODE_2019,
  "dmsgscp.json": {
    groups: {
      sessions: dmsgscpSessions,
      header_lines: dmsgscpHeaderLines,
      role_lines: dmsgscpRoleLines,
      path_resolution: dmsgscpPathResolution,
      mode_mask: dmsgscpModeMask,
      cli_args: dmsgscpCliArgs,
      xfer: dmsgscpXfer,
      whitelist: dmsgscpWhitelist,
      limits: dmsgscpLimits,
    },
    later: [],
    notGroups: ["format", "about"],
  },
  "invites.json": {
    groups: { links: signedInviteLinks, records: signedInviteRecords, refused: signedInviteRefusals },
    later: [],
    notGroups: ["about", "inviter_secret"],
  },
  "d2.json": {
    groups: {
      ratchets: d2Ratchets,
      wraps: d2Wraps,
      epochs: d2Epochs,
      admissions: d2Admissions,
      messages: d2Messages,
    },
    later: [],
    notGroups: ["about", "group_id"],
  },
  "go_json.json": { groups: goJson, later: [], notGroups: ["about"] },
  "roster.json": {
    groups: { decisions: rosterDecisions, graphs: rosterGraphs },
    later: [],
    notGroups: ["about", "issuer_secret"],
  },
};

/**
 * What is known of a file: by its name, or, when that is another one, by members that all belong to one of ours;
 * texts are remarks.
 * @param content  Its parsed JSON.
 */
export function tableFor(file: string, content: unknown): FileTable | undefined {
  if (Object.hasOwn(TABLE, file)) return TABLE[file];
  if (typeof content !== "object" || content === null) return undefined;
  const members = Object.keys(content);
  return Object.values(TABLE).find(({ groups, later, notGroups }) => {
    const isGroup = (name: string): boolean => Object.hasOwn(groups, name) || later.includes(name);
    const isText = (name: string): boolean => typeof (content as Record<string, unknown>)[name] === "string";
    return members.some(isGroup) &&
      members.every((name) => isGroup(name) || notGroups.includes(name) || isText(name));
  });
}
