import type { Operation } from './entry.ts';
export const INSPECTION: readonly Operation[] = [];
