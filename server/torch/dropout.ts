import type { ModuleEntry, Operation } from './entry.ts';
export const DROPOUTS: readonly Operation[] = [];
export const DROPOUT_MODULES: readonly ModuleEntry[] = [];
