/**
 * The diagnostic codes, in one place: what the checker reports, what the settings can silence, what `docs/rules` explains.
 * Adding a diagnostic is adding a line here and its page.
 */

export interface Code {
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'info';
  /** A short noun phrase. */
  readonly title: string;
  /** One sentence: when it is reported. */
  readonly summary: string;
}

const error = (code: string, title: string, summary: string): Code => ({ code, severity: 'error', title, summary });
const warning = (code: string, title: string, summary: string): Code => ({ code, severity: 'warning', title, summary });

/** Sorted by family, then as they are met. */
export const CODES: readonly Code[] = [
  // calls
  error('call-arguments', 'Wrong arguments', 'An argument is missing, unknown, given twice, or of a type that the function does not take.'),
  error(
    'not-a-tensor',
    'Not a tensor',
    'A tensor is needed where something else is given, such as the tuple that a recurrent layer returns.',
  ),
  error('runtime-error', 'Runtime error', 'The operation raises for these values.'),
  error('index-dtype', 'Index dtype', 'Indices must be integer tensors.'),
  error('dtype-mismatch', 'dtype mismatch', 'Two tensors have dtypes that the operation does not take together.'),
  error('invalid-argument', 'Invalid argument', 'An argument has a value that the operation does not accept.'),
  error('negative-size', 'Negative size', 'A tensor cannot have a negative size.'),
  error('dim-out-of-range', 'Dimension out of range', 'A dimension index is not one of the tensor.'),
  error('rank-mismatch', 'Wrong number of dimensions', 'The tensor has more or fewer dimensions than the operation takes.'),
  error('shape-mismatch', 'Shape mismatch', 'Two shapes do not fit together in this operation.'),
  error('broadcast-mismatch', 'Shapes do not broadcast', 'Two sizes differ and neither is 1.'),
  error('inplace-leaf', 'In-place on a parameter', 'A parameter that requires gradients is written to while gradients are recorded.'),
  error('zero-division', 'Division by zero', 'An integer tensor is divided by 0.'),
  warning('broadcast-outer', 'Each against each', '`(N, 1) - (N,)` is `(N, N)`: a prediction and a target of different rank.'),
  // sizes and places
  error('reshape-size-mismatch', 'Another number of elements', 'The sizes asked for do not hold as many elements as the tensor has.'),
  error('view-not-contiguous', 'View of a strided tensor', 'The tensor does not lie in memory in the order that `view` needs.'),
  warning('view-maybe-not-contiguous', 'View of a strided tensor', 'The view raises wherever the symbolic sizes are greater than 1.'),
  warning('view-as-transpose', 'View instead of transpose', 'The sizes change places but the elements keep their order.'),
  warning('squeeze-without-dim', 'Squeeze takes the batch too', '`squeeze()` without a dimension drops a batch of 1 as well.'),
  error('expand-size-mismatch', 'Cannot expand', 'Only a size of 1 can be expanded.'),
  error('index-out-of-range', 'Index out of range', 'An index is not below the size, or below its negative.'),
  error('too-many-indices', 'Too many indices', 'A subscript has more indices than the tensor has dimensions.'),
  error('index-type', 'Index type', 'A tensor is indexed by integers, slices, `...`, None, and integer or bool tensors.'),
  error('mask-shape-mismatch', 'Mask shape', 'A mask must have the sizes of what it masks.'),
  error('window-size', 'Window too large', 'The window or kernel is larger than the input, or has no size.'),
  error('storage-bounds', 'Outside of the storage', 'Sizes and strides reach elements that the storage does not have.'),
  error('cat-size-mismatch', 'Sizes to concatenate', 'Tensors to concatenate may differ in the joined dimension only.'),
  error('stack-size-mismatch', 'Sizes to stack', 'Tensors to stack must have the same shape.'),
  error('split-sizes', 'Split sizes', 'The sizes of the parts do not sum up to the size that is split.'),
  warning('chunk-count', 'Fewer chunks', '`chunk` gives fewer parts than asked for where they do not come out even.'),
  error('empty-reduction', 'Nothing to reduce', 'A reduction that needs at least one element gets none.'),
  warning('argmax-no-dim', 'argmax over everything', 'Without `dim` the index counts through all elements of the tensor.'),
  warning('softmax-no-dim', 'Softmax without dim', 'The implicit dimension depends on the rank; PyTorch itself warns.'),
  warning('softmax-batch-dim', 'Softmax over the batch', 'Probabilities sum to 1 over the samples of a batch.'),
  error('k-out-of-range', 'k out of range', 'More elements are asked for than the dimension has.'),
  error('einsum-equation', 'einsum equation', 'The equation is malformed or names labels that no operand has.'),
  error('einsum-rank', 'einsum rank', 'An operand has more or fewer dimensions than the equation has labels for it.'),
  error('einsum-size', 'einsum sizes', 'A label stands for two sizes that do not fit together.'),
  error('einops-pattern', 'einops pattern', 'A pattern breaks einops’ grammar, or its axes do not fit together.'),
  error('einops-shape', 'einops shape', 'A tensor is not what the left side of an einops pattern says.'),
  error('optimizer-parameters', 'Optimizer arguments', 'An optimizer cannot be made with these parameters.'),
  error('not-square', 'Not a square matrix', 'A function of square matrices gets others.'),
  error('singular-matrix', 'Singular matrix', 'A matrix of known numbers has no inverse.'),
  error('no-gradient', 'No gradient', 'A gradient is asked for where nothing requires one.'),
  error('matmul-inner-size', 'Inner sizes differ', 'The last size of the left side is not the matching size of the right side.'),
  error('linear-input-size', 'Linear input size', 'The last size of the input is not `in_features`.'),
  error('module-init', 'Module not initialised', '`super().__init__()` has to run before parameters and submodules are assigned.'),
  error('state-dict-mismatch', 'State dict mismatch', 'A state dict has other keys or shapes than the module.'),
  // recurrent layers
  error('rnn-constructor', 'Recurrent constructor', 'A recurrent layer cannot be made with these arguments.'),
  error('rnn-input-rank', 'Recurrent input rank', 'A recurrent layer takes 2-D (unbatched) or 3-D input; a cell takes 1-D or 2-D.'),
  error('rnn-input-size', 'Recurrent input size', 'The last size of the input is not `input_size`.'),
  error('rnn-input-dtype', 'Recurrent input dtype', 'The input has another dtype than the weights.'),
  error('rnn-empty-sequence', 'Empty sequence', 'A recurrent layer needs at least one time step.'),
  error('hidden-rank-mismatch', 'Hidden state rank', 'The hidden state has another number of dimensions than the input asks for.'),
  error('hidden-size-mismatch', 'Hidden state size', 'The hidden state is not `(num_layers * directions, batch, hidden_size)`.'),
  error('hidden-state-kind', 'Hidden state kind', 'An LSTM takes a pair of states, an RNN or GRU one tensor.'),
  warning(
    'rnn-dropout-single-layer',
    'Dropout without effect',
    'Dropout acts between recurrent layers, so with one layer it does nothing.',
  ),
  warning('packed-size-unchecked', 'Packed input accepted unchecked', 'PyTorch does not check this packed input and computes garbage.'),
  warning(
    'pad-packed-trims',
    'Shorter than what was packed',
    'Without `total_length` the result is as long as the longest sequence, not as the input was.',
  ),
  warning('batch-first-mismatch', 'Batch and time swapped', 'The input looks batch first, the layer is not.'),
  warning('rnn-last-step', 'Not the last step', 'Indexing a batch-first output with -1 takes the last sample, not the last time step.'),
  warning('rnn-first-layer-state', 'State of the first layer', '`h[0]` of a stacked layer is the first layer, the last one is `h[-1]`.'),
  warning('rnn-state-view', 'View of a state', 'A view of `(layers, batch, hidden)` as `(batch, -1)` mixes the entries of the batch.'),
  warning(
    'rnn-bidirectional-last-step',
    'Last step of a bidirectional layer',
    'At the last step the backward direction has seen one element only; its final state is at the first.',
  ),
  warning('rnn-unbatched', '2-D input is unbatched', 'A recurrent layer takes a 2-D input as one sequence without a batch.'),
  // embeddings
  error('embedding-index', 'Index out of range', 'An index is negative or not below `num_embeddings`.'),
  error('embedding-padding-index', 'Padding index', '`padding_idx` is outside of the table.'),
  error('embedding-weight', 'Embedding weight', 'The weight of an embedding must be 2-D and of the stated sizes.'),
  error('embedding-bag-input', 'Bag input', 'An embedding bag takes 2-D input, or 1-D input with 1-D offsets.'),
  error('embedding-bag-offsets', 'Bag offsets', 'Offsets start at 0 and do not pass the end of the input.'),
  error('embedding-bag-mode', 'Bag mode', 'The mode and the other arguments of an embedding bag do not go together.'),
  error('embedding-bag-weights', 'Bag weights', '`per_sample_weights` must have the shape of the input.'),
  warning('embedding-bag-order', 'Argument order', 'Weight and input of `embedding_bag` are swapped.'),
  // losses
  error('loss-target-size', 'Target size', 'The target of a loss does not have the shape that the input asks for.'),
  error('loss-target-dtype', 'Target dtype', 'The target of a loss has a dtype that it does not take.'),
  error('loss-target-range', 'Target range', 'A target is no class, or no probability.'),
  error('loss-weight-size', 'Loss weight', 'The weight of a loss needs one number a class, or the shape of the input.'),
  warning('loss-broadcast', 'Loss over broadcast shapes', 'Input and target have different shapes, so each element meets several.'),
  warning('kl-div-mean', 'Mean of KL divergence', "`reduction='mean'` also divides by the support; 'batchmean' is the divergence."),
  warning('cross-entropy-one-class', 'One class', 'Cross entropy over a single class is always 0.'),
  // normalisation
  error('norm-input-size', 'Normalised sizes', 'The last sizes of the input are not `normalized_shape`.'),
  error('norm-parameter-shape', 'Shape of a norm parameter', 'Weight, bias or statistics do not have the shape that is normalised.'),
  error('norm-channels', 'Number of channels', 'The input has another number of channels than the layer was made for.'),
  error('norm-groups', 'Number of groups', 'The channels do not divide evenly into the groups.'),
  error('norm-single-value', 'Nothing to normalise over', 'In training there must be more than one value to take the deviation of.'),
  warning(
    'instance-norm-features',
    'Features not used',
    '`num_features` is not the number of channels, and without `affine` it is not used.',
  ),
  // padding
  error('pad-size', 'Padding', 'The padding does not go with the sizes that it is added to.'),
  // convolutions
  error('conv-argument', 'Convolution argument', 'A stride, padding, dilation or number of groups that a convolution does not take.'),
  error(
    'conv-channels',
    'Channels of a convolution',
    'The input does not have the channels of the weight, or they do not divide into the groups.',
  ),
  error('conv-weight', 'Weight of a convolution', 'The weight does not divide into the groups, or is empty.'),
  error('conv-bias', 'Bias of a convolution', 'The bias needs one number for each output channel.'),
  warning(
    'norm-size-order',
    'Normalised over time steps',
    'What batch normalisation takes for the channels is a time, the features stand last.',
  ),
  warning(
    'conv-size-order',
    'Sizes in another order',
    'By its name, the size that a convolution takes for its channels is a batch, a time or an extent.',
  ),
  // pooling
  error('pool-argument', 'Pooling argument', 'A kernel, stride, padding or output size that pooling does not take.'),
  // attention
  error(
    'attention-heads',
    'Number of heads',
    'The embedding does not divide into the heads, or the heads of key and value not into those of the query.',
  ),
  error('attention-embedding', 'Embedding size', 'Query, key or value have another last size than the layer was made for.'),
  error('attention-key-value', 'Key and value', 'Key and value have different lengths or batches, or another batch than the query.'),
  error('attention-mask', 'Attention mask', 'A mask does not have the sizes of query and key.'),
  // resizing
  error('upsample-argument', 'Resizing argument', 'A mode, size or factor that resizing does not take for this input.'),
  error('shuffle-size', 'Sizes to shuffle', 'Channels or sizes do not divide by the factor.'),
  error('blocks-size', 'Sliding blocks', 'The number of blocks or their sizes do not go with the output, or a grid not with its input.'),
  // packing
  error('pack-lengths', 'Lengths', 'Lengths are one positive number a sequence, sorted unless `enforce_sorted=False`.'),
  error('pack-empty', 'Empty input', 'An empty tensor cannot be packed.'),
  error('pad-total-length', 'Total length', '`total_length` is less than the longest sequence.'),
  error('pad-sequence-sizes', 'Sequence sizes', 'Sequences may differ in their first size only.'),
  warning(
    'pack-length-exceeds',
    'Length beyond the input',
    'A length greater than the number of time steps is accepted and corrupts the packed sequence.',
  ),
  warning(
    'pack-fewer-lengths',
    'Fewer lengths than sequences',
    'With `enforce_sorted=False` fewer lengths than sequences are accepted; the other sequences are dropped.',
  ),
];

export const CODE_OF: ReadonlyMap<string, Code> = new Map(CODES.map((c) => [c.code, c]));
