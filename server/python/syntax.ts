/**
 * The typed syntax tree of the Python that model code is written in.
 * Owns node shapes only: no parsing (see `parser.ts`) and no meaning (see `interpreter.ts`).
 *
 * Positions are UTF-16 offsets into the source text; `end` is exclusive. A node's `id` is unique and dense within its
 * `SourceFile`, so that facts about nodes live in arrays.
 */

export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Base extends Span {
  readonly id: number;
}

/** A parsed file. `errors` holds the statements that could not be read; all others are in `body`. */
export interface SourceFile {
  readonly file: string;
  readonly text: string;
  readonly body: readonly Statement[];
  readonly errors: readonly SyntaxFault[];
  /** Number of node ids handed out. */
  readonly nodes: number;
  readonly comments: readonly Comment[];
}

export interface Comment extends Span {
  /** The text from `#` to the end of the line, exclusive. */
  readonly text: string;
}

export interface SyntaxFault extends Span {
  readonly message: string;
}

// ---------------------------------------------------------------- expressions

export type Expression =
  | Name
  | Constant
  | JoinedString
  | Attribute
  | Subscript
  | Call
  | Unary
  | Binary
  | BoolOp
  | Compare
  | Conditional
  | Lambda
  | TupleExpr
  | ListExpr
  | SetExpr
  | DictExpr
  | Comprehension
  | Starred
  | Slice
  | NamedExpr
  | Await
  | Yield;

export interface Name extends Base {
  readonly kind: 'Name';
  readonly name: string;
}

/** `value` is `null` for None; integers too large for a double carry their text in `big`. */
export interface Constant extends Base {
  readonly kind: 'Constant';
  readonly type: 'none' | 'bool' | 'int' | 'float' | 'complex' | 'str' | 'bytes' | 'ellipsis';
  /** For `complex` the imaginary part; for `str` and `bytes` the decoded text. */
  readonly value: null | boolean | number | string;
  readonly big?: bigint;
}

/** An f-string; adjacent literals are merged into it. */
export interface JoinedString extends Base {
  readonly kind: 'JoinedString';
  readonly parts: readonly (string | FormattedValue)[];
}

export interface FormattedValue extends Span {
  readonly value: Expression;
  /** `!r`, `!s`, `!a`. */
  readonly conversion: 'r' | 's' | 'a' | undefined;
  /** The format specification, itself possibly interpolated. */
  readonly spec: readonly (string | FormattedValue)[];
  /** `f'{x=}'`: the text before the value. */
  readonly debug: string | undefined;
}

export interface Attribute extends Base {
  readonly kind: 'Attribute';
  readonly value: Expression;
  readonly name: string;
  /** Where the name after the dot starts. */
  readonly nameStart: number;
}

export interface Subscript extends Base {
  readonly kind: 'Subscript';
  readonly value: Expression;
  /** `x[a, b]` has a `TupleExpr` here, as in Python. */
  readonly index: Expression;
}

export interface Slice extends Base {
  readonly kind: 'Slice';
  readonly lower: Expression | undefined;
  readonly upper: Expression | undefined;
  readonly step: Expression | undefined;
}

export interface Call extends Base {
  readonly kind: 'Call';
  readonly func: Expression;
  readonly args: readonly Argument[];
}

/** `star` is 1 for `*value`, 2 for `**value`. */
export interface Argument extends Span {
  readonly name: string | undefined;
  readonly star: 0 | 1 | 2;
  readonly value: Expression;
}

