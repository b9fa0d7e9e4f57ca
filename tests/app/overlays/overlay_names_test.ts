// Names of lists, items, polls and widgets: what is not seen is none, and none moves the text beside it.
import { throws } from "node:assert/strict";
import { dashFrame } from "../../../lib/app/overlays/dash_frame.ts";
import { checkText } from "../../../lib/app/overlays/planned.ts";
import { UserError } from "../../../lib/wire/errors.ts";

const widget = (id: string, title?: string) => () =>
  dashFrame({ id, kind: "number", value: 1, ...(title === undefined ? {} : { title }) });

Deno.test("A name of a list, an item or a widget that is blank or turns the text beside it is refused", () => {
  for (const name of ["", "  ", "\u200b\u2800", "a\u202eb", "\u2067x", "two\nlines"]) {
    throws(() => checkText("A name", name, 500), UserError);
    throws(widget(name), UserError);
    throws(widget("load", name), UserError);
  }
  for (const name of ["milk", "שלום", "👩‍👧", "a b"]) {
    checkText("A name", name, 500);
    widget(name)();
  }
});
