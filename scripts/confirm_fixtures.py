"""Runs every fixture under real PyTorch and writes its verdict to fixtures/torch-verdicts.json.

usage: PYTHON_WITH_TORCH scripts/confirm_fixtures.py [FILE...]      (Python 3.11 or later; without files, all of fixtures/)

Module level must run clean. Each `case_*` function runs once for each `# run: K=4` line above it. A `shape` mark must be
the run-time shape in every run; an `error` or `missed` mark's columns must lie inside the expression that raised, in every
run; `warning` and `false-alarm` marks must not raise. Where a fixture uses jaxtyping, its functions run under jaxtyping's own
checks, and the `warning: declared-…` marks must be exactly what those refuse.
"""
import ast
import contextlib
import functools
import hashlib
import inspect
import io
import json
import pathlib
import re
import sys
import tokenize
import types
import typing
import warnings

import torch

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOCK = ROOT / "fixtures" / "torch-verdicts.json"
MARK = re.compile(r"#\s*(?P<sign>\^+|<-)\s*(?P<kind>shape|error|warning|missed|false-alarm):\s*(?P<rest>.*)")
RUN = re.compile(r"#\s*run:\s*(?P<binds>.*)")


class Mark:
    def __init__(self, kind, rest, line, start, end, at):
        self.kind, self.rest, self.line, self.start, self.end, self.at = kind, rest, line, start, end, at
        self.raised = []      # one bool for each run of the case it is in
        self.shapes = []      # (shape, bindings) seen
        self.found = False

    def inside(self, span):
        return span is not None and span[:2] <= (self.line, self.start) and (self.line, self.end) <= span[2:]


def read(text):
    lines = text.splitlines()
    comments = {
        t.start[0]: t
        for t in tokenize.generate_tokens(io.StringIO(text).readline)
        if t.type == tokenize.COMMENT and lines[t.start[0] - 1].lstrip().startswith("#")
    }
    marks, runs = [], {}
    for number, token in sorted(comments.items()):
        if match := MARK.match(token.string):
            target = number - 1
            while target in comments:
                target -= 1
            if match["sign"] == "<-":
                start = token.start[1]
                end = start + len(re.match(r"\w*", lines[target - 1][start:])[0])
            else:
                start = token.start[1] + match.start("sign")
                end = start + len(match["sign"])
            marks.append(Mark(match["kind"], match["rest"].strip(), target, start, end, number))
        elif match := RUN.match(token.string):
            runs[number] = eval(f"dict({match['binds']})")
    return marks, runs


class Instrument(ast.NodeTransformer):
    """Wraps what a shape mark points at in a call that notes its shape; hands declarations to jaxtyping where it is used."""

    def __init__(self, marks, declares):
        self.declares = declares
        self.wanted = {(m.line, m.start, m.end): i for i, m in enumerate(marks) if m.kind == "shape"}
        self.marks = marks

    def index(self, node):
        if getattr(node, "lineno", 0) != getattr(node, "end_lineno", -1):
            return None
        return self.wanted.get((node.lineno, node.col_offset, node.end_col_offset))

    def wrap(self, i, node):
        self.marks[i].found = True
        call = ast.Call(ast.Name("__note__", ast.Load()), [ast.Constant(i), node], [])
        return ast.copy_location(call, node)

    def visit(self, node):
        reads = isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        i = self.index(node) if reads else None
        node = self.generic_visit(node)
        for field in ("body", "orelse", "finalbody"):
            body = getattr(node, field, None)
            if isinstance(body, list):
                setattr(node, field, [out for statement in body for out in self.followed(statement)])
        if self.declares and isinstance(node, ast.FunctionDef) and not enforced(node):
            node.decorator_list.append(ast.copy_location(ast.Name("__declared__", ast.Load()), node))
        return node if i is None else self.wrap(i, node)

    def followed(self, statement):
        """The statement, then a look at each marked name that it binds."""
        yield statement
        targets = []
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, (ast.AnnAssign, ast.AugAssign)):
            targets = [statement.target]
        if self.declares and isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name = ast.Name(statement.target.id, ast.Load())
            span = ast.Constant((statement.lineno, statement.target.col_offset, statement.lineno, statement.target.end_col_offset))
            call = ast.Call(ast.Name("__held__", ast.Load()), [name, statement.annotation, span], [])
            yield ast.fix_missing_locations(ast.copy_location(ast.Expr(call), statement))
        for top in targets:
            for target in ast.walk(top):
                if isinstance(target, ast.Name) and (i := self.index(target)) is not None:
                    name = ast.copy_location(ast.Name(target.id, ast.Load()), target)
                    yield ast.copy_location(ast.Expr(self.wrap(i, name)), statement)


