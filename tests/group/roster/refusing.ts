/**
 * A group to which a feed shows what is to be refused.
 *
 * @module
 */
import { type Domain, makeMutation, type Mutation } from "../../../lib/group/roster/governance.ts";
import { GROUP, hashSigner, type Member, seeded, World } from "../sim/world.ts";

/** A group of a founder, an admin, a member, and one who was banned; and a stranger. */
export class Refusing {
  readonly world: World;
  readonly alice: Member;
  readonly admin: Member;
  readonly bob: Member;
  readonly banned: Member;
  readonly mallory: Member;
  #count = 100;

  constructor(mode: "public" | "private") {
    const world = new World(mode, seeded(77), hashSigner, mode);
    this.world = world;
    this.alice = world.founder;
    [this.admin, this.bob, this.banned] = [world.join(), world.join(), world.join()];
    this.mallory = world.stranger();
    world.settle();
    world.decide(this.alice, "admin", 1, this.admin);
    world.decide(this.alice, "mod", 1, this.banned);
    world.settle();
    world.nowNs += 1_000_000_000n;
  }

  mutation(
    domain: Domain,
    op: number,
    peer: Member | string,
    issuer: Member,
    change: Partial<Omit<Mutation, "signature" | "seen">> = {},
  ): Mutation {
    const body = {
      groupId: GROUP,
      op,
      peer: typeof peer === "string" ? peer : peer.pair.pk,
      parentSeq: 0n,
      issuedAtNs: this.world.nowNs,
      issuer: issuer.pair.pk,
      ...change,
    };
    return makeMutation(domain, body, issuer.pair.secret, hashSigner);
  }

  /** A value in the admin's feed. @returns Why it was dropped. */
  gives(path: string, value: Uint8Array): string[] {
    const { bob, admin, world } = this;
    bob.dropped.length = 0;
    world.do(bob, { kind: "leaves", feed: admin.pair.pk, leaves: [{ path, value }] });
    return bob.dropped;
  }

  path(domain: Domain | "keys"): string {
    return `${domain}/${String(++this.#count).padStart(5, "0")}`;
  }
}
