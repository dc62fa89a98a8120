import type { ModuleEntry } from './entry.ts';
export const RECURRENT: readonly ModuleEntry[] = [];
