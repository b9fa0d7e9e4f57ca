/**
 * What the user has switched while the UI ran. It goes before the configuration that it was switched over, also in the
 * next run; when the configuration says something new, that holds.
 *
 * @module
 */
import type { Chosen, Model, Preferences } from "./types.ts";

/** Preferences as they hold now. */
export function chosenOver(configured: Preferences, { quiet, bell }: Chosen): Preferences {
  return {
    ...configured,
    quiet: quiet && same(quiet.over, configured.quiet) ? quiet.is : configured.quiet,
    bell: bell && bell.over === configured.bell ? bell.is : configured.bell,
  };
}

/** Switches the hours without notices. @param quiet  Undefined: there are none. */
export const choosesQuiet = (model: Model, quiet: Preferences["quiet"]): Model =>
  chooses(model, { quiet: { is: quiet, over: model.configured.quiet } });

/** Switches the bell. */
export const choosesBell = (model: Model, bell: boolean): Model =>
  chooses(model, { bell: { is: bell, over: model.configured.bell } });

/** The configuration says something else. */
export const configuredAnew = (model: Model, configured: Preferences): Model => ({
  ...model,
  configured,
  preferences: chosenOver(configured, model.chosen),
});

/** What stands in a file as chosen, as far as it makes sense. */
export function readChosen(kept: unknown): Chosen {
  const { quiet, bell } = asObject(kept);
  return {
    ...(isSwitch(quiet, isSpan) ? { quiet } : {}),
    ...(isSwitch(bell, (value) => typeof value === "boolean") ? { bell } : {}),
  } as Chosen;
}

function chooses(model: Model, change: Chosen): Model {
  const chosen = { ...model.chosen, ...change };
  return { ...model, chosen, preferences: chosenOver(model.configured, chosen) };
}

const same = (one: Preferences["quiet"], other: Preferences["quiet"]): boolean =>
  one?.from === other?.from && one?.to === other?.to;

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? value as Record<string, unknown> : {};

/** Whether a value says what was chosen, and over what. */
const isSwitch = (value: unknown, fits: (value: unknown) => boolean): boolean => {
  if (typeof value !== "object" || value === null) return false;
  const { is, over } = asObject(value);
  return fits(is) && fits(over);
};

/** A span, or none. */
const isSpan = (value: unknown): boolean => {
  const { from, to } = asObject(value);
  return value === undefined || (typeof from === "number" && typeof to === "number");
};
