/**
 * An argument that is taken as it is. In a file of its own, as a lone `send` reads it too: beside it in the overlays'
 * it would run 20 modules of theirs at each start.
 *
 * @module
 */

/** An argument that is taken as it is. */
export interface TextArgument {
  /** Nothing is made of it. */
  readonly parse: (text: string) => string;
  /** What it stands for. */
  readonly placeholder: string;
  /** What it is, a few words. */
  readonly brief: string;
}

/** An argument that is taken as it is typed. @param placeholder  Its name in the help. @param brief  A few words. */
export const textArgument = (placeholder: string, brief: string): TextArgument => ({
  parse: String,
  placeholder,
  brief,
});
