/**
 * `dmsg chat` for a person: opens the App, then the screen or the lines of the terminal UI.
 *
 * @module
 */
import type { App } from "../../lib/app/app.ts";
import { aliasPlaces } from "../../lib/identity/aliases.ts";
import { watchFile } from "../../lib/sys/files/watch.ts";
import { depthOf } from "../../tui/drawing/style.ts";
import { runScreen } from "../../tui/program.ts";
import type { Ending, SettingsNews } from "../../tui/program_parts.ts";
import { idOf } from "../../tui/state/model.ts";
import { hasTerminal } from "../../tui/terminal/terminal.ts";
import { type CommandApp, openCommandApp } from "../app.ts";
import { announce, type Context, meantBy } from "../context.ts";
import { Interrupted, Status } from "../exit.ts";
import type { CommonFlags } from "../flags/flags.ts";
import { Printer } from "../output/print.ts";
import { askBeforeMaking, newIdentityLine } from "./new_identity.ts";
import { chatFollower, preferencesOf } from "./settings.ts";
import type { ChatName } from "./target.ts";

/** How long closing the App may take when nobody sees it any more, milliseconds. */
const GONE_MS = 300;
/** And otherwise: the entry is taken back from the discovery. */
const CLOSE_MS = 3000;

/** Runs the UI until the user leaves or it is ended. @throws What ended it, in the words of who was named. */
export async function chatAtTerminal(
  context: Context,
  flags: CommonFlags & { readonly plain: boolean },
  target: ChatName | undefined,
): Promise<Status> {
  const { env } = context;
  const settings = await context.settings(flags);
  const { chat } = settings;
  const configured = preferencesOf(chat);
  const term = env("TERM");
  const isPlain = flags.plain || chat.plain === true || env("ACCESSIBLE") === "1" || term === "dumb" ||
    !hasTerminal();
  const notes = new Notes(context.print);
  if (target?.makes !== "none") await askBeforeMaking(context, settings);
  let made: string | undefined;
  const quiet: Context = {
    ...context,
    print: notes.printer,
    async identity(settings) {
      const { resolveIdentity } = await import("../../lib/identity/identity.ts");
      const identity = await resolveIdentity(settings, context);
      if (identity.created) made = newIdentityLine(settings, identity);
      announce(notes.printer, settings, identity, await meantBy(settings, identity, context));
      return identity;
    },
  };
  let tellSettings: ((news: SettingsNews) => void) | undefined;
  const parts = {
    host: context,
    clock: context.clock,
    signal: context.signal,
    watchNames: (onChange: () => void) => watchFile(aliasPlaces(context).config, onChange),
    configured,
    hook: chat.exec,
    onSettings: (told: (news: SettingsNews) => void) => void (tellSettings = told),
    open: target && (async (app: Pick<App, "groups">) => idOf((await target.find(app.groups)).key)),
    queues: settings.pq !== "require",
  };
  const makes = target?.makes ?? "any";
  let tellUnkept: ((why: string) => void) | undefined;
  const onUnkept = (why: string): void => tellUnkept?.(why);
  const onSettings = chatFollower((news) => tellSettings?.(news));
  const request = { command: "chat", makes, resident: true, onUnkept, onSettings } as const;
  const opening = openCommandApp(quiet, flags, request).catch((error) => {
    throw target?.failed(error) ?? error;
  });
  if (isPlain) {
    const opened = await opening;
    const { runLines } = await import("./plain.ts");
    return await runLines(context, opened, parts).finally(() => opened.app.close());
  }
  opening.catch(() => {}); // told where it is awaited
  let ending: Ending = "gone";
  notes.hold();
  try {
    ending = await runScreen({
      ...parts,
      opened: opening,
      hello: () => made,
      onUnkept: (told) => tellUnkept = told,
      look: {
        depth: depthOf({ term, colorterm: env("COLORTERM"), noColor: !context.print.mode.color }),
        theme: chat.theme ?? "auto",
        mouse: chat.mouse ?? false,
      },
      terminal: { term, tmux: env("TMUX") !== undefined },
      editor: env("VISUAL") ?? env("EDITOR"),
    });
  } finally {
    await closed(context, opening, ending);
    notes.release();
  }
  if (ending === "app") throw (await opening).ended();
  if (ending === "left") return Status.done;
  if (ending === "signal" && !(context.signal.reason instanceof Interrupted)) throw context.signal.reason;
  return Status.interrupted;
}

/** Ends our use of the App; who has left while it was being opened does not wait for it. */
async function closed(
  { clock, signal }: Context,
  opening: Promise<CommandApp>,
  ending: Ending,
): Promise<void> {
  const closing = opening.then(({ app }) => app.close(), () => {});
  closing.catch(() => {});
  const isGone = ending === "gone" ||
    (signal.reason instanceof Interrupted && signal.reason.signal === "SIGHUP");
  const limitMs = isGone ? GONE_MS : CLOSE_MS;
  await Promise.race([closing, new Promise((go) => clock.after(limitMs, () => go(0)))]);
}

/** Notices of others while the screen is up: they would be written into the picture. They follow when it is gone. */
class Notes {
  readonly printer: Printer;
  #held: string[] | undefined;
  readonly #print: Printer;

  constructor(print: Printer) {
    this.#print = print;
    const take = (text: string): void => {
      if (this.#held === undefined) print.noteText(text);
      else this.#held.push(text);
    };
    this.printer = new Printer(
      { out: take, err: take, room: () => Promise.resolve(), hasRoom: true },
      print.mode,
    );
  }

  /** From now on. */
  hold(): void {
    this.#held = [];
  }

  /** Prints what was held, each once. */
  release(): void {
    const held = new Set(this.#held);
    this.#held = undefined;
    for (const text of held) this.#print.noteText(text);
  }
}
