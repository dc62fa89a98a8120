/**
 * Reads statements and blocks. A statement with an error in it becomes a fault and its neighbours are kept; an error that
 * reaches over several lines becomes a trouble, to be narrowed down and read again by `syntax-repair.ts`.
 */

import type { ClassDef, ExceptHandler, Expression, FunctionDef, If, MatchCase, Span, Statement, SyntaxFault, With } from './syntax.ts';
import { readArguments, readParameters } from './syntax-arguments.ts';
import { describe, firstError, headerError } from './syntax-faults.ts';
import { ERROR_SYMBOL } from './syntax-grammar.ts';
import { readCasePatterns } from './syntax-patterns.ts';
import type { SyntaxReader } from './syntax-reader.ts';
import { Unreadable } from './syntax-reader.ts';
import { readSimple, SIMPLE_STATEMENTS } from './syntax-simple.ts';

/** Deeper blocks are refused, as Python does. */
export const MAX_BLOCK_DEPTH = 100;

/** Longer chains of `elif` are refused, for each is one level of the tree. */
const MAX_ELIF = 300;

export interface Trouble extends SyntaxFault {
  /** Where the parser gave up first. */
  readonly at: number;
}

export class StatementReader {
  readonly faults: SyntaxFault[] = [];
  readonly troubles: Trouble[] = [];
  private readonly r: SyntaxReader;
  private readonly damaged: boolean;
  private readonly placeholders: ReadonlySet<number>;
  private readonly salvaging: boolean;
  private readonly simple: ReadonlySet<number>;
  private depth = 0;

  /**
   * `placeholders` are the offsets of statements put in place of unreadable ones; they are left out of the tree. With `salvaging`,
   * whole statements are also taken out of regions that as such cannot be read.
   */
  constructor(r: SyntaxReader, damaged: boolean, placeholders: ReadonlySet<number>, salvaging: boolean) {
    this.salvaging = salvaging;
    this.r = r;
    this.damaged = damaged;
    this.placeholders = placeholders;
    this.simple = new Set(SIMPLE_STATEMENTS.map((name) => r.grammar.node[name]));
  }

  /** The statements among the children of the node under the cursor. */
  block(): readonly Statement[] {
    const { r } = this;
    const body: Statement[] = [];
    if (!r.enter()) return body;
    if (++this.depth > MAX_BLOCK_DEPTH) {
      this.depth--;
      const fault = r.unreadable('too many levels of indentation');
      r.leave();
      throw fault;
    }
    // On one line, what is not parted by a semicolon is one statement, however the parser cut it up.
    let before: { readonly start: number; readonly length: number; readonly faulty: boolean } | undefined;
    do {
      if (r.type === this.r.grammar.token[';']) before = undefined;
      if (!r.named && r.type !== ERROR_SYMBOL) continue;
      const { start } = r;
      const joined = this.damaged && before !== undefined && r.lines.same(before.start, start);
      if (joined && before?.faulty) continue;
      const length = joined ? (before?.length ?? body.length) : body.length;
      const faults = this.faults.length + this.troubles.length;
      this.statement(body);
      const faulty = this.faults.length + this.troubles.length > faults;
      if (joined) body.length = length;
      if (joined && !faulty) this.faults.push({ message: 'invalid syntax', start, end: r.end });
      before = { start, length, faulty: faulty || joined };
    } while (r.next());
    r.leave();
    this.depth--;
    return body;
  }

  /** Reads the statement under the cursor into `body`, or notes what is wrong with it. */
  private statement(body: Statement[]): void {
    const { r } = this;
    const { start } = r;
    if (this.placeholders.has(start)) return;
    const { nodes, depth, yields } = r;
    const level = r.cursor.currentDepth;
    const blockDepth = this.depth;
    try {
      if (this.damaged) this.refuseError();
      body.push(this.read());
      if (r.alias !== undefined) throw r.unreadable("'as' is not allowed here");
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      while (r.cursor.currentDepth > level) r.cursor.gotoParent();
      r.nodes = nodes;
      r.depth = depth;
      r.yields = yields;
      r.alias = undefined;
      this.depth = blockDepth;
      this.note(error);
      if (this.salvaging && r.cursor.nodeTypeId === ERROR_SYMBOL && r.enter()) {
        do {
          if (this.simple.has(r.type) || this.compound(r.type) !== undefined) this.statement(body);
        } while (r.next());
        r.leave();
      }
    }
  }

