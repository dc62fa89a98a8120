/** What was seen of a part of a file, moved to where the same texts stand in the file as it is. Knows nothing of how it was found. */
import { type Dim, withOrigin } from '../dims/dim.ts';
import type { Origin } from '../dims/origin.ts';
import type { Fault, StackEntry } from '../python/faults.ts';
import type { Node } from '../python/syntax.ts';
import type { Bodies, Piece } from './bodies.ts';
import { Part, type RecordedFault } from './part.ts';

/** Thrown where something stands in a text that is not as it was. */
class Lost extends Error {}

/** Moves nodes and offsets from one reading of a file to another, piece by piece. The shells of both are the same text. */
export class Move {
  private readonly file: string;
  private readonly from: Bodies;
  private readonly to: Bodies;
  private readonly same = new Map<number, boolean>();
  private readonly origins = new Map<Origin, Origin>();

  constructor(file: string, from: Bodies, to: Bodies) {
    this.file = file;
    this.from = from;
    this.to = to;
  }

  part(old: Part): Part | undefined {
    try {
      const part = new Part();
      for (const to of ['shapes', 'own', 'late', 'tried'] as const)
        for (const [node, spelled] of old[to]) part[to].set(this.node(node), spelled);
      for (const [node, note] of old.notes) part.notes.set(this.node(node), note);
      for (const [node, sizes] of old.sizes)
        part.sizes.set(
          this.node(node),
          sizes.map((size) => this.size(size)),
        );
      for (const [node, { held, believed, wrong }] of old.claims)
        part.addClaim(this.own(node), { held, believed, wrong: wrong === undefined ? undefined : this.fault(wrong) });
      for (const node of old.reached) part.reached.add(this.own(node));
      for (const to of ['calls', 'ownCalls'] as const) for (const [node, call] of old[to]) part[to].set(this.node(node), call);
      for (const fault of old.faults.values()) part.addFault(this.fault(fault));
      return part;
    } catch (error) {
      if (error instanceof Lost) return undefined;
      throw error;
    }
  }

  /** Whether a piece has the text and the tree that it had. */
  isSame(piece: number): boolean {
    let same = this.same.get(piece);
    if (same === undefined) this.same.set(piece, (same = this.compare(piece)));
    return same;
  }

  private compare(piece: number): boolean {
    const { from, to } = this;
    if (from.pieces[piece]?.text !== to.pieces[piece]?.text) return false;
    return !(from.broken || to.broken) || this.readAlike(piece);
  }

  private readAlike(piece: number): boolean {
    const [before, now] = [this.from.nodesIn(piece), this.to.nodesIn(piece)];
    const by = this.shift(piece);
    // The end of a function is that of its body, which is a piece of its own.
    return before.length === now.length && before.every((node, i) => node.kind === now[i]?.kind && node.start + by === now[i]?.start);
  }

  /** How far a piece has moved. */
  private shift(piece: number): number {
    return (this.to.pieces[piece] as Piece).start - (this.from.pieces[piece] as Piece).start;
  }

  private node(node: Node): Node {
    const place = this.from.placeOf(node);
    if (place === undefined || !this.isSame(place.piece)) throw new Lost();
    const found = this.to.nodesIn(place.piece)[place.at];
    if (found === undefined || found.kind !== node.kind || found.start !== node.start + this.shift(place.piece)) throw new Lost();
    return found;
  }

  /** Functions of other files are run too; their nodes stay. */
  private own(node: Node): Node {
    return this.from.placeOf(node) === undefined ? node : this.node(node);
  }

  private size(size: Dim): Dim {
    return size.origin === undefined ? size : withOrigin(size, this.origin(size.origin));
  }

  private span<T extends { readonly start: number; readonly end: number }>(span: T): T {
    const piece = this.from.pieceAt(span.start);
    if (!this.isSame(piece)) throw new Lost();
    const last = this.from.pieceAt(Math.max(span.start, span.end - 1));
    if (!this.isSame(last)) throw new Lost();
    return { ...span, start: span.start + this.shift(piece), end: span.end + this.shift(last) };
  }

  private fault({ fault, node, stack, elsewhere }: RecordedFault): RecordedFault {
    return { fault: this.described(fault), node: this.node(node), stack: stack.map((entry) => this.entry(entry)), elsewhere };
  }

  private entry(entry: StackEntry): StackEntry {
    return entry.file === this.file ? { ...entry, node: this.node(entry.node) } : entry;
  }

  private described(fault: Fault): Fault {
    const { origins, sizes, at, fixes } = fault;
    return {
      ...fault,
      origins: origins.map((origin) => (origin === undefined ? undefined : this.origin(origin))),
      ...(sizes === undefined ? {} : { sizes: { got: this.size(sizes.got), wanted: this.size(sizes.wanted) } }),
      ...(at === undefined ? {} : { at: this.span(at) }),
      ...(fixes === undefined ? {} : { fixes: fixes.map((fix) => ({ ...fix, edits: fix.edits.map((edit) => this.span(edit)) })) }),
    };
  }

  private origin(origin: Origin): Origin {
    let moved = this.origins.get(origin);
    if (moved === undefined) {
      const { place, from } = origin;
      moved = {
        ...origin,
        ...(place?.file === this.file ? { place: this.span(place) } : {}),
        ...(from === undefined ? {} : { from: from.map((each) => this.origin(each)) }),
      };
      this.origins.set(origin, moved);
    }
    return moved;
  }
}
