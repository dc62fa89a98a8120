/**
 * A file as its shell, which runs when the file does, and the bodies of its outermost functions and methods, which run when
 * they are called. Knows texts and places; nothing is run here.
 */
import { indexAt } from '../python/starts.ts';
import type { FunctionDef, Node, SourceFile } from '../python/syntax.ts';
import { walkAll } from '../python/visit.ts';

/** A stretch of the text: a body, or what stands between two. */
export interface Piece {
  readonly start: number;
  readonly text: string;
}

/** Where a node stands: equal texts that were read in the same way have equal nodes at equal places. */
export interface NodePlace {
  readonly piece: number;
  readonly at: number;
}

/** Stands for a body in the shell. A method that is a stub is not called, so that much of its body is known without running it. */
const [STUB, BODY] = ['\0', '\x01'];

export class Bodies {
  /** In the order of the text. The shell's have even numbers, the bodies odd ones. */
  readonly pieces: readonly Piece[];
  readonly shell: string;
  /** Parts of the text could not be read: equal texts need not be equal trees. */
  readonly broken: boolean;
  private readonly source: SourceFile;
  private readonly bodies = new Map<Node, number>();
  private listed: { readonly nodes: readonly Node[][]; readonly places: ReadonlyMap<Node, NodePlace> } | undefined;

  constructor(source: SourceFile) {
    this.source = source;
    this.broken = source.errors.length > 0;
    const { text } = source;
    const pieces: Piece[] = [];
    let shell = '';
    let end = 0;
    const cut = (to: number): string => {
      const piece = { start: end, text: text.slice(end, to) };
      pieces.push(piece);
      end = to;
      return piece.text;
    };
    walkAll(source.body, (node) => {
      if (node.kind !== 'FunctionDef') return node.kind !== 'Lambda';
      const [start, stop] = bodySpan(node, text);
      // A tree that was made of a broken text can stand in another order than it.
      if (start < end || stop < start) return false;
      shell += cut(start) + (isStub(node) ? STUB : BODY);
      this.bodies.set(node, pieces.length);
      cut(stop);
      return false;
    });
    this.shell = shell + cut(text.length);
    this.pieces = pieces;
  }

  /** The number of a function's body, if it is an outermost one. */
  bodyOf(node: Node): number | undefined {
    return this.bodies.get(node);
  }

  placeOf(node: Node): NodePlace | undefined {
    return this.list().places.get(node);
  }

  nodesIn(piece: number): readonly Node[] {
    return this.list().nodes[piece] ?? [];
  }

  pieceAt(offset: number): number {
    return indexAt(this.pieces, offset);
  }

  private list() {
    if (this.listed === undefined) {
      const nodes: Node[][] = this.pieces.map(() => []);
      const places = new Map<Node, NodePlace>();
      walkAll(this.source.body, (node) => {
        const piece = this.pieceAt(node.start);
        const own = nodes[piece] as Node[];
        places.set(node, { piece, at: own.push(node) - 1 });
      });
      this.listed = { nodes, places };
    }
    return this.listed;
  }
}

/** From the first statement to the end of the last one's line and the empty lines after it. */
function bodySpan({ body, end }: FunctionDef, text: string): readonly [start: number, end: number] {
  const [first] = body;
  if (first === undefined) return [end, end];
  const decorated = first.kind === 'FunctionDef' || first.kind === 'ClassDef' ? first.decorators[0]?.start : undefined;
  const tail = /[^\n]*(?:\n[ \t]*(?=\n|$))*/y;
  tail.lastIndex = Math.max(end, first.end);
  return [Math.min(first.start, decorated ?? first.start), tail.lastIndex + (tail.exec(text)?.[0].length ?? 0)];
}

function isStub({ body }: FunctionDef): boolean {
  return body.every((s) => s.kind === 'Pass' || (s.kind === 'ExpressionStatement' && s.value.kind === 'Constant'));
}
