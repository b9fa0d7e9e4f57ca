/**
 * The HandshakeState of the Noise paper, with dmsg's DH and its order of the split keys.
 *
 * @see Noise rev 34 §5.3; specification dmsg §5
 * @module
 */
import { TAG_BYTES } from "../crypto/aead.ts";
import { dh } from "../crypto/ecdh.ts";
import { isPublicKey, type KeyPair, PUBLIC_KEY_BYTES } from "../crypto/keys.ts";
import { concat } from "../wire/bytes.ts";
import { handshakeError } from "./cipher_state.ts";
import { hybridKey } from "./hybrid.ts";
import type { Pattern, Token } from "./patterns.ts";
import { SymmetricState } from "./symmetric_state.ts";

/** Keys of the two directions after a handshake, 32 bytes each. */
export interface TransportKeys {
  /** Seals what we send. */
  readonly send: Uint8Array;
  /** Opens what we receive. */
  readonly receive: Uint8Array;
}

/** Who takes part in a handshake. */
export interface HandshakeParties {
  /** Whether we write the first message. */
  readonly initiator: boolean;
  /** Our static pair. */
  readonly local: KeyPair;
  /** Our ephemeral pair: fresh, used once. */
  readonly ephemeral: KeyPair;
  /** The other side's static key, 33 bytes; undefined where the pattern transmits it (XK responder). */
  readonly remote?: Uint8Array;
}

/** One handshake: messages are written and read in turn until `done`. */
export class HandshakeState {
  readonly #pattern: Pattern;
  readonly #parties: HandshakeParties;
  readonly #symmetric: SymmetricState;
  #remoteStatic: Uint8Array | undefined;
  #remoteEphemeral: Uint8Array | undefined;
  #next = 0;

  /**
   * Hashes the name and the static keys that are known beforehand.
   * @throws {RangeError} When the pattern needs a static key that `parties` lacks.
   */
  constructor(pattern: Pattern, parties: HandshakeParties) {
    this.#pattern = pattern;
    this.#parties = parties;
    this.#remoteStatic = parties.remote;
    this.#symmetric = new SymmetricState(pattern.protocolName);
    for (const who of pattern.preMessages) {
      const ours = (who === "initiator") === parties.initiator;
      this.#symmetric.mixHash(ours ? parties.local.public : this.#known(this.#remoteStatic));
    }
  }

  /** The running hash, 32 bytes; after the last message it is the handshake hash. */
  get h(): Uint8Array {
    return this.#symmetric.h;
  }

  /** The chaining key, 32 bytes. */
  get ck(): Uint8Array {
    return this.#symmetric.ck;
  }

  /** Whether all messages have passed. */
  get done(): boolean {
    return this.#next === this.#pattern.messages.length;
  }

  /**
   * The other side's static key, 33 bytes.
   * @throws {RangeError} Before the message that carries it was read.
   */
  get remoteStatic(): Uint8Array {
    return this.#known(this.#remoteStatic);
  }

  /**
   * Makes the next message.
   * @param payload  Empty in classic; ML-KEM data in the hybrid (specification dmsg §14).
   */
  writeMessage(payload: Uint8Array = new Uint8Array(0)): Uint8Array {
    const parts: Uint8Array[] = [];
    for (const token of this.#turn(true)) {
      if (token === "e") {
        parts.push(this.#parties.ephemeral.public);
        this.#symmetric.mixHash(this.#parties.ephemeral.public);
      } else if (token === "s") {
        parts.push(this.#symmetric.encryptAndHash(this.#parties.local.public));
      } else {
        this.#mixDh(token);
      }
    }
    parts.push(this.#symmetric.encryptAndHash(payload));
    return concat(...parts);
  }

  /**
   * Reads the next message.
   * @returns Its payload; content that is not known is for the caller to ignore.
   * @throws {ProtocolError} by peer: too short, a key that is not a point, or a tag that does not match.
   */
  readMessage(message: Uint8Array): Uint8Array {
    let at = 0;
    const take = (count: number): Uint8Array => {
      if (message.length - at < count) throw handshakeError("noise: message is too short");
      at += count;
      return message.subarray(at - count, at);
    };
    for (const token of this.#turn(false)) {
      if (token === "e") {
        this.#remoteEphemeral = point(take(PUBLIC_KEY_BYTES));
        this.#symmetric.mixHash(this.#remoteEphemeral);
      } else if (token === "s") {
        const sealed = take(PUBLIC_KEY_BYTES + TAG_BYTES);
        this.#remoteStatic = point(this.#symmetric.decryptAndHash(sealed));
      } else {
        this.#mixDh(token);
      }
    }
    return this.#symmetric.decryptAndHash(message.subarray(at));
  }

  /**
   * The transport keys. The side that *received* the last message encrypts with k1, whatever its role: in XK
   * this is the reverse of the Noise paper (specification dmsg §5).
   * @param shared  The 32-byte ML-KEM secret when both sides have it: each key is replaced (§14.4).
   */
  transportKeys(shared?: Uint8Array): TransportKeys {
    let [k1, k2] = this.#symmetric.split();
    if (shared !== undefined) {
      k1 = hybridKey(k1, shared, this.h);
      k2 = hybridKey(k2, shared, this.h);
    }
    const initiatorWroteLast = this.#pattern.messages.length % 2 === 1;
    const weWroteLast = initiatorWroteLast === this.#parties.initiator;
    return weWroteLast ? { send: k2, receive: k1 } : { send: k1, receive: k2 };
  }

  #turn(writing: boolean): readonly Token[] {
    const ours = (this.#next % 2 === 0) === this.#parties.initiator;
    if (this.done || ours !== writing) throw new RangeError("handshake message out of turn");
    return this.#pattern.messages[this.#next++];
  }

  /** Tokens name (initiator's key, responder's key); which of them is ours depends on the role. */
  #mixDh(token: Exclude<Token, "e" | "s">): void {
    const [ours, theirs] = this.#parties.initiator ? [token[0], token[1]] : [token[1], token[0]];
    const secret = (ours === "e" ? this.#parties.ephemeral : this.#parties.local).secret;
    const publicKey = this.#known(theirs === "e" ? this.#remoteEphemeral : this.#remoteStatic);
    this.#symmetric.mixKey(dh(secret, publicKey));
  }

  #known(key: Uint8Array | undefined): Uint8Array {
    if (key === undefined) throw new RangeError("the other side's key is not known yet");
    return key;
  }
}

/** A key from the wire, copied; a classic server dies of an invalid one, so it is checked before any use. */
function point(bytes: Uint8Array): Uint8Array {
  if (!isPublicKey(bytes)) throw handshakeError("noise: invalid public key in message");
  return bytes.slice();
}
