/**
 * What serving other protocols reads like in text mode.
 *
 * @module
 */
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { visible } from "../output/escape.ts";
import { counted } from "./people.ts";

/** Who is let in. */
export interface OpenTo {
  /** As the door says. */
  readonly open: "anyone" | "listed" | "self";
  /** The list's file. */
  readonly list?: string;
  /** Keys that are let in whatever the list says. */
  readonly allow: readonly PublicKeyHex[];
}

/** Who is let in, as the end of a line, and what to do when that is nobody. */
function openTo({ open, list, allow }: OpenTo): string {
  if (open === "anyone") return "for every peer";
  if (open === "self") return `for our own key alone: write others into ${visible(list!)}, or use --allow`;
  const named = `for ${counted(allow.length, "key")} of --allow`;
  if (list === undefined) return named;
  return allow.length === 0 ? `for the keys in ${visible(list)}` : `${named} and those in ${visible(list)}`;
}

/** `expose` can be reached. */
export const exposing = (
  v: OpenTo & { readonly event: "exposing"; readonly local: string; readonly address: string },
): string => `Exposing ${v.local} as ${v.address}, ${openTo(v)}\nPress Ctrl+C to stop`;

/** `http serve` can be reached. */
export const httpServing = (
  v: OpenTo & { readonly event: "serving"; readonly source: string; readonly address: string },
): string => `Serving ${visible(v.source)} at dmsg://${v.address}/, ${openTo(v)}\nPress Ctrl+C to stop`;

/** `http get` has written a file. */
export const httpGot = (
  v: {
    readonly from: string;
    readonly target: string;
    readonly status: number;
    readonly bytes: number;
    readonly type?: string;
    readonly file: string;
  },
): string => `Wrote ${v.bytes} bytes to ${visible(v.file)}`;