  private note(error: Unreadable): void {
    const { r } = this;
    const { start, end } = r;
    const { message } = error;
    const local = r.lines.same(start, Math.max(start, end - 1)) && !r.lines.hasBlock(start);
    if (local) this.faults.push({ message, start: error.start, end: Math.max(error.end, error.start) });
    else this.troubles.push({ message, start, end, at: error.start });
  }

  /** Refuses the statement under the cursor when an error is in it, blocks apart: their statements are judged one by one. */
  private refuseError(): void {
    const { r } = this;
    const node = r.cursor.currentNode;
    if (!node.hasError) return;
    const bad = this.simple.has(r.type) || node.isError ? (firstError(node) ?? node) : headerError(node);
    if (bad === undefined) return;
    throw new Unreadable(describe(bad), bad.startIndex, bad.endIndex);
  }

  private read(): Statement {
    const { r } = this;
    if (this.simple.has(r.type)) {
      const { start, end } = r;
      if (!r.lines.same(start, end - 1)) throw new Unreadable('the statement is not finished', start, end);
      return readSimple(r);
    }
    const read = this.compound(r.type);
    if (read === undefined) throw r.unreadable('invalid syntax');
    return read();
  }

  private compound(type: number): (() => Statement) | undefined {
    const { node } = this.r.grammar;
    switch (type) {
      case node.function_definition:
        return () => this.functionDef([]);
      case node.class_definition:
        return () => this.classDef([]);
      case node.decorated_definition:
        return () => this.decorated();
      case node.if_statement:
        return () => this.ifStatement();
      case node.for_statement:
        return () => this.forStatement();
      case node.while_statement:
        return () => this.whileStatement();
      case node.try_statement:
        return () => this.tryStatement();
      case node.with_statement:
        return () => this.withStatement();
      case node.match_statement:
        return () => this.matchStatement();
      default:
        return undefined;
    }
  }

  /** Goes from a header's last part over the colon, reads the block and stays on it. */
  private suite(headerStart: number): readonly Statement[] {
    const { r } = this;
    const { node, token } = r.grammar;
    while (r.type !== token[':']) if (!r.next()) throw r.unreadable("expected ':'");
    if (!r.lines.same(headerStart, r.start)) throw new Unreadable('the statement is not finished', headerStart, r.end);
    const colon = r.start;
    r.next();
    const filled = r.type === node.block && r.end > r.start;
    if (!filled) throw new Unreadable('expected an indented block', headerStart, colon + 1);
    return this.block();
  }

  private decorated(): Statement {
    const { r } = this;
    const { node } = r.grammar;
    const decorators: Expression[] = [];
    r.enter();
    while (r.type === node.decorator) {
      const { start, end } = r;
      r.enter();
      decorators.push(r.nextExpression());
      if (!r.lines.same(start, r.end - 1)) throw new Unreadable('the decorator is not finished', start, end);
      r.leave();
      r.next();
    }
    const statement = r.type === node.class_definition ? this.classDef(decorators) : this.functionDef(decorators);
    r.leave();
    return statement;
  }

  private functionDef(decorators: readonly Expression[]): FunctionDef {
    const { r } = this;
    const { node, token } = r.grammar;
    const { start, end } = r;
    r.enter();
    const isAsync = r.type === token.async;
    if (isAsync) r.next();
    r.next();
    const nameStart = r.start;
    const name = r.identifier();
    r.next();
    if (r.type === node.type_parameter) r.next();
    const params = readParameters(r);
    r.next();
    let returns: Expression | undefined;
    if (r.type !== token[':']) {
      returns = r.nextExpression();
      r.next();
    }
    const outer = r.yields;
    r.yields = false;
    const body = this.suite(start);
    const generator = r.yields;
    r.yields = outer;
    r.leave();
    return {
      kind: 'FunctionDef',
      id: r.nodes++,
      start,
      end: this.lastEnd(end, body),
      name,
      nameStart,
      async: isAsync,
      decorators,
      params,
      returns,
      body,
      generator,
    };
  }

