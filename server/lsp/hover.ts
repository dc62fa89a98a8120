/**
 * Hover: the report's own text for the place under the pointer, and where each size came from with links to the places.
 */
import { MarkupKind } from 'vscode-languageserver';
import type { Explanation, ExplanationStep } from '../check/report.ts';
import type { Analysis } from './documents.ts';
import { toRange } from './pages.ts';
import type { Session } from './session.ts';

/** `2 × hidden_size of LSTM (line 10) ← the literal 20 (line 18)` */
function chain(session: Session, analysis: Analysis, { size, steps }: Explanation): string {
  const text = steps.map((step, i) => `${i === 0 ? '' : step.beside ? '; ' : ' ← '}${step.what}${line(session, analysis, step)}`);
  return `\`${size}\`: ${text.join('')}`;
}

function line({ documents }: Session, { source, pages }: Analysis, { place }: ExplanationStep): string {
  if (place === undefined) return '';
  const own = place.file === source.file;
  const page = own ? pages.find((each) => each.holds(place)) : undefined;
  const range = page === undefined ? (own ? undefined : documents.workspace.rangeOf(place.file, place)) : toRange(page, place);
  if (range === undefined) return '';
  const number = range.start.line + 1;
  const name = own ? '' : `${decodeURIComponent(place.file.slice(place.file.lastIndexOf('/') + 1))}, `;
  // A cell of a notebook has no address that a link could name.
  const text = `${name}line ${number}`;
  return pages.length > 1 ? ` (${text})` : ` ([${text}](${page?.uri ?? place.file}#L${number}))`;
}

export function registerHover(session: Session): void {
  const { connection, configuration, documents } = session;
  connection.onHover(({ textDocument, position }) => {
    if (!configuration.settings['shapelint.hover.enabled'] || !configuration.settings['shapelint.enable']) return null;
    const analysis = documents.analysis(textDocument.uri);
    const hover = analysis?.report.hover(analysis.page.offsetAt(position));
    if (analysis === undefined || hover === undefined) return null;
    const value = [hover.markdown, ...hover.explanations.map((each) => chain(session, analysis, each))].join('\n\n');
    return { contents: { kind: MarkupKind.Markdown, value }, range: toRange(analysis.page, hover) };
  });
}
