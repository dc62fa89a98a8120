/**
 * Diagnostics, pulled by clients that can and pushed to the others, and the status notification beside them.
 * Stale work is dropped: a pull waits for the edits that are already on their way, a push for a pause in typing.
 */
import type { DiagnosticRelatedInformation, Diagnostic as LspDiagnostic } from 'vscode-languageserver';
import { DiagnosticSeverity, DiagnosticTag, DocumentDiagnosticReportKind, LSPErrorCodes, ResponseError } from 'vscode-languageserver';
import type { Diagnostic, Severity } from '../check/report.ts';
import type { Analysis } from './documents.ts';
import { Pace } from './pace.ts';
import { toRange } from './pages.ts';
import type { StatusParams } from './protocol.ts';
import { statusNotification } from './protocol.ts';
import type { Session } from './session.ts';

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
};

/** Codes of code that does nothing; editors grey it out. */
const unnecessary = new Set(['unused-suppression']);

function related(session: Session, analysis: Analysis, diagnostic: Diagnostic): DiagnosticRelatedInformation[] {
  return diagnostic.related.flatMap((place) => {
    const location = session.documents.locate(analysis, place);
    return location === undefined ? [] : [{ location, message: place.message }];
  });
}

function present(session: Session, analysis: Analysis, diagnostic: Diagnostic): LspDiagnostic {
  const { code, message, pytorch } = diagnostic;
  return {
    range: toRange(analysis.page, diagnostic),
    severity: severities[diagnostic.severity],
    source: 'ShapeLint',
    code,
    message: pytorch === null ? message : `${message}\nPyTorch: ${pytorch}`,
    relatedInformation: related(session, analysis, diagnostic),
    ...(session.rules === undefined ? {} : { codeDescription: { href: `${session.rules}${code}.md` } }),
    ...(unnecessary.has(code) ? { tags: [DiagnosticTag.Unnecessary] } : {}),
  };
}

/** What stands on the page that was asked for. */
function onPage({ page, report }: Analysis): readonly Diagnostic[] {
  return report.diagnostics.filter((diagnostic) => page.holds(diagnostic));
}

function items(session: Session, analysis: Analysis): LspDiagnostic[] {
  return onPage(analysis).map((diagnostic) => present(session, analysis, diagnostic));
}

function status(session: Session, uri: string, analysis: Analysis | undefined): void {
  const diagnostics = analysis === undefined ? [] : onPage(analysis);
  const of = (severity: Severity) => diagnostics.filter((each) => each.severity === severity).length;
  const params: StatusParams = { uri, status: analysis?.report.status ?? 'off', errors: of('error'), warnings: of('warning') };
  void session.connection.sendNotification(statusNotification, params);
}

/** What is to be said of a document now: nothing where the user switched checking off. */
function current(session: Session, uri: string): Analysis | undefined {
  const analysis = session.configuration.settings['shapelint.enable'] ? session.documents.analysis(uri) : undefined;
  status(session, uri, analysis);
  return analysis;
}

export function registerPull(session: Session): void {
  const { connection, documents, configuration } = session;
  connection.languages.diagnostics.on(async (params, token) => {
    const { uri } = params.textDocument;
    const asked = documents.get(uri)?.version;
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
    if (documents.get(uri)?.version !== asked) {
      throw new ResponseError(LSPErrorCodes.ServerCancelled, 'the document changed', { retriggerRequest: true });
    }
    const analysis = current(session, uri);
    const resultId = analysis === undefined ? `none.${configuration.generation}` : analysis.id;
    if (params.previousResultId === resultId) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId };
    return { kind: DocumentDiagnosticReportKind.Full, resultId, items: analysis === undefined ? [] : items(session, analysis) };
  });
}

export function registerPush(session: Session): void {
  const { connection, documents, configuration } = session;
  const waiting = new Map<string, NodeJS.Timeout>();
  const pace = new Pace();
  const push = (uri: string): void => {
    waiting.delete(uri);
    const started = Date.now();
    const analysis = current(session, uri);
    pace.checked(Date.now() - started);
    const version = documents.get(uri)?.version;
    if (version === undefined) return;
    void connection.sendDiagnostics({ uri, version, diagnostics: analysis === undefined ? [] : items(session, analysis) });
  };
  const schedule = (uri: string, pause: number): void => {
    clearTimeout(waiting.get(uri));
    waiting.set(
      uri,
      setTimeout(() => push(uri), pause),
    );
  };
  const scheduleAll = (): void => {
    const pause = pace.pause(Date.now());
    for (const document of documents.open) schedule(document.uri, pause);
  };
  // Other open files may import the one that changed; a report that still holds costs nothing.
  documents.onChange(scheduleAll);
  documents.onOthersChange(scheduleAll);
  configuration.onChange(scheduleAll);
  documents.onClose((uri) => {
    clearTimeout(waiting.get(uri));
    waiting.delete(uri);
    void connection.sendDiagnostics({ uri, diagnostics: [] });
  });
}
