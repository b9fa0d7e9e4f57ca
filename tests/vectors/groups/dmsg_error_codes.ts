/** Runner of the group `error_codes` of dmsg.json. */
import { strictEqual } from "node:assert/strict";
import { DMSG_ERRORS, dmsgError, isTemporary } from "../../../lib/dmsg/errors.ts";
import { byMember, each } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

interface CodeCase {
  code: number;
  message: string;
  rendered: string;
  temporary: boolean;
  timeout: boolean;
}

/** The table of codes, and how they are rendered. */
export const dmsgErrorCodes: GroupRunner = (group) =>
  byMember(group, { codes: each(({ code }) => String(code), runCode) });

function runCode(vector: CodeCase): void {
  const error = dmsgError(vector.code);
  strictEqual(DMSG_ERRORS.get(vector.code)?.text, vector.message);
  strictEqual(error.message, vector.rendered);
  strictEqual(error.code, vector.code);
  strictEqual(isTemporary(error), vector.temporary);
  strictEqual(vector.timeout, false, "no dmsg code is a timeout; ours are NetworkError");
}
