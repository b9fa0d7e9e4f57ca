/**
 * How a refusal is told, and known again by its words: of an attempt that a store remembers nothing else is left.
 *
 * @module
 */

/** The words of a refusal. @param who  Address of who was asked, `PK:PORT`. @param why  Said by it, or by what refused for it. */
export const refusalWords = (who: string, why: string): string => `${who} refused the stream: ${why}`;

/** Whether words are those of {@link refusalWords}. */
export const tellsRefusal = (words: string): boolean =>
  /^0[23][0-9a-f]{64}:\d+ refused the stream: /.test(words);
