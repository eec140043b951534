// Begins every property from one seed, so that a mutant meets the examples that the dry run met.
import { configureGlobal } from 'fast-check';

configureGlobal({ seed: 20_261_101 });