def enforced(node):
    """Whether a function is checked in every call anyway: `@jaxtyped(typechecker=…)`."""
    given = [k.value for d in node.decorator_list if isinstance(d, ast.Call) for k in d.keywords if k.arg == "typechecker"]
    return any(not (isinstance(value, ast.Constant) and value.value is None) for value in given)


def shape_of(value):
    if isinstance(value, torch.nn.utils.rnn.PackedSequence):
        return ("packed", tuple(value.data.shape))
    if isinstance(value, torch.Tensor):
        return tuple(value.shape)
    if isinstance(value, (tuple, list)):
        return [shape_of(v) for v in value]
    return None


def agrees(wanted, got, binds):
    """`[B, 4*T, _, ...]` against a shape; tuples and lists item by item."""
    text = wanted.strip()
    if text.startswith("packed"):
        return got is not None and got[0] == "packed" and agrees(text[6:], got[1], binds)
    tree = eval(text, {"_": None}, dict(binds))
    return same(tree, got)


def same(wanted, got):
    if isinstance(got, list):
        return isinstance(wanted, (tuple, list)) and len(wanted) == len(got) and all(map(same, wanted, got))
    if got is None:
        return True
    sizes = list(wanted)
    if ... in sizes:
        at = sizes.index(...)
        sizes[at:at + 1] = [None] * max(0, len(got) - len(sizes) + 1)
    return len(sizes) == len(got) and all(w is None or w == g for w, g in zip(sizes, got))