export interface Unary extends Base {
  readonly kind: 'Unary';
  readonly op: '-' | '+' | '~' | 'not';
  readonly operand: Expression;
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '@' | '<<' | '>>' | '&' | '|' | '^';

export interface Binary extends Base {
  readonly kind: 'Binary';
  readonly op: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export interface BoolOp extends Base {
  readonly kind: 'BoolOp';
  readonly op: 'and' | 'or';
  readonly left: Expression;
  readonly right: Expression;
}

export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'is' | 'is not' | 'in' | 'not in';

/** `first op0 rest0 op1 rest1 …` */
export interface Compare extends Base {
  readonly kind: 'Compare';
  readonly first: Expression;
  readonly rest: readonly { readonly op: CompareOperator; readonly value: Expression }[];
}

export interface Conditional extends Base {
  readonly kind: 'Conditional';
  readonly test: Expression;
  readonly body: Expression;
  readonly orelse: Expression;
}

export interface Lambda extends Base {
  readonly kind: 'Lambda';
  readonly params: Parameters;
  readonly body: Expression;
}

export interface TupleExpr extends Base {
  readonly kind: 'Tuple';
  readonly items: readonly Expression[];
}

export interface ListExpr extends Base {
  readonly kind: 'List';
  readonly items: readonly Expression[];
}

export interface SetExpr extends Base {
  readonly kind: 'Set';
  readonly items: readonly Expression[];
}

/** `key` is undefined for `**value`. */
export interface DictExpr extends Base {
  readonly kind: 'Dict';
  readonly items: readonly { readonly key: Expression | undefined; readonly value: Expression }[];
}

export interface Comprehension extends Base {
  readonly kind: 'Comprehension';
  readonly type: 'list' | 'set' | 'dict' | 'generator';
  /** The key of a dict comprehension. */
  readonly key: Expression | undefined;
  readonly element: Expression;
  readonly clauses: readonly ComprehensionClause[];
}

export interface ComprehensionClause {
  readonly target: Expression;
  readonly iter: Expression;
  readonly conditions: readonly Expression[];
  readonly async: boolean;
}

export interface Starred extends Base {
  readonly kind: 'Starred';
  readonly value: Expression;
}

export interface NamedExpr extends Base {
  readonly kind: 'NamedExpr';
  readonly target: Name;
  readonly value: Expression;
}

export interface Await extends Base {
  readonly kind: 'Await';
  readonly value: Expression;
}

export interface Yield extends Base {
  readonly kind: 'Yield';
  readonly value: Expression | undefined;
  readonly from: boolean;
}

// ---------------------------------------------------------------- parameters

export interface Parameters {
  readonly items: readonly Parameter[];
}

/** `kind` says how an argument may be given; a bare `*` is not an item, it makes those after it `keyword`. */
export interface Parameter extends Base {
  readonly kind: 'Parameter';
  readonly name: string;
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly pass: 'positional' | 'either' | 'keyword' | 'star' | 'star-star';
  readonly annotation: Expression | undefined;
  readonly default: Expression | undefined;
}

// ---------------------------------------------------------------- statements

export type Statement =
  | ExpressionStatement
  | Assign
  | AnnotatedAssign
  | AugmentedAssign
  | Return
  | Delete
  | Pass
  | Break
  | Continue
  | Raise
  | Assert
  | Global
  | Nonlocal
  | Import
  | ImportFrom
  | If
  | For
  | While
  | Try
  | With
  | FunctionDef
  | ClassDef
  | Match
  | TypeAlias;

export interface ExpressionStatement extends Base {
  readonly kind: 'ExpressionStatement';
  readonly value: Expression;
}

/** `a = b = value` has two targets. */
export interface Assign extends Base {
  readonly kind: 'Assign';
  readonly targets: readonly Expression[];
  readonly value: Expression;
}

export interface AnnotatedAssign extends Base {
  readonly kind: 'AnnotatedAssign';
  readonly target: Expression;
  readonly annotation: Expression;
  readonly value: Expression | undefined;
}

export interface AugmentedAssign extends Base {
  readonly kind: 'AugmentedAssign';
  readonly op: BinaryOperator;
  readonly target: Expression;
  readonly value: Expression;
}

export interface Return extends Base {
  readonly kind: 'Return';
  readonly value: Expression | undefined;
}

export interface Delete extends Base {
  readonly kind: 'Delete';
  readonly targets: readonly Expression[];
}

export interface Pass extends Base {
  readonly kind: 'Pass';
}

export interface Break extends Base {
  readonly kind: 'Break';
}

export interface Continue extends Base {
  readonly kind: 'Continue';
}

export interface Raise extends Base {
  readonly kind: 'Raise';
  readonly value: Expression | undefined;
  readonly cause: Expression | undefined;
}

export interface Assert extends Base {
  readonly kind: 'Assert';
  readonly test: Expression;
  readonly message: Expression | undefined;
}

export interface Global extends Base {
  readonly kind: 'Global';
  readonly names: readonly string[];
}

export interface Nonlocal extends Base {
  readonly kind: 'Nonlocal';
  readonly names: readonly string[];
}

export interface Import extends Base {
  readonly kind: 'Import';
  readonly names: readonly { readonly module: string; readonly as: string | undefined }[];
}

/** `level` counts the leading dots; `names` is `'*'` for a star import. */
export interface ImportFrom extends Base {
  readonly kind: 'ImportFrom';
  readonly module: string;
  readonly level: number;
  readonly names: '*' | readonly { readonly name: string; readonly as: string | undefined }[];
}

/** `elif` is an `If` that is the only statement of `orelse`. */
export interface If extends Base {
  readonly kind: 'If';
  readonly test: Expression;
  readonly body: readonly Statement[];
  readonly orelse: readonly Statement[];
}

export interface For extends Base {
  readonly kind: 'For';
  readonly async: boolean;
  readonly target: Expression;
  readonly iter: Expression;
  readonly body: readonly Statement[];
  readonly orelse: readonly Statement[];
}

export interface While extends Base {
  readonly kind: 'While';
  readonly test: Expression;
  readonly body: readonly Statement[];
  readonly orelse: readonly Statement[];
}

export interface Try extends Base {
  readonly kind: 'Try';
  readonly body: readonly Statement[];
  readonly handlers: readonly ExceptHandler[];
  readonly orelse: readonly Statement[];
  readonly final: readonly Statement[];
}

export interface ExceptHandler extends Span {
  readonly type: Expression | undefined;
  readonly name: string | undefined;
  readonly body: readonly Statement[];
}

export interface With extends Base {
  readonly kind: 'With';
  readonly async: boolean;
  readonly items: readonly { readonly value: Expression; readonly target: Expression | undefined }[];
  readonly body: readonly Statement[];
}

export interface FunctionDef extends Base {
  readonly kind: 'FunctionDef';
  readonly name: string;
  readonly nameStart: number;
  readonly async: boolean;
  readonly decorators: readonly Expression[];
  readonly params: Parameters;
  readonly returns: Expression | undefined;
  readonly body: readonly Statement[];
  /** Whether the body yields, nested functions not counted. */
  readonly generator: boolean;
}

export interface ClassDef extends Base {
  readonly kind: 'ClassDef';
  readonly name: string;
  readonly nameStart: number;
  readonly decorators: readonly Expression[];
  readonly args: readonly Argument[];
  readonly body: readonly Statement[];
}

export interface Match extends Base {
  readonly kind: 'Match';
  readonly subject: Expression;
  readonly cases: readonly MatchCase[];
}

export interface MatchCase extends Span {
  readonly pattern: Pattern;
  readonly guard: Expression | undefined;
  readonly body: readonly Statement[];
}

export type Pattern =
  | { readonly kind: 'value'; readonly value: Expression }
  | { readonly kind: 'capture'; readonly name: Name | undefined }
  | { readonly kind: 'as'; readonly pattern: Pattern; readonly name: Name }
  | { readonly kind: 'or'; readonly of: readonly Pattern[] }
  | { readonly kind: 'sequence'; readonly items: readonly Pattern[] }
  | { readonly kind: 'star'; readonly name: Name | undefined }
  | {
      readonly kind: 'mapping';
      readonly items: readonly { readonly key: Expression; readonly value: Pattern }[];
      readonly rest: Name | undefined;
    }
  | {
      readonly kind: 'class';
      readonly cls: Expression;
      readonly positional: readonly Pattern[];
      readonly keyword: readonly { readonly name: string; readonly value: Pattern }[];
    };

export interface TypeAlias extends Base {
  readonly kind: 'TypeAlias';
  readonly name: Name;
  readonly value: Expression;
}

export type Node = Expression | Statement | Parameter;
