import type { ModuleEntry } from './entry.ts';
export const CONTAINERS: readonly ModuleEntry[] = [];
