import type { ModuleEntry } from './entry.ts';
export const RECURRENT_CELLS: readonly ModuleEntry[] = [];
