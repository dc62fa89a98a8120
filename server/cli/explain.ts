/** `shapelint check --explain CODE`. */
import { ALL_CODES, codeEntry } from '../check/codes.ts';

export function explain(code: string): number {
  const entry = codeEntry(code);
  if (entry === undefined) {
    process.stderr.write(`shapelint: no code \`${code}\`. The codes are:\n${ALL_CODES.map((c) => `  ${c.code}`).join('\n')}\n`);
    return 2;
  }
  process.stdout.write(`${entry.code} (${entry.severity}): ${entry.title}\n\n${entry.summary}\n`);
  return 0;
}
