/**
 * The symbols of the Python grammar by name, resolved once per loaded grammar to the numbers that tree nodes carry.
 * Owns the list of node names the conversion relies on; a grammar that lacks one is refused at start-up.
 */

const NAMED = [
  'aliased_import',
  'argument_list',
  'as_pattern',
  'as_pattern_target',
  'assert_statement',
  'assignment',
  'attribute',
  'augmented_assignment',
  'await',
  'binary_operator',
  'block',
  'boolean_operator',
  'break_statement',
  'call',
  'case_clause',
  'case_pattern',
  'chevron',
  'class_definition',
  'class_pattern',
  'comment',
  'comparison_operator',
  'complex_pattern',
  'concatenated_string',
  'conditional_expression',
  'constrained_type',
  'continue_statement',
  'decorated_definition',
  'decorator',
  'default_parameter',
  'delete_statement',
  'dict_pattern',
  'dictionary',
  'dictionary_comprehension',
  'dictionary_splat',
  'dictionary_splat_pattern',
  'dotted_name',
  'elif_clause',
  'ellipsis',
  'else_clause',
  'except_clause',
  'exec_statement',
  'expression_list',
  'expression_statement',
  'false',
  'finally_clause',
  'float',
  'for_in_clause',
  'for_statement',
  'format_expression',
  'format_specifier',
  'function_definition',
  'future_import_statement',
  'generator_expression',
  'generic_type',
  'global_statement',
  'identifier',
  'if_clause',
  'if_statement',
  'import_from_statement',
  'import_prefix',
  'import_statement',
  'integer',
  'interpolation',
  'keyword_argument',
  'keyword_pattern',
  'keyword_separator',
  'lambda',
  'lambda_parameters',
  'line_continuation',
  'list',
  'list_comprehension',
  'list_pattern',
  'list_splat',
  'list_splat_pattern',
  'match_statement',
  'member_type',
  'module',
  'named_expression',
  'none',
  'nonlocal_statement',
  'not_operator',
  'pair',
  'parameters',
  'parenthesized_expression',
  'parenthesized_list_splat',
  'pass_statement',
  'pattern_list',
  'positional_separator',
  'print_statement',
  'raise_statement',
  'relative_import',
  'return_statement',
  'set',
  'set_comprehension',
  'slice',
  'splat_pattern',
  'splat_type',
  'string',
  'string_content',
  'string_end',
  'string_start',
  'subscript',
  'true',
  'try_statement',
  'tuple',
  'tuple_pattern',
  'type',
  'type_alias_statement',
  'type_conversion',
  'type_parameter',
  'typed_default_parameter',
  'typed_parameter',
  'unary_operator',
  'union_pattern',
  'union_type',
  'while_statement',
  'wildcard_import',
  'with_clause',
  'with_item',
  'with_statement',
  'yield',
] as const;

const TOKENS = [
  'async',
  'as',
  'from',
  ';',
  ':',
  ',',
  '=',
  '*',
  '**',
  '-',
  '+',
  '_',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '|',
  'in',
  'if',
  '.',
] as const;

export type NodeName = (typeof NAMED)[number];
export type TokenName = (typeof TOKENS)[number];

/** The symbol that the parser gives to text it could not place. */
export const ERROR_SYMBOL = 65535;

/** What the conversion needs of a loaded grammar. */
export interface GrammarSource {
  readonly nodeTypeCount: number;
  idForNodeType(type: string, named: boolean): number | null;
  nodeTypeForId(id: number): string | null;
  nodeTypeIsNamed(id: number): boolean;
}

export interface Grammar {
  readonly node: Readonly<Record<NodeName, number>>;
  readonly token: Readonly<Record<TokenName, number>>;
  /** The name of a symbol, by its number. */
  readonly names: readonly string[];
  /** Whether a symbol is a node of its own and not punctuation or a keyword, by its number. */
  readonly named: readonly boolean[];
}

export function readGrammar(source: GrammarSource): Grammar {
  const resolve = (name: string, named: boolean): number => {
    const id = source.idForNodeType(name, named);
    if (id === null) throw new Error(`the Python grammar has no ${named ? 'node' : 'token'} "${name}"`);
    return id;
  };
  const count = source.nodeTypeCount;
  return {
    node: Object.fromEntries(NAMED.map((name) => [name, resolve(name, true)])) as Record<NodeName, number>,
    token: Object.fromEntries(TOKENS.map((name) => [name, resolve(name, false)])) as Record<TokenName, number>,
    names: Array.from({ length: count }, (_, id) => source.nodeTypeForId(id) ?? ''),
    named: Array.from({ length: count }, (_, id) => source.nodeTypeIsNamed(id)),
  };
}
