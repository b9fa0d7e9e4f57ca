/**
 * `dmsg http`: web services over dmsg. Its commands are the files in `http/`.
 *
 * @see lib/bridge/README.md "HTTP"
 * @module
 */
import type { RouteMap } from "@stricli/core";
import { commandGroup } from "../command.ts";
import type { Context } from "../context.ts";
import { get } from "./http/get.ts";
import { serve } from "./http/serve.ts";

/** `dmsg http`. */
const http: RouteMap<Context> = commandGroup({
  brief: "Serve files or a web service to peers, and fetch from them",
  examples: [
    ["dmsg http serve public", "The files in ./public for every peer, on port 80"],
    ["dmsg http serve http://127.0.0.1:3000 --allow alice", "A web service of this machine, for one"],
    ["dmsg http get PK/file -o file", "Fetch; stock dmsghttp answers too"],
  ],
}, { serve, get });

export default http;
