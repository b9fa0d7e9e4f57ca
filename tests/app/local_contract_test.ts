import { appContract } from "./contract.ts";
import { localPair } from "./local_pair.ts";

appContract("Local app", localPair);
