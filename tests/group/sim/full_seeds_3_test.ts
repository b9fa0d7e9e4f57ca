import { testFullSeeds } from "./full_seeds.ts";

testFullSeeds(8, 3);
