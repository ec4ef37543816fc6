"""Break our code in one place at a time, and see whether the tests of that module notice.

    python benchmarks/mutation.py [--each 40] [--seed 7] [--output reports/mutation.json]

A mutant turns one comparison, sum, product, constant, `and` or `not` into its neighbor, or drops one call. A seeded
sample is drawn for each area; each mutant runs in a fork of a process that has imported the libraries already, with
the tests of its area only, up to the first failure. A survivor is a change that no test noticed: either the change
means nothing, or a test is missing. The report lists every survivor with its line before and after, and keeps the
`justification` that a person wrote beside the same change in the report before. One without it ends the run with 1.
"""

import argparse
import ast
import copy
import datetime
import importlib.machinery
import json
import os
import pathlib
import platform
import random
import resource
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
AREAS = {
    "splits": (["splits.py"], ["test_splits.py", "test_properties.py"]),
    "audio": (["audio.py"], ["test_audio.py", "test_hearing.py", "test_properties.py"]),
    "features": (["features.py"], ["test_features.py", "test_properties.py"]),
    "evaluate": (["evaluate/*.py"], ["test_evaluate.py", "test_leakage.py", "test_properties.py"]),
    "bias": (["bias/*.py"], ["test_bias.py"]),
}
LONGEST_CPU_SECONDS = 90
PAIRS = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
PAIRS |= {ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And}
PAIRS |= {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult}


def variants(node):
    """Functions that change a node into a mutant."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in PAIRS:
        yield lambda n: n.ops.__setitem__(0, PAIRS[type(n.ops[0])]())
    elif isinstance(node, (ast.BinOp, ast.BoolOp)) and type(node.op) in PAIRS:
        yield lambda n: setattr(n, "op", PAIRS[type(n.op)]())
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield lambda n: setattr(n, "value", not n.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        yield lambda n: setattr(n, "value", n.value + 1)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
        yield lambda n: setattr(n, "op", ast.UAdd()) if isinstance(n.op, ast.USub) else drop_not(n)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield lambda n: setattr(n, "value", ast.Constant(None))


def drop_not(node):
    node.operand = ast.UnaryOp(ast.Not(), node.operand)


def mutants(path):
    """(line, before, after, tree) of every mutant of a file, one at a time."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    quiet = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for inner in ast.walk(node)}
    nodes = [node for node in ast.walk(tree)]
    for place, node in enumerate(nodes):
        if id(node) in quiet:
            continue  # the wording of messages is not what is tested here
        for change in variants(node):
            broken = copy.deepcopy(tree)
            twin = list(ast.walk(broken))[place]
            change(twin)
            after = ast.unparse(twin) if not isinstance(node, ast.Constant) else ast.unparse(parent_of(broken, twin))
            before = ast.unparse(node) if not isinstance(node, ast.Constant) else ast.unparse(parent_of(tree, node))
            yield node.lineno, before[:160], after[:160], ast.fix_missing_locations(broken)


def parent_of(tree, child):
    return next(node for node in ast.walk(tree) for inner in ast.iter_child_nodes(node) if inner is child)


def run_tests(tests, module=None, path=None, tree=None):
    """Exit code of the tests in a fork, with one module replaced; below zero when it was stopped."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.setsid()
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1), os.dup2(null, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_CPU_SECONDS, LONGEST_CPU_SECONDS))
    if tree is not None:
        whole = importlib.machinery.SourceFileLoader.get_code

        def get_code(loader, name):
            return compile(tree, str(path), "exec") if name == module else whole(loader, name)

        importlib.machinery.SourceFileLoader.get_code = get_code
    import pytest

    words = [str(ROOT / "tests" / name) for name in tests]
    options = ["-x", "-q", "-n", "0", "-m", "not slow and not soak and not ravdess"]
    os._exit(int(pytest.main([*words, *options])))


def prepare():
    """Import what takes long, and tell hypothesis not to look for the smallest failing example."""
    os.chdir(ROOT)
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    import hypothesis
    import joblib  # noqa: F401
    import librosa  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import numpy  # noqa: F401
    import pandas  # noqa: F401
    import pytest  # noqa: F401
    import scipy.stats  # noqa: F401
    import sklearn.metrics  # noqa: F401
    import sklearn.model_selection  # noqa: F401
    import soundfile  # noqa: F401
    import soxr  # noqa: F401

    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile("mutation", phases=phases, database=None)
    hypothesis.settings.load_profile("mutation")


def judge(area, n_mutants, rng):
    """Row of the report for one area."""
    patterns, tests = AREAS[area]
    files = [path for pattern in patterns for path in sorted((ROOT / "ser_lessons").glob(pattern))]
    everything = [(path, *mutant) for path in files for mutant in mutants(path)]
    started = sum(os.times()[2:4])
    green = run_tests(tests)
    row = {"area": area, "possible": len(everything), "sampled": 0, "killed": 0, "survived": 0}
    if green != 0:
        return {**row, "remark": f"the tests ended with {green} before anything was broken"}, []
    survivors = []
    for path, line, before, after, tree in rng.sample(everything, min(n_mutants, len(everything))):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        code = run_tests(tests, module, path, tree)
        row["sampled"] += 1
        row["killed" if code else "survived"] += 1
        if not code:
            name = path.relative_to(ROOT / "ser_lessons").as_posix()
            survivors.append({"area": area, "file": name, "line": line, "before": before, "after": after})
            print(f"  survived: {name}:{line}: {before}  ->  {after}", flush=True)
    used = os.times()
    row["cpu_seconds"] = round(used.children_user + used.children_system - started)
    print(row, flush=True)
    return row, survivors


def write(path, about, found):
    """Write what is known so far; other areas, and justifications of the same changes, stay from the report before.

    Returns the survivors that nobody has justified yet.
    """
    before = {"areas": [], "survivors": []}
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
    done = {row["area"] for row, _ in found}
    kept = {change(item): item["justification"] for item in before["survivors"]}
    survivors = [item for item in before["survivors"] if item["area"] not in done]
    survivors += [{**item, "justification": kept.get(change(item), "")} for _, some in found for item in some]
    rows = [row for row in before["areas"] if row["area"] not in done] + [{**row, **about} for row, _ in found]
    path.write_text(json.dumps({"areas": rows, "survivors": survivors}, indent=1) + "\n", encoding="utf-8")
    return [item for item in survivors if not item["justification"].strip()]


def change(item):
    """What a survivor is known by: not its line, which moves."""
    return item["file"], item["before"], item["after"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("areas", nargs="*", default=[], help=f"of {', '.join(AREAS)}; default: all")
    parser.add_argument("--each", type=int, default=40, help="mutants of each area")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--output", type=pathlib.Path)
    options = parser.parse_args()
    cache = os.environ.get("SER_CACHE", str(ROOT / ".cache" / "tests"))
    with tempfile.TemporaryDirectory() as folder:  # what a broken module keeps must not reach the real cache
        for name in os.listdir(cache) if os.path.isdir(cache) else ():
            if name.startswith("practice") or name == "bundles":
                os.symlink(os.path.join(cache, name), os.path.join(folder, name))
        os.environ["SER_CACHE"] = folder
        prepare()
        machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
        about = {"date": datetime.date.today().isoformat(), "seed": options.seed, "machine": machine}
        found, open_questions = [], []
        for area in options.areas or AREAS:
            found.append(judge(area, options.each, random.Random(options.seed)))
            if options.output:
                open_questions = write(options.output, about, found)
    print(json.dumps([row for row, _ in found], indent=1))
    return 1 if open_questions or any("remark" in row for row, _ in found) else 0


if __name__ == "__main__":
    sys.exit(main())
