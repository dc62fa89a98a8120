import type { ModuleEntry, Operation } from './entry.ts';
export const LINEAR: readonly Operation[] = [];
export const LINEAR_MODULES: readonly ModuleEntry[] = [];
