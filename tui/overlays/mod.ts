/**
 * The overlays by name.
 *
 * @module
 */
import { aboutGroup } from "./about_group.ts";
import { alias } from "./alias.ts";
import { archive } from "./archive.ts";
import { assign } from "./assign.ts";
import { board, thread } from "./board.ts";
import { createGroup } from "./create_group.ts";
import { dash } from "./dash.ts";
import { evidence } from "./evidence.ts";
import { forget } from "./forget.ts";
import { forward } from "./forward.ts";
import { help } from "./help.ts";
import { invite } from "./invite.ts";
import { invites } from "./invites.ts";
import { join } from "./join.ts";
import { joiners } from "./joiners.ts";
import { member } from "./member.ts";
import { members } from "./members.ts";
import { fresh } from "./new.ts";
import { leave } from "./leave.ts";
import { list, lists, said } from "./lists.ts";
import { outbox } from "./outbox.ts";
import type { OverlayKind } from "./overlay.ts";
import { palette } from "./palette.ts";
import { person } from "./person.ts";
import { polls } from "./polls.ts";
import { remove } from "./delete.ts";
import { requests } from "./requests.ts";
import { search } from "./search.ts";
import { share } from "./share.ts";
import { verify } from "./verify.ts";
import { whole } from "./whole.ts";

/** All of them. */
export const OVERLAYS: Readonly<Record<string, OverlayKind>> = Object.fromEntries(
  [
    aboutGroup,
    archive,
    assign,
    board,
    list,
    lists,
    polls,
    said,
    share,
    thread,
    createGroup,
    invite,
    invites,
    dash,
    join,
    joiners,
    leave,
    member,
    members,
    alias,
    evidence,
    forget,
    forward,
    fresh,
    help,
    outbox,
    palette,
    person,
    remove,
    requests,
    search,
    verify,
    whole,
  ]
    .map((one) => [one.name, one]),
);
