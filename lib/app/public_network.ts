/**
 * Where the public network is entered when nothing else is named.
 *
 * @module
 */
import type { TwoPlaces } from "./node/discovery_fetch.ts";

/** Servers on which the public discovery sits: keys and addresses as the Go programs carry them in themselves since July 2026. */
const SERVERS = [
  "0255117bf8d4687dacd5f7ac4c241f008060f1972911552a5b67b76f0e7922f5c7@172.105.179.5:30085",
  "0281a102c82820e811368c8d028cf11b1a985043b726b1bcdb8fce89b27384b2cb@139.162.160.227:30086",
  "02a2d4c346dabd165fd555dfdba4a7f4d18786fe7e055e562397cd5102bdd7f8dd@45.79.124.73:30082",
  "02a49bc0aa1b5b78f638e9189be4ed095bac5d6839c828465a8350f80ac07629c0@143.42.59.213:30088",
  "02c483938539bd7820f72e48ed6056bab68e221e1108d23965a2903221495e4af7@172.104.166.8:30084",
  "0326978f5a53aff537dbb47fed58b1f123af3b00132d365f1309a14db4168dcff7@70.121.13.123:9083",
  "03717576ada5b1744e395c66c2bb11cea73b0e23d0dcd54422139b1a7f12e962c4@172.105.110.46:30083",
  "0371ab4bcff7b121f4b91f6856d6740c6f9dc1fe716977850aeb5d84378b300a13@45.79.213.251:30087",
  "03f57e7cf26c0764c5ab659a606add056ddf8bfad4f5bc7e8613cad05e5f228adf@172.235.168.146:30081",
];

/** The discovery of the public network. Since June 2026 its operators have it answer over dmsg alone. */
export const PUBLIC_DISCOVERY: TwoPlaces = {
  http: "http://dmsgd.skywire.skycoin.com",
  dmsg: `dmsg://022e607e0914d6e7ccda7587f95790c09e126bbd506cc476a1eda852325aadd1aa:80/${SERVERS.join("/")}`,
};