def place(error, path):
    """(line, column, end line, end column) of what raised, in the innermost frame of the file."""
    frame, found = error.__traceback__, None
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == path:
            found = list(frame.tb_frame.f_code.co_positions())[frame.tb_lasti // 2]
        frame = frame.tb_next
    if found is None:
        return None
    line, end_line, column, end_column = found
    return line, column, end_line, end_column


def holds(value, annotation, scope):
    """Whether a value is what an annotation declares, as far as it is made of jaxtyping's types."""
    if isinstance(annotation, str):
        annotation = eval(annotation, dict(scope))
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return any(holds(value, part, scope) for part in parts)
    if origin in (list, tuple):
        whole = origin is tuple and parts[-1:] != (...,)
        wanted = parts if whole else parts[:1] * len(value)
        return isinstance(value, origin) and len(wanted) == len(value) and all(holds(v, w, scope) for v, w in zip(value, wanted))
    if origin is None and isinstance(annotation, type):
        return isinstance(value, annotation)
    return annotation is not None or value is None


class Refused(Exception):
    """A value is not what is declared of it."""


class Declarations:
    """Runs functions under jaxtyping's checks and notes where it refuses; the run goes on."""

    def __init__(self, path, scope):
        self.path, self.scope, self.refused, self.results = path, scope, set(), set()

    def checker(self, fn):
        signature = inspect.signature(fn)

        @functools.wraps(fn)
        def checked(*args, **kwargs):
            for name, value in signature.bind(*args, **kwargs).arguments.items():
                p = signature.parameters[name]
                if p.annotation is not p.empty and p.kind is p.POSITIONAL_OR_KEYWORD and not holds(value, p.annotation, self.scope):
                    raise Refused(f"{name}: {p.annotation}")
            result = fn(*args, **kwargs)
            wanted = signature.return_annotation
            if wanted is not signature.empty and not holds(result, wanted, self.scope):
                lines = [line for *_, line in fn.__code__.co_lines() if line]
                self.results.add((min(lines), max(lines)))
            return result

        return checked

    def declared(self, fn):
        from jaxtyping import jaxtyped

        if inspect.isgeneratorfunction(fn):
            return fn
        checked = jaxtyped(typechecker=None)(self.checker(fn))

        @functools.wraps(fn)
        def run(*args, **kwargs):
            try:
                return checked(*args, **kwargs)
            except Refused:
                self.refused.add(self.caller(sys._getframe(1)))
            return fn(*args, **kwargs)

        return run

    def held(self, value, annotation, span):
        if not holds(value, annotation, self.scope):
            self.refused.add(span)

    def caller(self, frame):
        while frame.f_code.co_filename != self.path:
            frame = frame.f_back
        line, end_line, column, end_column = list(frame.f_code.co_positions())[frame.f_lasti // 2]
        return line, column, end_line, end_column


def confirm(file):
    path = str(file)
    text = file.read_text(encoding="utf8")
    marks, runs = read(text)
    problems, binds = [], {}
    declares = re.search(r"^from jaxtyping import", text, re.M) is not None
    tree = ast.fix_missing_locations(Instrument(marks, declares).visit(ast.parse(text, path)))

    def note(i, value):
        marks[i].shapes.append((shape_of(value), dict(binds)))
        return value

    module = types.ModuleType("fixture")
    declarations = Declarations(path, module.__dict__)
    module.__dict__.update(__note__=note, __declared__=declarations.declared, __held__=declarations.held)
    exec(compile(tree, path, "exec"), module.__dict__)
    for case in [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("case_")]:
        bindings, line = [], case.lineno - 1
        while line in runs:
            bindings.insert(0, runs[line])
            line -= 1
        for binding in bindings or [{}]:
            binds.clear()
            binds.update(binding)
            span = error = None
            try:
                module.__dict__[case.name](**binding)
            except Exception as raised:
                span, error = place(raised, path), raised
            if error is not None and not any(m.kind in ("error", "missed") and m.inside(span) for m in marks):
                problems.append(f"{path}:{span and span[0]}: {case.name} raises where no mark stands: {error}")
            for mark in marks:
                hit = mark.inside(span)
                if hit or case.lineno <= mark.line <= case.end_lineno:
                    mark.raised.append(hit)
                if hit and mark.kind == "error" and (quoted := re.search(r'"(.*)"$', mark.rest)) and quoted[1] != str(error):
                    problems.append(f"{path}:{mark.at}: PyTorch says {str(error)!r}")
    claims = [m for m in marks if declares and m.kind in ("warning", "error") and m.rest.startswith("declared-")]
    for span in declarations.refused:
        if not any(m.inside(span) for m in claims):
            problems.append(f"{path}:{span[0]}: jaxtyping refuses what is given, and no mark says so")
    for first, last in declarations.results:
        if not any(first <= m.line <= last for m in claims):
            problems.append(f"{path}:{first}: jaxtyping refuses the result, and no mark says so")
    for mark in claims:
        within = any(first <= mark.line <= last for first, last in declarations.results)
        if mark.kind == "warning" and not within and not any(mark.inside(span) for span in declarations.refused):
            problems.append(f"{path}:{mark.at}: {mark.rest}, but jaxtyping takes it")
    for mark in marks:
        where = f"{path}:{mark.at}"
        if mark.kind in ("error", "missed") and not (mark.raised and all(mark.raised)):
            problems.append(f"{where}: {mark.kind}, but PyTorch did not raise here in every run {mark.raised}")
        elif mark.kind in ("warning", "false-alarm") and any(mark.raised):
            problems.append(f"{where}: {mark.kind}, but PyTorch raised")
        elif mark.kind == "shape":
            if not mark.found:
                problems.append(f"{where}: points at no expression")
            elif not mark.shapes:
                problems.append(f"{where}: never reached")
            for got, under in mark.shapes:
                if not agrees(mark.rest, got, under):
                    problems.append(f"{where}: {mark.rest} under {under}, PyTorch has {got}")
    return len(marks), problems


def main(names):
    files = [pathlib.Path(n).resolve() for n in names] or sorted((ROOT / "fixtures").rglob("*.py"))
    lock = json.loads(LOCK.read_text()) if names and LOCK.exists() else {}
    total, failed = 0, False
    for file in files:
        key = file.relative_to(ROOT).as_posix()
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            try:
                count, problems = confirm(file)
            except Exception as error:
                count, problems = 0, [f"{key}: module level does not run: {type(error).__name__}: {error}"]
        total += count
        failed |= bool(problems)
        for problem in problems:
            print(problem)
        lock[key] = {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "torch": torch.__version__, "ok": not problems}
    LOCK.write_text(json.dumps(dict(sorted(lock.items())), indent=1) + "\n")
    print(f"{len(files)} files, {total} marks, torch {torch.__version__}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
