/**
 * The forms of a discovery's answers.
 *
 * @see specification dmsg §7
 * @module
 */
import { DISCOVERY_TEXTS } from "../dmsg/discovery/texts.ts";

/** An answer with a JSON body. @param body  JSON text. */
export const json = (body: string, status = 200): Response =>
  new Response(body, { status, headers: { "content-type": "application/json" } });

/** `{"message":…,"code":…}`, in this order. */
export const message = (status: number, text: string): Response =>
  json(`{"message":${JSON.stringify(text)},"code":${status}}`, status);

/** An answer without a body. */
export const empty = (status: number): Response => new Response(null, { status });

/** What Go's router says to a path that it does not know. */
export const unknownPath = (): Response =>
  new Response("404 page not found\n", {
    status: 404,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
  });

/** 500: the body is not an entry, or the store failed. */
export const unexpected = (): Response => message(500, DISCOVERY_TEXTS.unexpected);

/** 400: a key does not parse. */
export const badInput = (): Response => message(400, DISCOVERY_TEXTS.badInput);
