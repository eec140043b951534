// The door for programs: an emulator as a function, or on a socket of this machine.
export { createEmulator, type Emulator } from './emulator.ts';
export { startEmulator, type RunningEmulator, type ServerOptions } from './server.ts';
export type { EmulatorOptions } from './options.ts';
export type { FaultAction, FaultRule } from './faults.ts';
export type { LoggedRequest, Totals } from './request-log.ts';
export type { Group, Principal } from './state/principal.ts';
export type { Clock } from './clock.ts';
