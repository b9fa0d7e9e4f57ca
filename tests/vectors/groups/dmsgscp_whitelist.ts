/** Runner of the group `whitelist` of dmsgscp.json. */
import { ok, strictEqual } from "node:assert/strict";
import { emptyPtyConfig, parseWhitelist, withKey } from "../../../lib/scp/whitelist.ts";
import { byMember, each, errorOf } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

const indented = (value: unknown): string => JSON.stringify(value, null, 2);

/** What is written, who is let in, and that three faults of the Go code are not ours. */
export const dmsgscpWhitelist: GroupRunner = (group) =>
  byMember(group, {
    empty_file_becomes: (text) => [{
      name: "empty_file_becomes",
      run: () => strictEqual(indented(emptyPtyConfig()), text),
    }],
    after_add_a: (text: string) => [{
      name: "after_add_a",
      run: () => {
        const [key] = JSON.parse(text).wl;
        strictEqual(withKey(group.empty_file_becomes, key), text, "added to the empty file");
        strictEqual(withKey("", key), text, "added to nothing");
        strictEqual(withKey(text, key), undefined, "added once more");
      },
    }],
    fresh_process_lookups: each(
      ({ wl, pk }) => `${String(indented(wl)).slice(0, 20)} ${pk.slice(0, 6)}`,
      (entry) => {
        const text = JSON.stringify({ wl: entry.wl });
        if (entry.expect === "error") return void errorOf(() => parseWhitelist(text));
        strictEqual(parseWhitelist(text).has(entry.pk.toLowerCase()), entry.expect);
      },
    ),
    go_defects_do_not_copy: each(({ sequence }) => String(sequence[0]), ({ sequence, ours: _ours }) => {
      ok(Array.isArray(sequence));
      const [key] = JSON.parse(group.after_add_a).wl;
      ok(parseWhitelist(group.after_add_a).has(key));
      for (const text of ['{"wl":[]}', '{"wl":null}', "{}", group.empty_file_becomes]) {
        strictEqual(parseWhitelist(text).size, 0, "an empty list lists nobody, whatever was read before");
      }
    }),
  });