  private classDef(decorators: readonly Expression[]): ClassDef {
    const { r } = this;
    const { node } = r.grammar;
    const { start, end } = r;
    r.enter();
    r.next();
    const nameStart = r.start;
    const name = r.identifier();
    r.next();
    if (r.type === node.type_parameter) r.next();
    let args: ClassDef['args'] = [];
    if (r.type === node.argument_list) args = readArguments(r);
    const body = this.suite(start);
    r.leave();
    return { kind: 'ClassDef', id: r.nodes++, start, end: this.lastEnd(end, body), name, nameStart, decorators, args, body };
  }

  private ifStatement(): Statement {
    const { r } = this;
    const { node } = r.grammar;
    const { start, end } = r;
    r.enter();
    const tests: { start: number; test: Expression; body: readonly Statement[] }[] = [];
    tests.push({ start, test: r.nextExpression(), body: this.suite(start) });
    let orelse: readonly Statement[] = [];
    while (r.next()) {
      if (r.type === node.elif_clause) {
        const clause = r.start;
        if (tests.length > MAX_ELIF) throw r.unreadable('too many branches');
        r.enter();
        tests.push({ start: clause, test: r.nextExpression(), body: this.suite(clause) });
        r.leave();
      } else if (r.type === node.else_clause) {
        orelse = this.clause();
      }
    }
    r.leave();
    let statement: If | undefined;
    for (const branch of tests.reverse()) {
      const rest: readonly Statement[] = statement === undefined ? orelse : [statement];
      statement = { kind: 'If', id: r.nodes++, ...branch, end: this.lastEnd(end, branch.body, rest), orelse: rest };
    }
    return statement as If;
  }

  /** The block of an `else` or `finally` clause. */
  private clause(): readonly Statement[] {
    const { r } = this;
    const { start } = r;
    r.enter();
    const body = this.suite(start);
    r.leave();
    return body;
  }

  private forStatement(): Statement {
    const { r } = this;
    const { node, token } = r.grammar;
    const { start, end } = r;
    r.enter();
    const isAsync = r.type === token.async;
    if (isAsync) r.next();
    const target = r.nextExpression();
    r.next();
    const iter = r.nextExpression();
    const body = this.suite(start);
    let orelse: readonly Statement[] = [];
    while (r.next()) if (r.type === node.else_clause) orelse = this.clause();
    r.leave();
    return { kind: 'For', id: r.nodes++, start, end: this.lastEnd(end, body, orelse), async: isAsync, target, iter, body, orelse };
  }

  private whileStatement(): Statement {
    const { r } = this;
    const { start, end } = r;
    r.enter();
    const test = r.nextExpression();
    const body = this.suite(start);
    let orelse: readonly Statement[] = [];
    while (r.next()) if (r.type === r.grammar.node.else_clause) orelse = this.clause();
    r.leave();
    return { kind: 'While', id: r.nodes++, start, end: this.lastEnd(end, body, orelse), test, body, orelse };
  }

  private tryStatement(): Statement {
    const { r } = this;
    const { node } = r.grammar;
    const { start, end } = r;
    const handlers: ExceptHandler[] = [];
    let orelse: readonly Statement[] = [];
    let final: readonly Statement[] = [];
    r.enter();
    const body = this.suite(start);
    while (r.next()) {
      if (r.type === node.except_clause) handlers.push(this.handler());
      else if (r.type === node.else_clause) orelse = this.clause();
      else if (r.type === node.finally_clause) final = this.clause();
    }
    r.leave();
    const ends = [body, handlers.at(-1)?.body ?? [], orelse, final];
    return { kind: 'Try', id: r.nodes++, start, end: this.lastEnd(end, ...ends), body, handlers, orelse, final };
  }

