/**
 * Commands that answer what a chosen message offers, whatever that is.
 *
 * @module
 */
import { selectedMessage } from "../state/model.ts";
import { isInvite } from "../steps/invites.ts";
import type { Command, Commands } from "./command.ts";
import { files } from "./files.ts";
import { shared } from "./shared.ts";

const answers = (brief: string, invite: Command, file: Command): Command => ({
  brief,
  needs: "message",
  run: (model) => (isInvite(selectedMessage(model)!) ? invite : file).run(model, ""),
});

/** The commands. */
export const offers: Commands = {
  take: answers("Take what a message offers: a file, an invite", shared["accept-invite"], files["take-file"]),
  refuse: answers("Refuse it", shared["refuse-invite"], files["refuse-file"]),
};
