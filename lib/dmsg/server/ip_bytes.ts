/**
 * A client's address, as the answer to its IP look-up carries it.
 *
 * @see specification dmsg §9.2
 * @module
 */

/**
 * The bytes of an IP address.
 * @param text  As the socket gives it: IPv4, IPv6, or IPv4 mapped into IPv6.
 * @returns 4 or 16 bytes; empty when the text is neither.
 */
export function ipBytes(text: string): Uint8Array {
  const v4 = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/i.exec(text);
  if (v4) return Uint8Array.from(v4.slice(1), Number);
  if (!text.includes(":")) return new Uint8Array(0);
  const [head, tail] = text.split("%")[0].split("::");
  const words = (part: string | undefined): number[] =>
    part ? part.split(":").map((word) => parseInt(word, 16)) : [];
  const left = words(head);
  const right = words(tail);
  if (left.length + right.length > 8) return new Uint8Array(0);
  const all = [...left, ...new Array(8 - left.length - right.length).fill(0), ...right];
  return Uint8Array.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}
