/** What `dmsg group check` prints of a member in memory: each fault is a line behind the member that it is about. */
import { groupCheck } from "../../cli/words/check.ts";
import { checkOf } from "../../lib/app/groups/threads/group_check.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import type { Member } from "./sim/member.ts";

/** The lines of faults by whom they are about, each with its first word; who has none is not among them. */
export function faultLines(member: Member, nowNs: bigint): Record<PublicKeyHex, string[]> {
  const { engine, record, pair: { pk } } = member;
  const check = checkOf(
    { record, ledger: engine.ledger, missing: () => engine.missing(), feeds: undefined },
    pk,
    nowNs,
  );
  const aliases = Object.fromEntries(check.members.map((one) => [one.pk, one.pk]));
  const faults: Record<PublicKeyHex, string[]> = {};
  let about = "";
  for (const line of groupCheck({ ...check, aliases }).split("\n").slice(1)) {
    const fault = /^ {4}(\w+): /.exec(line)?.[1];
    if (fault === undefined) about = /^ {2}(\w{66}) /.exec(line)![1];
    else (faults[about] ??= []).push(fault);
  }
  return faults;
}
