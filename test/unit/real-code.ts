/** Checks pieces of programs as whole repositories write them, for tests of what is said of them. */
import { check } from '../../server/check/check.ts';
import type { Edit, Report } from '../../server/check/report.ts';
import { testParser } from './python-parser.ts';

const HEAD = 'import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n';
const python = await testParser();

export const report = (body: string): Report => check(python.parse('real.py', HEAD + body));

export function codes(body: string): readonly string[] {
  return report(body).diagnostics.map((d) => d.code);
}

/** The shape of a target, as the last row for it says. */
export function shapeOf(body: string, text: string): string | undefined {
  return report(body)
    .shapes.filter((row) => row.text === text)
    .at(-1)?.shape;
}

/** The text after a quick fix. */
export function applied(text: string, edits: readonly Edit[]): string {
  return [...edits].sort((a, b) => b.start - a.start).reduce((t, e) => t.slice(0, e.start) + e.text + t.slice(e.end), text);
}
