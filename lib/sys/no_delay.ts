/**
 * Small pieces that leave at once.
 *
 * @module
 */

/**
 * Asks the system to send small pieces at once. Some systems refuse that (macOS: "Invalid argument") for a connection
 * whose peer has ended it already. Reading from it tells as much; whoever takes connections must not end over it.
 * @param conn  Connected.
 */
export function noDelay(conn: Pick<Deno.TcpConn, "setNoDelay">): void {
  try {
    conn.setNoDelay(true);
  } catch { /* slower, not wrong */ }
}
