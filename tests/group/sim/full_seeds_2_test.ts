import { testFullSeeds } from "./full_seeds.ts";

testFullSeeds(5, 3);
