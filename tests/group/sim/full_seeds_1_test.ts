import { testFullSeeds } from "./full_seeds.ts";

testFullSeeds(1, 4);
