import type { ModuleEntry, Operation } from './entry.ts';
export const ACTIVATIONS: readonly Operation[] = [];
export const ACTIVATION_MODULES: readonly ModuleEntry[] = [];
