import type { ModuleEntry, Operation } from './entry.ts';
export const EMBEDDING: readonly Operation[] = [];
export const EMBEDDING_MODULES: readonly ModuleEntry[] = [];
