/**
 * A sample run as a page: pure text out of plain data, coloured by the editor's theme, with nothing loaded from anywhere.
 */
import type { SampleResult } from '../server/lsp/protocol.ts';
import { samplePageScript, samplePageStyle } from './sample-page-assets.ts';

export interface PageOptions {
  readonly title: string;
  readonly file: string;
  /** The seed that the user chose on the page; `null` leaves it to the settings. */
  readonly seed: number | null;
  readonly nonce: string;
}

type Run = Extract<SampleResult, { readonly ok: true }>;
type Step = Run['steps'][number];

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text made safe inside HTML, attributes included. */
function quote(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Four significant digits, a true minus sign, exponents only where they are shorter. */
function number(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const text =
    Number.isInteger(value) && size < 1e6
      ? String(value)
      : size !== 0 && (size < 1e-3 || size >= 1e5)
        ? value.toExponential(2)
        : value.toFixed(4);
  return text.replace('-', '−');
}

/** Bars on a logarithmic scale: a vanishing gradient falls off by powers of ten, which a linear bar would hide. */
function gradient(norms: readonly number[]): string {
  const positive = norms.filter((norm) => norm > 0);
  if (norms.length === 0) return '';
  const top = Math.log10(Math.max(...positive, Number.MIN_VALUE));
  const span = Math.max(3, top - Math.log10(Math.min(...positive, Number.MAX_VALUE)) + 0.5);
  const bars = norms.map((norm, back) => {
    const height = norm > 0 ? Math.max(3, Math.round(100 * (1 - (top - Math.log10(norm)) / span))) : 0;
    const label = `${back === 0 ? 'last step' : `${back} step${back === 1 ? '' : 's'} back`}: ${number(norm)}`;
    return `<div class="bar" title="${quote(label)}"><svg viewBox="0 0 1 100" preserveAspectRatio="none"><rect width="1" y="${100 - height}" height="${height}"/></svg><span>${back === 0 ? '0' : `−${back}`}</span></div>`;
  });
  const [first, last] = [norms[0] ?? 0, norms.at(-1) ?? 0];
  const ratio = first > 0 && norms.length > 1 ? `${number(last / first)} of it is left ${norms.length - 1} steps back` : '';
  return `<figure class="gradient"><figcaption><b>Gradient norm at each time step, counted back from the last</b><span>log scale${ratio === '' ? '' : ` · ${quote(ratio)}`}</span></figcaption><div class="bars" role="img" aria-label="Gradient norms: ${quote(norms.map(number).join(', '))}">${bars.join('')}</div></figure>`;
}

function verdict({ agrees, inferred, shape }: Step): string {
  if (inferred === null || agrees === null) return '<span class="verdict none" title="Nothing was inferred here">–</span>';
  return agrees
    ? `<span class="verdict yes" title="Sampled and inferred shapes agree">✓ <code>${quote(inferred)}</code></span>`
    : `<span class="verdict no" title="Inferred ${quote(inferred)}, sampled ${quote(shape)}">✗ <code>${quote(inferred)}</code></span>`;
}

function moments(mean: number | null, spread: number | null): string {
  const known = (name: string, value: number | null): string => (value === null ? '' : `<b>${name}</b> ${quote(number(value))}`);
  return `<span class="moments">${known('mean', mean)} ${known('spread', spread)}</span>`;
}

function row(step: Step): string {
  const { line, text, shape, dtype, first, mean, spread } = step;
  const values =
    first.length === 0 ? '' : `<span class="values">${first.map((value) => `<i>${quote(number(value))}</i>`).join('')}<i>…</i></span>`;
  const bars = step.gradient === undefined ? '' : gradient(step.gradient);
  return `<li class="step${step.agrees === false ? ' wrong' : ''}">
  <button class="line" data-line="${line}" title="Go to line ${line}">${line}</button>
  <div class="body">
    <code class="source">${quote(text)}</code>
    <div class="facts"><code class="shape">${quote(shape)}</code>${verdict(step)}<span class="dtype">${quote(dtype ?? '')}</span></div>
    <div class="numbers">${values}${moments(mean, spread)}</div>
    ${bars}
  </div>
</li>`;
}

function controls(sizes: Run['sizes'], seed: number | null): string {
  const inputs = Object.entries(sizes).map(
    ([name, size]) => `<label>${quote(name)}<input type="number" min="0" step="1" name="${quote(name)}" value="${size}"></label>`,
  );
  return `<form id="sizes">${inputs.join('')}<label class="seed">seed<input type="number" min="0" step="1" id="seed" value="${seed ?? 0}"></label><button type="submit">Run again</button></form>`;
}

function content(result: SampleResult, options: PageOptions): string {
  if (!result.ok) {
    const where = result.line === undefined ? '' : ` <button class="line" data-line="${result.line}">line ${result.line}</button>`;
    return `<section class="failed"><h2>The sample run stopped</h2><p><code>${quote(result.message)}</code>${where}</p></section>`;
  }
  const compared = result.steps.filter((step) => step.agrees !== null);
  const agreed = compared.filter((step) => step.agrees === true).length;
  const all = agreed === compared.length;
  const output = result.output === '' ? '' : `<section><h2>Printed</h2><pre>${quote(result.output)}</pre></section>`;
  return `<p class="summary ${all ? 'yes' : 'no'}"><b>${all ? '✓' : '✗'} ${agreed} of ${compared.length}</b> sampled shapes agree with the inferred ones.</p>
${controls(result.sizes, options.seed)}
<ol class="steps">${result.steps.map(row).join('\n')}</ol>
${output}`;
}

export function samplePage(result: SampleResult, options: PageOptions): string {
  const { nonce } = options;
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${quote(options.title)}</title><style nonce="${nonce}">${samplePageStyle}</style></head>
<body><header><h1>${quote(options.title)}</h1><span class="file">${quote(options.file)}</span></header>
${content(result, options)}
<script nonce="${nonce}">${samplePageScript}</script></body></html>`;
}
