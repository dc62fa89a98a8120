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

function line({ documents }: Session, analysis: Analysis, { place }: ExplanationStep): string {
  const location = place === undefined ? undefined : documents.locate(analysis, place);
  if (place === undefined || location === undefined) return '';
  const number = location.range.start.line + 1;
  const own = place.file === analysis.source.file;
  const text = `${own ? '' : `${decodeURIComponent(place.file.slice(place.file.lastIndexOf('/') + 1))}, `}line ${number}`;
  // A cell of a notebook has no address that a link could name.
  return analysis.pages.length > 1 ? ` (${text})` : ` ([${text}](${location.uri}#L${number}))`;
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