  private handler(): ExceptHandler {
    const { r } = this;
    const { token } = r.grammar;
    const { start, end } = r;
    const types: Expression[] = [];
    let target: Expression | undefined;
    let from = 0;
    let to = 0;
    r.enter();
    while (r.next() && r.type !== token[':']) {
      if (r.type === token.as) {
        target = r.nextExpression();
      } else if (r.named) {
        if (types.length === 0) from = r.start;
        to = r.end;
        types.push(r.expression());
      }
    }
    if (r.alias !== undefined) target = r.alias.target;
    r.alias = undefined;
    const [only] = types;
    const type: Expression | undefined = types.length > 1 ? { kind: 'Tuple', id: r.nodes++, start: from, end: to, items: types } : only;
    if (target !== undefined && target.kind !== 'Name') throw new Unreadable('expected a name', target.start, target.end);
    const body = this.suite(start);
    r.leave();
    return { start, end: this.lastEnd(end, body), type, name: target?.name, body };
  }

  private withStatement(): Statement {
    const { r } = this;
    const { node, token } = r.grammar;
    const { start, end } = r;
    const items: With['items'][number][] = [];
    r.enter();
    const isAsync = r.type === token.async;
    if (isAsync) r.next();
    r.next();
    r.enter();
    do {
      if (r.type !== node.with_item) continue;
      r.enter();
      // Parentheses with a comma at their end, or around expressions alone, are read as a tuple's: they group the items.
      const grouped = r.type === node.tuple;
      if (grouped) r.enter();
      do {
        if (grouped && !r.named) continue;
        const value = r.item();
        items.push({ value, target: r.alias?.target });
        r.alias = undefined;
      } while (grouped && r.next());
      if (grouped) r.leave();
      r.leave();
    } while (r.next());
    r.leave();
    r.next();
    const body = this.suite(start);
    r.leave();
    return { kind: 'With', id: r.nodes++, start, end: this.lastEnd(end, body), async: isAsync, items, body };
  }

  private matchStatement(): Statement {
    const { r } = this;
    const { node, token } = r.grammar;
    const { start, end } = r;
    const subjects: Expression[] = [];
    let from = 0;
    let to = 0;
    let comma = false;
    r.enter();
    while (r.next() && r.type !== token[':']) {
      if (subjects.length === 0) from = r.start;
      to = r.end;
      if (r.named) subjects.push(r.expression());
      else comma = true;
    }
    if (!r.lines.same(start, r.start)) throw new Unreadable('the statement is not finished', start, r.end);
    const [only] = subjects;
    const subject: Expression =
      only !== undefined && !comma && only.kind !== 'Starred'
        ? only
        : { kind: 'Tuple', id: r.nodes++, start: from, end: to, items: subjects };
    const cases: MatchCase[] = [];
    r.next();
    if (r.enter()) {
      do {
        if (r.type === node.case_clause) cases.push(this.matchCase());
      } while (r.next());
      r.leave();
    }
    r.leave();
    return { kind: 'Match', id: r.nodes++, start, end: cases.at(-1)?.end ?? end, subject, cases };
  }

  private matchCase(): MatchCase {
    const { r } = this;
    const { start, end } = r;
    r.enter();
    r.next();
    const pattern = readCasePatterns(r);
    let guard: Expression | undefined;
    if (r.type === r.grammar.node.if_clause) {
      r.enter();
      guard = r.nextExpression();
      r.leave();
    }
    const body = this.suite(start);
    r.leave();
    return { start, end: this.lastEnd(end, body), pattern, guard, body };
  }

  /** A compound statement ends with its last statement and the semicolon after it, not with comments or blank lines. */
  private lastEnd(fallback: number, ...blocks: readonly (readonly Span[])[]): number {
    const { text } = this.r;
    for (let i = blocks.length - 1; i >= 0; i--) {
      const last = blocks[i]?.at(-1);
      if (last === undefined) continue;
      let end = last.end;
      while (text[end] === ' ' || text[end] === '\t') end++;
      return text[end] === ';' ? end + 1 : last.end;
    }
    return fallback;
  }
}
