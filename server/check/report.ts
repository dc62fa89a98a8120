/**
 * What `check()` says about a file, as plain data that every front end presents.
 * Owns these types only; knows nothing of editors, terminals, or how an answer was found.
 *
 * All positions are UTF-16 offsets into the checked text; `end` is exclusive.
 */

export type Severity = 'error' | 'warning' | 'info';

/** What the user asks of a code; `off` silences it. */
export type Level = Severity | 'off';

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A place that explains a diagnostic: where one of the sizes came from. It may stand in another file. */
export interface Related extends Range {
  readonly file: string;
  readonly message: string;
}

export interface Edit extends Range {
  readonly text: string;
}

/** A quick fix: edits of the checked file that do not overlap and are applied together. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly Edit[];
}

export interface Diagnostic extends Range {
  readonly severity: Severity;
  /** A kebab-case name out of the one list of codes. */
  readonly code: string;
  /** The first line stands alone: what is wrong, with both sizes and where they come from by name. */
  readonly message: string;
  /** What PyTorch itself would raise, where every size in its text is known. */
  readonly pytorch: string | null;
  readonly related: readonly Related[];
  readonly fixes: readonly Fix[];
}

/** One tensor-valued expression or assignment target. */
export interface ShapeRow extends Range {
  /** Its source text. */
  readonly text: string;
  /** In the shape notation: `[B, 4, 2*H]`; tuples and lists are spelled as Python would. */
  readonly shape: string;
  readonly dtype: string | null;
}

export interface Hover extends Range {
  readonly markdown: string;
  /** Where the sizes of the shape came from. */
  readonly explanations: readonly Explanation[];
}

/** Why a size is what it is: from the place that made it back to the literals. */
export interface Explanation {
  readonly size: string;
  readonly steps: readonly ExplanationStep[];
}

export interface ExplanationStep {
  /** A noun phrase: "`hidden_size` of LSTM", "the literal 20". */
  readonly what: string;
  readonly place: (Range & { readonly file: string }) | undefined;
  /** Whether it stands beside the step before, and does not explain it. */
  readonly beside: boolean;
}

/** What was inferred of a function or class as a whole. */
export interface Signature extends Range {
  readonly name: string;
  /** `[B, T] -> [B, T, 2*hidden_size]` */
  readonly text: string;
  /** Where the name stands in `def name` or `class name`. */
  readonly nameStart: number;
  readonly kind: 'function' | 'method' | 'class';
  /** `Model.forward` */
  readonly qualifiedName: string;
  /** Whether sample sizes can be chosen and the thing executed with numbers. */
  readonly runnable: boolean;
}

export interface Inlay {
  /** The hint stands before this offset. */
  readonly position: number;
  readonly text: string;
}

/** `partial` says that some statement could not be read or the step budget ran out: the rest stands. */
export interface Report {
  readonly file: string;
  readonly status: 'ok' | 'partial';
  readonly diagnostics: readonly Diagnostic[];
  readonly shapes: readonly ShapeRow[];
  readonly signatures: readonly Signature[];
  hover(offset: number): Hover | undefined;
  inlays(): readonly Inlay[];
}
