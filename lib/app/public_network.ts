/**
 * Where the public network is entered when nothing else is named.
 *
 * @module
 */
import type { TwoPlaces } from "./node/discovery_fetch.ts";

/** Servers on which the public discovery sits: keys and addresses as the Go programs carry them in themselves. */
const SERVERS = [
  "0281a102c82820e811368c8d028cf11b1a985043b726b1bcdb8fce89b27384b2cb@139.162.160.227:30086",
  "0371ab4bcff7b121f4b91f6856d6740c6f9dc1fe716977850aeb5d84378b300a13@139.162.160.227:30087",
  "02a49bc0aa1b5b78f638e9189be4ed095bac5d6839c828465a8350f80ac07629c0@139.162.160.227:30081",
  "0326978f5a53aff537dbb47fed58b1f123af3b00132d365f1309a14db4168dcff7@70.121.13.123:9083",
  "02a2d4c346dabd165fd555dfdba4a7f4d18786fe7e055e562397cd5102bdd7f8dd@139.162.173.101:30082",
  "03717576ada5b1744e395c66c2bb11cea73b0e23d0dcd54422139b1a7f12e962c4@139.162.173.101:30083",
];

/** The discovery of the public network. In 2026 its operators began to answer over dmsg alone. */
export const PUBLIC_DISCOVERY: TwoPlaces = {
  http: "http://dmsgd.skywire.skycoin.com",
  dmsg: `dmsg://022e607e0914d6e7ccda7587f95790c09e126bbd506cc476a1eda852325aadd1aa:80/${SERVERS.join("/")}`,
};
