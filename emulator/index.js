// The door for programs. In a checkout the sources are run as they are; under node_modules, where
// Node takes no TypeScript, what `npm pack` compiled of them.
import { existsSync } from 'node:fs';

const isCheckout = existsSync(new URL('./src/index.ts', import.meta.url));
const door = await (isCheckout ? import('./src/index.ts') : import('./dist/index.js'));

export const { createEmulator, startEmulator } = door;
