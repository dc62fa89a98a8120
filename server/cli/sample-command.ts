/** `shapelint sample`. */
import { type SampleResult, sample } from '../sample/sample.ts';
import { openDocument } from './documents.ts';
import { importsFrom } from './imports.ts';
import { Usage } from './main.ts';
import { optimiseReadily } from './patience.ts';
import { parser, Unreadable } from './runtime.ts';

export interface SampleFlags {
  readonly format: 'text' | 'json';
  readonly set: string | undefined;
  readonly seed: number | undefined;
}

export async function sampleCommand(paths: readonly string[], flags: SampleFlags): Promise<number> {
  const [given, ...more] = paths;
  if (given === undefined || more.length > 0) throw new Usage('sample needs one file, or FILE:NAME, or FILE:LINE');
  const at = /^(.+?):([^:/\\]+)$/.exec(given);
  const file = at?.[1] ?? given;
  const what = at?.[2];
  const target = what === undefined ? {} : /^\d+$/.test(what) ? { line: Number(what) } : { name: what };
  const set = readSizes(flags.set);
  const python = await parser();
  let result: SampleResult;
  try {
    const document = openDocument(python, file, undefined);
    optimiseReadily();
    result = sample(document.source, target, {
      set,
      importSource: importsFrom(python, [file]),
      ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    });
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    process.stderr.write(`shapelint: ${error.message}\n`);
    return 2;
  }
  process.stdout.write(flags.format === 'json' ? `${JSON.stringify({ version: 1, ...result }, null, 1)}\n` : asText(result));
  return result.ok ? 0 : 1;
}

function readSizes(text: string | undefined): Record<string, number> {
  const sizes: Record<string, number> = {};
  if (text === undefined) return sizes;
  for (const part of text.split(',')) {
    const match = /^\s*([\p{L}_][\p{L}\p{N}_.]*)\s*=\s*(\d+)\s*$/u.exec(part);
    if (match === null) throw new Usage(`--set takes NAME=NUMBER,…, not \`${part}\``);
    sizes[match[1] as string] = Number(match[2]);
  }
  return sizes;
}

function asText(result: SampleResult): string {
  if (!result.ok) return `cannot sample: ${result.message}${result.line === undefined ? '' : `, line ${result.line}`}\n`;
  const sizes = Object.entries(result.sizes).map(([name, n]) => `${name}=${n}`);
  let out = sizes.length === 0 ? '' : `sizes: ${sizes.join(', ')}\n`;
  out += result.output;
  for (const step of result.steps) {
    const agrees =
      step.agrees === false
        ? `  inferred ${step.inferred}, DIFFERENT`
        : step.inferred !== null && step.inferred !== step.shape
          ? `  = ${step.inferred}`
          : '';
    const numbers =
      step.first.length === 0
        ? ''
        : `  ${step.first.map(short).join(' ')}${step.mean === null ? '' : `  mean ${short(step.mean)} spread ${short(step.spread ?? 0)}`}`;
    out += `${String(step.line).padStart(4)}  ${step.text.replace(/\s+/g, ' ').slice(0, 60).padEnd(32)} ${step.shape}${agrees}${numbers}\n`;
    if (step.gradient !== undefined) out += `      gradient norm by time step: ${step.gradient.map(short).join(' ')}\n`;
  }
  return out;
}

const short = (x: number): string =>
  Number.isInteger(x) ? String(x) : Math.abs(x) >= 1e-3 && Math.abs(x) < 1e4 ? x.toFixed(4) : x.toExponential(2);
