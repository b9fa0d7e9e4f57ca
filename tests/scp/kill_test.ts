import { killTests } from "./kills.ts";

// All points are in tests/crash/copy_check.ts.
killTests(10);
