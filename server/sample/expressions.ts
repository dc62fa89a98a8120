/** Reads a spelled size (`2*hidden_size + 1`) back as a number, given numbers for its names. */

/** Gives undefined for what it cannot read: a name without a number, a conditional size. */
export function sizeReader(sizes: Readonly<Record<string, number>>): (text: string) => number | undefined {
  return (text) => {
    const reader = new Reader(text, sizes);
    const value = reader.sum();
    return reader.done() ? value : undefined;
  };
}

class Reader {
  private readonly words: readonly string[];
  private readonly sizes: Readonly<Record<string, number>>;
  private at = 0;

  constructor(text: string, sizes: Readonly<Record<string, number>>) {
    this.words = text.match(/\/\/|[()+\-*%,]|\d+|[^\s()+\-*/%,]+|\S/g) ?? [];
    this.sizes = sizes;
  }

  done(): boolean {
    return this.at === this.words.length;
  }

  sum(): number | undefined {
    let value = this.product();
    while (this.words[this.at] === '+' || this.words[this.at] === '-') {
      const op = this.words[this.at++];
      const right = this.product();
      value = value === undefined || right === undefined ? undefined : op === '+' ? value + right : value - right;
    }
    return value;
  }

  private product(): number | undefined {
    let value = this.atom();
    for (;;) {
      const op = this.words[this.at];
      if (op !== '*' && op !== '//' && op !== '%') return value;
      this.at++;
      const right = this.atom();
      if (value === undefined || right === undefined || (right === 0 && op !== '*')) value = undefined;
      else if (op === '*') value *= right;
      else value = op === '//' ? Math.floor(value / right) : value - Math.floor(value / right) * right;
    }
  }

  private atom(): number | undefined {
    const word = this.words[this.at++];
    if (word === undefined) return undefined;
    if (word === '-') {
      const value = this.atom();
      return value === undefined ? undefined : -value;
    }
    if (word === '(') {
      const value = this.sum();
      if (this.words[this.at] !== ')') return undefined;
      this.at++;
      return value;
    }
    if (/^\d+$/.test(word)) return Number(word);
    if ((word === 'min' || word === 'max') && this.words[this.at] === '(') {
      this.at++;
      const parts: (number | undefined)[] = [this.sum()];
      while (this.words[this.at] === ',') {
        this.at++;
        parts.push(this.sum());
      }
      if (this.words[this.at++] !== ')' || parts.includes(undefined)) return undefined;
      return Math[word](...(parts as number[]));
    }
    return Object.hasOwn(this.sizes, word) ? this.sizes[word] : undefined;
  }
}
