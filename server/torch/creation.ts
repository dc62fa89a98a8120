import type { Operation } from './entry.ts';
export const CREATION: readonly Operation[] = [];
