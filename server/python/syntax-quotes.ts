/**
 * Finds where Python string literals end, f-strings with their fields included, and which triple quote of a text is astray.
 * Owns no decoding; that is in `syntax-literals.ts`.
 */

const LF = 10;
const CR = 13;
const HASH = 35;
const BACKSLASH = 92;

export function isTriple(text: string, at: number): boolean {
  return text.charCodeAt(at + 1) === text.charCodeAt(at) && text.charCodeAt(at + 2) === text.charCodeAt(at);
}

/** Whether the prefix before a quote has an `f` (or `t`). */
export function isFormatted(text: string, quote: number): boolean {
  for (let i = quote - 1; i >= quote - 2 && i >= 0; i--) {
    const letter = text.charCodeAt(i) | 32;
    if (letter === 102 || letter === 116) return true;
    if (letter !== 114 && letter !== 98 && letter !== 117) return false;
  }
  return false;
}

/** The offset after a string literal whose opening quote is at `at`, or -1 when it does not end. */
export function stringEnd(text: string, at: number, formatted: boolean, suspicious: boolean): number {
  const quote = text.charCodeAt(at);
  const triple = isTriple(text, at);
  let i = triple ? at + 3 : at + 1;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) {
      i += text.charCodeAt(i + 1) === CR && text.charCodeAt(i + 2) === LF ? 3 : 2;
    } else if (code === quote) {
      if (!triple) return i + 1;
      if (isTriple(text, i)) return i + 3;
      i++;
    } else if (code === LF && !triple) {
      return -1;
    } else if (formatted && code === 123) {
      if (text.charCodeAt(i + 1) === 123) i += 2;
      else {
        i = fieldEnd(text, i + 1, suspicious && !triple ? quote : 0);
        if (i < 0) return -1;
      }
    } else {
      i++;
    }
  }
  return -1;
}

/** The offset after the replacement field whose content starts at `from`. With `stop`, that quote or a line break ends the search. */
function fieldEnd(text: string, from: number, stop: number): number {
  let depth = 0;
  let i = from;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (stop !== 0 && (code === LF || code === stop)) return -1;
    if (code === 34 || code === 39) {
      const end = stringEnd(text, i, isFormatted(text, i), stop !== 0);
      if (end < 0) return -1;
      i = end;
      continue;
    }
    if (code === HASH && stop === 0) {
      i = text.indexOf('\n', i);
      if (i < 0) return -1;
    }
    if (code === 40 || code === 91 || code === 123) depth++;
    else if (code === 41 || code === 93) depth--;
    else if (code === 125 && depth-- === 0) return i + 1;
    else if (code === 58 && depth === 0) return specEnd(text, i + 1, stop);
    i++;
  }
  return -1;
}

function specEnd(text: string, from: number, stop: number): number {
  let i = from;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (stop !== 0 && (code === LF || code === stop)) return -1;
    if (code === 125) return i + 1;
    if (code === 123) {
      i = fieldEnd(text, i + 1, stop);
      if (i < 0) return -1;
    } else {
      i++;
    }
  }
  return -1;
}

/** Lines that are rarely found in a string. */
const CODE = /^[ \t]*(?:(?:def|class) \w+.*:|return\b.*|(?:from [\w.]+ )?import \w.*|(?:if|for|while|with) .*:|self\.\w+ = .*)[ \t]*$/gm;

/**
 * When the last triple quote of a text never ends, every string after the one that is really stray is inside out. Taking each in
 * turn for the stray one, the one to blame is that which leaves the least code inside strings.
 */
export function findBrokenTriple(text: string): number {
  const tokens = /#[^\n]*|'''|"""|'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/g;
  let unterminated = -1;
  for (let match = tokens.exec(text); match !== null && unterminated < 0; match = tokens.exec(text)) {
    if (match[0] !== "'''" && match[0] !== '"""') continue;
    const end = stringEnd(text, match.index, false, false);
    if (end < 0) unterminated = match.index;
    tokens.lastIndex = end;
  }
  if (unterminated < 0) return -1;
  const delimiter = text.slice(unterminated, unterminated + 3);
  const quotes: number[] = [];
  for (let at = text.indexOf(delimiter); at >= 0; at = text.indexOf(delimiter, at + 3)) quotes.push(at);
  if (quotes.length % 2 === 0) return unterminated;
  const code = quotes.map((from, i) => text.slice(from, quotes[i + 1] ?? text.length).match(CODE)?.length ?? 0);
  let score = code.reduce((sum, lines, i) => (i % 2 === 1 ? sum + lines : sum), 0);
  let best = { score, at: quotes[0] ?? unterminated };
  for (let stray = 2; stray < quotes.length; stray += 2) {
    score += (code[stray - 2] ?? 0) - (code[stray - 1] ?? 0);
    if (score <= best.score) best = { score, at: quotes[stray] ?? unterminated };
  }
  return best.at;
}
