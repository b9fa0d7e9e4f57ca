import { appContract } from "../contract.ts";
import { localPair } from "./pair.ts";

appContract("Local app", localPair);
