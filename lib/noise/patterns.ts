/**
 * The two handshake patterns of dmsg as tables of message tokens.
 *
 * @see Noise rev 34 §7; specification dmsg §5
 * @module
 */

/** One step of a message: send a key, or mix a DH of (initiator's, responder's) keys. */
export type Token = "e" | "s" | "ee" | "es" | "se" | "ss";

/** A pattern: who knows whose static key beforehand, and the tokens of each message, initiator first. */
export interface Pattern {
  /** Hashed at the start; longer than 32 bytes. */
  readonly protocolName: string;
  /** Static keys hashed before the first message, in this order. */
  readonly preMessages: readonly ("initiator" | "responder")[];
  /** Tokens of each message; the sides take turns. */
  readonly messages: readonly (readonly Token[])[];
}

/** Client ↔ server: the client knows the server's key. */
export const XK: Pattern = {
  protocolName: "Noise_XK_Secp256k1_ChaChaPoly_SHA256",
  preMessages: ["responder"],
  messages: [["e", "es"], ["e", "ee"], ["s", "se"]],
};

/** Client ↔ client: both keys are in the stream request. */
export const KK: Pattern = {
  protocolName: "Noise_KK_Secp256k1_ChaChaPoly_SHA256",
  preMessages: ["initiator", "responder"],
  messages: [["e", "es", "ss"], ["e", "ee", "se"]],
};
