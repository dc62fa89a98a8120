/**
 * Where a size came from: a chain from a use back to the literals. Attached to sizes, never part of their identity.
 */

/** A range of a source text, in UTF-16 offsets; `end` is exclusive. */
export interface Place {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

export interface Origin {
  /** A noun phrase for people: "`in_features` of `self.fc`", "the literal 128", "last size of `x`". */
  readonly what: string;
  readonly place?: Place | undefined;
  /** What this was computed from. */
  readonly from?: readonly Origin[];
}
