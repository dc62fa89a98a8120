/**
 * One side of an einops pattern, `b (h w) c`: its grammar and the texts of its errors (einops 0.8, `ParsedExpression`).
 * Knows no values.
 */

/** A name, or a number that stands for an axis of its own; `…` is the ellipsis. */
export interface EinopsAxis {
  readonly name: string;
  /** The size of an axis that a number stands for. */
  readonly size: number | undefined;
}

export interface EinopsSide {
  /** What one dimension is made of: no axis (size 1), one, or several in parentheses. */
  readonly groups: readonly (readonly EinopsAxis[])[];
  readonly ellipsis: 'none' | 'plain' | 'in parentheses';
}

export class EinopsPatternError extends Error {}

export const ELLIPSIS = '…';

export const isEllipsis = (axis: EinopsAxis): boolean => axis.name === ELLIPSIS;

/** `underscore`: `_` names any axis; `repeats`: a name may stand more than once. */
export function parseEinopsSide(text: string, allowed: { underscore?: boolean; repeats?: boolean } = {}): EinopsSide {
  const spelled = withEllipsis(text);
  const groups: EinopsAxis[][] = [];
  const seen = new Set<string>();
  let group: EinopsAxis[] | undefined;
  let ellipsis: EinopsSide['ellipsis'] = 'none';
  const add = (word: string): void => {
    if (seen.has(word) && !(allowed.underscore === true && word === '_') && allowed.repeats !== true) {
      throw new EinopsPatternError(`Indexing expression contains duplicate dimension "${word}"`);
    }
    if (word === ELLIPSIS) ellipsis = group === undefined ? 'plain' : 'in parentheses';
    else if (/^\d+$/.test(word)) {
      const size = Number(word);
      if (size === 0) throw new EinopsPatternError('Anonymous axis should have positive length, not 0');
      if (size === 1) {
        if (group === undefined) groups.push([]);
        return;
      }
      put({ name: `${word} at ${groups.length}.${group?.length ?? 0}`, size });
      return;
    } else requireName(word, allowed.underscore === true);
    seen.add(word);
    put({ name: word, size: undefined });
  };
  const put = (axis: EinopsAxis): void => {
    if (group === undefined) groups.push([axis]);
    else group.push(axis);
  };
  for (const [part] of spelled.matchAll(/[\p{L}\p{N}_…]+|[^\p{L}\p{N}_…]/gu)) {
    if (part === ' ') continue;
    if (part === '(') {
      if (group !== undefined) throw new EinopsPatternError('Axis composition is one-level (brackets inside brackets not allowed)');
      group = [];
    } else if (part === ')') {
      if (group === undefined) throw new EinopsPatternError('Brackets are not balanced');
      groups.push(group);
      group = undefined;
    } else if (/^[\p{L}\p{N}_…]/u.test(part)) add(part);
    else throw new EinopsPatternError(`Unknown character '${part}'`);
  }
  if (group !== undefined) throw new EinopsPatternError(`Imbalanced parentheses in expression: "${spelled}"`);
  return { groups, ellipsis };
}

function withEllipsis(text: string): string {
  if (!text.includes('.')) return text;
  if (!text.includes('...')) throw new EinopsPatternError('Expression may contain dots only inside ellipsis (...)');
  if (text.split('...').length !== 2 || text.split('.').length !== 4) {
    throw new EinopsPatternError('Expression may contain dots only inside ellipsis (...); only one ellipsis for tensor ');
  }
  return text.replace('...', ELLIPSIS);
}

/** Names are identifiers without an underscore at either end. */
export function requireName(name: string, underscore = false): void {
  const fail = (reason: string): never => {
    throw new EinopsPatternError(`Invalid axis identifier: ${name}\n${reason}`);
  };
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) fail('not a valid python identifier');
  if ((name.startsWith('_') || name.endsWith('_')) && !(name === '_' && underscore)) {
    fail('axis name should should not start or end with underscore');
  }
}

export const axesOf = (side: EinopsSide): readonly EinopsAxis[] => side.groups.flat();
