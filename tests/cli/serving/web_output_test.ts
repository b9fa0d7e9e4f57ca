import { rejects, strictEqual } from "node:assert/strict";
import { parseField } from "../../../cli/serving/web_get.ts";
import { onTerminal } from "../../../cli/serving/web_output.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";

/** What a terminal is given of a body in pieces of so many bytes. */
async function shown(body: Uint8Array, pieceBytes = body.length): Promise<string> {
  let text = "";
  const file = onTerminal({ text: (more) => text += more, room: () => Promise.resolve() });
  for (let at = 0; at < body.length; at += pieceBytes) await file.write(body.subarray(at, at + pieceBytes));
  await file.commit();
  return text;
}

Deno.test("A body on a terminal is text that moves no cursor, in whatever pieces it comes", async () => {
  const body = utf8("é\tone\ntwo \x1b[31mred\x1b]0;title\x07 \u202e txt\n");
  for (const pieceBytes of [1, 3, 4096]) {
    const text = await shown(body, pieceBytes);
    strictEqual(
      [...text].some((letter) => /[\p{Cc}\p{Cf}]/u.test(letter) && !"\t\n".includes(letter)),
      false,
      text,
    );
    strictEqual(text.includes("\\x1b[31mred\\x1b]0;title\\x07 \\u{202e} txt\n"), true, text);
  }
  strictEqual(await shown(utf8("a\r\nb\r\n")), "a\nb\n");
  strictEqual(await shown(body), "é\tone\ntwo \\x1b[31mred\\x1b]0;title\\x07 \\u{202e} txt\n");
});

Deno.test("What is no text is not written to a terminal", async () => {
  for (const body of [utf8("a\0b"), Uint8Array.of(0x61, 0xff, 0x62), utf8("é").subarray(0, 1)]) {
    await rejects(shown(body), {
      kind: "usage",
      message: "The answer is not text, and standard output is a terminal",
    });
  }
});

Deno.test("A field of a request is one field, and none of those that the program writes", () => {
  strictEqual(parseField("X-A: b c"), "X-A: b c");
  for (
    const bad of [
      "",
      "X-A",
      ": b",
      "X A: b",
      "X-A: b\r\nHost: x",
      "Host: x",
      "content-length: 3",
      "X-A: \u00e9",
    ]
  ) {
    let message = "";
    try {
      parseField(bad);
    } catch (error) {
      message = (error as Error).name;
    }
    strictEqual(message, "SyntaxError", bad);
  }
});
