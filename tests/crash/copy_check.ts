import { killTests } from "../scp/kills.ts";

killTests(50);
