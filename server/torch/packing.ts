import type { Operation } from './entry.ts';
export const PACKING: readonly Operation[] = [];
