/**
 * Reads the oracle tables of shape cases.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ShapeCase } from './oracle-program.ts';

/** `5.0` is a number of another type than `5` to Python, but not to JSON: it is written as the record of a float. */
function keepFloats(line: string): string {
  return line.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d+\.0(?=[,\]}])/g, (part) => (part.startsWith('"') ? part : `{"float":"${part}"}`));
}

/** The cases of a table in fixtures/oracle. */
export function readShapeCases(name: string): readonly ShapeCase[] {
  const bytes = readFileSync(new URL(`../../fixtures/oracle/${name}`, import.meta.url));
  return gunzipSync(bytes)
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(keepFloats(line)) as ShapeCase);
}
