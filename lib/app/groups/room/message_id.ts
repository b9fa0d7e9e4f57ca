/**
 * The ids that a group's message has in the store. An id is one body for ever: what was sealed and is opened, and what
 * was hidden and is shown again, are new messages with names of their own.
 *
 * @see lib/app/README.md "Groups"
 * @module
 */

/**
 * An id in the store.
 * @param tail  What names the message in the group: sender, time and counter.
 * @param timesHidden  How often it was hidden after it had been shown.
 * @param isOpened  Whether it was shown as sealed before, under the same number of times.
 */
export function messageId(tail: string, timesHidden: number, isOpened: boolean): string {
  return `${tail}${timesHidden === 0 ? "" : `/again${timesHidden}`}${isOpened ? "/opened" : ""}`;
}

/** What names a message in the group, of its id in the store. */
export const tailOfId = (id: string): string => id.replace(/(\/again\d+)?(\/opened)?$/, "");

/** How often it was hidden before it was shown under an id in the store. */
export const timesOfId = (id: string): number => Number(/\/again(\d+)(\/opened)?$/.exec(id)?.[1] ?? 0);

/** Whether it was shown before, hidden by a decision, and is shown again by another, of its id in the store. */
export const isShownAgain = (id: string): boolean => /\/again\d+$/.test(id);

/** Who said it, of its id in the store. */
export const senderOf = (id: string): string => id.slice(0, id.indexOf("/"));

/** What names a message in the group, of a leaf's path. */
export const tailOfPath = (path: string): string => path.slice(path.indexOf("/") + 1);

/** When it was said, nanoseconds since 1970 in decimal digits, of what names it: `<sender>/<nanoseconds>/<counter>`. */
export const nanosOf = (tail: string): string => tail.split("/")[1];
