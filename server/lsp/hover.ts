/**
 * Hover: the report's own text for the place under the pointer.
 */
import { MarkupKind } from 'vscode-languageserver';
import { toRange } from './pages.ts';
import type { Session } from './session.ts';

export function registerHover({ connection, configuration, documents }: Session): void {
  connection.onHover(({ textDocument, position }) => {
    if (!configuration.settings['shapelint.hover.enabled'] || !configuration.settings['shapelint.enable']) return null;
    const analysis = documents.analysis(textDocument.uri);
    const hover = analysis?.report.hover(analysis.page.offsetAt(position));
    if (analysis === undefined || hover === undefined) return null;
    return { contents: { kind: MarkupKind.Markdown, value: hover.markdown }, range: toRange(analysis.page, hover) };
  });
}
