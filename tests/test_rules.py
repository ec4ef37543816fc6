"""The rules of the house: who may import whom, what an import may cost, and what never enters the repository."""

import ast
import functools
import importlib.metadata
import re
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FLOORS = (
    {"config", "errors", "system"},
    {"corpus", "sound"},
    {"evaluate", "net"},
    {"bias", "checks", "playground", "plots"},
    {"cli", "doctor", "predict", "__main__", "__init__"},
)
"""The house, from the ground up: a room imports only from its own floor and from those below, never in a circle."""

FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
OUTSIDE = {"benchmarks", "notebooks", "solutions", "tests", "tools"}
KERAS = {"keras", "tensorflow"}
NO_KERAS = {"bias", "checks", "corpus", "evaluate", "playground", "plots", "sound"}
MAY_PRINT = {"checks", "cli"}
TEXT = {".py", ".md", ".toml", ".txt", ".yml", ".yaml", ".json", ".ipynb", ".js", ".css", ".html", ".csv", ".cff", ""}


def imports_of(source, parts=("ser_lessons",)):
    """Absolute dotted names of everything a source imports, and whether each import stands at the top level.

    `parts` is the package of the file, for relative imports.
    """
    tree = ast.parse(source)
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join((*parts[: len(parts) - node.level + 1], *filter(None, [node.module])))
            base = base if node.level else node.module
            yield from ((f"{base}.{alias.name}", id(node) in top) for alias in node.names)


def sources(root):
    """Each file of the package: path, name of its room, package parts."""
    package = root / "ser_lessons"
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package)
        yield path, place.parts[0].removesuffix(".py"), ("ser_lessons", *place.parts[:-1])


def import_graph(root):
    """{dotted module: modules of this package that it imports}, from the sources themselves."""
    files = {}
    for path, _, parts in sources(root):
        name = ".".join(parts) if path.stem == "__init__" else ".".join((*parts, path.stem))
        files[name] = (path, parts)
    graph = {}
    for name, (path, parts) in files.items():
        targets = set()
        for full, _ in imports_of(path.read_text(encoding="utf-8"), parts):
            module = full if full in files else full.rpartition(".")[0]
            if module in files and module != name:
                targets.add(module)
        graph[name] = targets
    return graph


def room_of(module):
    """Room of a dotted module: "net" for ser_lessons.net.models."""
    return (module.split(".") + ["__init__"])[1]


def upward(graph):
    """Imports that point to a higher floor, as "module -> module"."""
    return sorted(
        f"{name} -> {target}"
        for name, targets in graph.items()
        for target in targets
        if FLOOR_OF[room_of(target)] > FLOOR_OF[room_of(name)]
    )


def circle(graph):
    """The first circle of a graph, as a list of its nodes, or None."""
    done, path = set(), []

    def visit(node):
        if node in path:
            return path[path.index(node) :]
        if node in done:
            return None
        path.append(node)
        found = next(filter(None, map(visit, sorted(graph.get(node, ())))), None)
        path.pop()
        done.add(node)
        return found

    return next(filter(None, map(visit, sorted(graph))), None)


def rooms(graph):
    """The graph of rooms: which room imports which other."""
    between = {}
    for name, targets in graph.items():
        between.setdefault(room_of(name), set()).update(room_of(target) for target in targets)
    return {room: targets - {room, "__init__"} for room, targets in between.items()}


def test_every_module_has_a_room(root):
    assert {room for _, room, _ in sources(root)} <= set(FLOOR_OF), "add the new room to FLOORS and CONTRIBUTING.md"


def test_no_room_imports_from_a_higher_floor(root):
    assert upward(import_graph(root)) == []


def test_there_is_no_circle(root):
    graph = import_graph(root)
    assert circle(graph) is None
    assert circle(rooms(graph)) is None


def test_an_upward_import_and_a_circle_are_noticed():
    assert upward({"ser_lessons.sound.audio": {"ser_lessons.net.bundle"}}) == [
        "ser_lessons.sound.audio -> ser_lessons.net.bundle"
    ]
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None


def test_relative_imports_are_understood():
    names = [name for name, _ in imports_of("from ..net.bundle import load\nfrom . import x", ("ser_lessons", "bias"))]
    assert names == ["ser_lessons.net.bundle.load", "ser_lessons.bias.x"]


def test_the_package_imports_nothing_from_outside_it(root):
    for path, _, parts in sources(root):
        names = {name.split(".")[0] for name, _ in imports_of(path.read_text(encoding="utf-8"), parts)}
        assert not OUTSIDE & names, path.name


def test_only_the_net_imports_keras_and_only_inside_functions(root):
    for path, room, parts in sources(root):
        for name, at_top in imports_of(path.read_text(), parts):
            if name.split(".")[0] in KERAS:
                assert room not in NO_KERAS, f"{path.name} imports {name}"
                assert not at_top, f"{path.name} imports {name} at its top: move it into the function"


def test_librosa_is_imported_only_inside_functions(root):
    for path, _, parts in sources(root):
        early = [name for name, at_top in imports_of(path.read_text(), parts) if at_top and name.startswith("librosa")]
        assert early == [], f"{path.name} imports librosa at its top: move it into the function"


def loaded_by(statement, names, root):
    """Which of the modules `names` a fresh Python has loaded after a statement."""
    code = f"import sys; {statement}; print(*[n for n in {sorted(names)!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.split()


HEAVY = {"tensorflow", "keras", "librosa", "numba", "sklearn", "pandas", "scipy", "matplotlib"}


def test_the_command_line_starts_without_the_heavy_libraries(root):
    assert loaded_by("import ser_lessons.cli", HEAVY | {"numpy"}, root) == []


def test_importing_modules_loads_neither_keras_nor_librosa(root):
    rooms = ("corpus.splits", "sound.augment", "net.training", "net.predict", "net.bundle", "checks", "plots")
    statement = "import " + ", ".join(f"ser_lessons.{room}" for room in rooms)
    assert loaded_by(statement, KERAS | {"librosa"}, root) == []


def test_drawing_a_timeline_costs_no_tables(root):
    """pandas and scikit-learn took half the memory of `predict --plot`."""
    code = "from ser_lessons import plots; plots.show_timeline([])"
    assert loaded_by(code, {"pandas", "sklearn", "seaborn", "scipy"}, root) == []


def prints_in(source):
    """Line numbers where a source prints."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]


def test_library_code_does_not_print(root):
    for path, room, _ in sources(root):
        prints = [] if room in MAY_PRINT else prints_in(path.read_text(encoding="utf-8"))
        assert prints == [], f"{path.name} prints in line {prints[0]}: return the text, or raise a SerError"
    assert prints_in("say = print\nif say:\n    print('x')") == [3]


NAMED_TUPLE = {"_asdict", "_fields", "_make", "_replace"}
"""Public in spite of their underscore."""


def is_private(name):
    return name.startswith("_") and not name.endswith("__") and name not in NAMED_TUPLE


def own_names(source):
    """Every name that a source defines: functions, classes, variables, attributes."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr


def foreign_privates(source, ours):
    """Private names that a source takes from others, as "line: name": imported, or an attribute never defined by us."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in ours:
            yield f"{node.lineno}: {node.attr}"
        elif isinstance(node, (ast.Import, ast.ImportFrom)) and not getattr(node, "level", 0):
            words = [*(getattr(node, "module", "") or "").split("."), *(alias.name for alias in node.names)]
            yield from (f"{node.lineno}: {word}" for word in words if any(map(is_private, word.split("."))))


def test_no_private_name_of_another_package_is_used(root):
    texts = {path.name: path.read_text(encoding="utf-8") for path, _, _ in sources(root)}
    ours = {name for text in texts.values() for name in own_names(text)}
    faults = [f"{name}:{fault}" for name, text in texts.items() for fault in foreign_privates(text, ours)]
    assert faults == [], "a library may change it any day: find a public way"


@pytest.mark.parametrize(
    "source, seen",
    [
        ("from keras.src import _backend", ["1: _backend"]),
        ("import keras._tf_keras", ["1: keras._tf_keras"]),
        ("for layer in model._flatten_layers():\n    pass", ["1: _flatten_layers"]),
        ("def _own():\n    return self._x\nself._x = 1; np.__version__; row._asdict()", []),
        ("from ._files import _read", []),
    ],
)
def test_private_names_of_others_are_noticed(source, seen):
    assert list(foreign_privates(source, set(own_names(source)))) == seen


CODE_IN_DATA = re.compile(
    r"\b(?:pickle|cPickle|dill|cloudpickle|shelve|marshal)\b(?!d)|joblib\.(?:load|dump)|allow_pickle=True"
    r"|safe_mode=False|enable_unsafe_deserialization|custom_objects|custom_object_scope|\byaml\.(?:unsafe_)?load\b"
    r"|read_pickle|to_pickle|torch\.load|(?<![\w.])(?:eval|exec)\("
)


def test_nothing_that_is_read_can_carry_code(root):
    """No pickle anywhere, no custom objects, no evaluated text: bundles, caches and tables are data."""
    faults = []
    for path in sorted([*root.glob("*.py"), *root.glob("ser_lessons/**/*.py"), *root.glob("solutions/*.py")]):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            faults += [f"{path.name}:{number}: {line.strip()}"] if CODE_IN_DATA.search(line) else []
    assert faults == []


@pytest.mark.parametrize(
    "line, seen",
    [
        ("import pickle", True),
        ("model = joblib.load(path)", True),
        ("np.load(path, allow_pickle=True)", True),
        ("np.load(path, allow_pickle=False)", False),
        ("load_model(path, safe_mode=False)", True),
        ("load_model(path, custom_objects={})", True),
        ("value = eval(text)", True),
        ("net.eval(); self.eval(x); evaluate(x)", False),
        ("nothing in it is ever unpickled", False),
    ],
)
def test_the_scan_for_code_in_data_sees(line, seen):
    assert bool(CODE_IN_DATA.search(line)) == seen


# --------------------------------------------------------------------------------------------------- dependencies

USERS = {
    "runtime": ("ser_lessons/**/*.py", "solutions/*.py", "predict.py", "tools/tasks.py"),
    "workshop": ("tools/lessons.py",),
    "media": ("ser_lessons/sound/media.py",),
    "book": ("tools/book.py", "book/conf.py"),
    "cluster": ("ser_lessons/net/cluster.py",),
    "class": ("tools/classroom.py", "tools/lessons.py"),
    "hub": ("tools/hub.py", "tools/hub_config.py", "tools/hub_kernel.py"),
    "test": ("tests/**/*.py", "benchmarks/**/*.py", "tools/tasks.py"),
}
"""Who imports or starts what: the dependencies of the package, and its extras."""

GIVEN = {"ipykernel", "ipython", "jupyter-client", "jupyter-server", "platformdirs", "traitlets", "websocket-client"}
GIVEN |= {"pip", "uv"}
"""Parts of JupyterLab, without which there is none, and what installs the rest."""

PLUGINS = {"--nbval": "nbval", "--dist": "pytest-xdist", "coverage": "pytest-cov", "--no-build-isolation": "setuptools"}
PLUGINS |= {"myst_nb": "myst-nb", "sphinx_book_theme": "sphinx-book-theme"}
"""Words of a command line, or of Sphinx' settings, that only a certain package understands."""


@functools.cache
def distributions():
    """{top-level module: distributions that hold it} of everything installed."""
    return importlib.metadata.packages_distributions()


def uses_of(sources, own):
    """Distributions that some sources need: by an import, as `-m NAME` of a command, or by a word of PLUGINS."""
    packages, used = distributions(), set()
    for source in sources:
        tree = ast.parse(source)
        names = {name.split(".")[0] for name, _ in imports_of(source, ("ser_lessons",) * 9)}
        words = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        names |= {after for word, after in zip(words, words[1:]) if word == "-m" and str(after).isidentifier()}
        names -= set(sys.stdlib_module_names) | set(PLUGINS) | own
        used |= {canonicalize_name(packages.get(name, [name])[0]) for name in names}
        used |= {PLUGINS[word] for word in words if word in PLUGINS}
    return used


@pytest.fixture(scope="module")
def dependencies(root):
    """{group: (declared, used)} for the runtime and the extras, as sets of distributions."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wishes = {"runtime": project["dependencies"], **project["optional-dependencies"]}
    own = OUTSIDE | {"ser_lessons"} | {path.stem for top in ("tests", "benchmarks") for path in (root / top).rglob("*")}
    groups = {}
    for group, patterns in USERS.items():
        files = [path for pattern in patterns for path in root.glob(pattern)]
        used = uses_of([path.read_text(encoding="utf-8") for path in files], own)
        groups[group] = {canonicalize_name(Requirement(line).name) for line in wishes[group]}, used
    return groups


def test_every_import_is_declared(dependencies):
    """A package that we import must be declared by us, not merely brought along by another package."""
    declared = GIVEN.copy()
    for group in USERS:
        names, used = dependencies[group]
        declared |= names
        if group == "runtime":
            asked_for = dependencies["media"][0] | dependencies["cluster"][0]
            used = used - dependencies["test"][0] - asked_for  # `make test` starts what it needs
        assert used - declared == set(), f"declare them ({group})"


def test_every_dependency_is_used(dependencies):
    """By what declares it, or by a lesson, or started by a task."""
    for group, (names, used) in dependencies.items():
        assert names - used == set(), f"no longer needed ({group}): take them out and `make lock`"


def test_an_undeclared_and_an_unused_dependency_are_noticed():
    source = "import numpy.linalg, os\nfrom PIL import Image\nrun('-m', 'voila', '--nbval')\nimport stage"
    assert uses_of([source], {"stage"}) == {"numpy", "pillow", "voila", "nbval"}
    with pytest.raises(AssertionError, match="declare them"):
        test_every_import_is_declared({**dict.fromkeys(USERS, (set(), set())), "runtime": (set(), {"numpy"})})
    with pytest.raises(AssertionError, match="no longer needed"):
        test_every_dependency_is_used({"runtime": ({"urllib3"}, set())})


# ------------------------------------------------------------------------------------------- what is in the repository


@pytest.fixture(scope="module")
def tracked(root):
    """Files under version control, as paths."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git work tree")
    return [path for path in (root / name for name in done.stdout.split("\0") if name) if path.is_file()]


BINARY_SOUND = set(".wav .flac .mp3 .ogg .m4a .aiff .npy .npz .pkl .pickle .mat .zip .whl".split())

MACHINE_PATH = re.compile(r"(?<![A-Za-z0-9_.~-])/(?:work|tmp|farm|root|home|Users)/[A-Za-z0-9_.]")
REGISTRY = re.compile(
    r"--(?:extra-)?index-url|find-links|https?://[^\s)\"']*(?:pypi|artifactory|nexus|/simple\b)", re.I
)
SECRETS = {
    "private key": re.compile("-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "cloud key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "code host token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[\w-]{20,})"),
    "model hub or api token": re.compile(r"\b(?:hf_[A-Za-z0-9]{30,}|sk-[A-Za-z0-9_-]{20,}|xox[abprs]-[\w-]{10,})"),
    "registry token": re.compile(r"\bpypi-[A-Za-z0-9_-]{40,}|\bnpm_[A-Za-z0-9]{36}\b"),
    "password in an address": re.compile(r"://[^/\s:@{}$<>\"']+:[^/\s@{}$<>\"']+@"),
    "assigned secret": re.compile(
        r"(?i)\b(?:api_?key|secret|passwd|password|auth_?token)\b\s*[:=]\s*[\"'][^\"'\s]{12,}[\"']"
    ),
}


def texts(tracked):
    for path in tracked:
        if path.suffix in TEXT and path.stat().st_size < 5_000_000:
            yield path, path.read_text(encoding="utf-8", errors="replace")


def secret_in(text):
    """Name of the first kind of secret that a text holds, or None."""
    return next((name for name, pattern in SECRETS.items() if pattern.search(text)), None)


def test_no_sound_no_array_no_pickle_is_tracked(tracked):
    assert [path.name for path in tracked if path.suffix.lower() in BINARY_SOUND] == []


def test_no_tracked_file_is_large(tracked):
    assert [path.name for path in tracked if path.stat().st_size > 10_000_000] == []


def test_no_machine_path(tracked, root):
    faults = [str(path.relative_to(root)) for path, text in texts(tracked) if MACHINE_PATH.search(text)]
    assert faults == [], "write these paths relative to the course folder"


def test_no_package_registry(tracked, root):
    allowed = {"tests/test_rules.py", "tests/test_install.py", "tools/tasks.py"}
    faults = {str(path.relative_to(root)) for path, text in texts(tracked) if REGISTRY.search(text)}
    assert faults - allowed == set(), "packages are named, never where they come from"


def test_no_secret(tracked, root):
    faults = {str(path.relative_to(root)): secret_in(text) for path, text in texts(tracked)}
    assert {name: kind for name, kind in faults.items() if kind} == {}


@pytest.mark.parametrize(
    "kind, text",
    [
        ("private key", "-----BEGIN " + "RSA PRIVATE KEY-----"),
        ("cloud key", "AKIA" + "A1B2C3D4E5F6G7H8"),
        ("code host token", "ghp" + "_" + "a1" * 18),
        ("model hub or api token", "hf" + "_" + "aB" * 17),
        ("registry token", "pypi" + "-" + "Ag" * 30),
        ("password in an address", "https" + "://user:pa55" + "@host/x"),
        ("assigned secret", "pass" + "word = 'correct-horse-battery'"),
        (None, "the token stays on; password: see the server"),
    ],
)
def test_the_scan_for_secrets_sees(kind, text):
    assert secret_in(text) == kind


def test_the_scan_for_machine_paths_sees_them_and_no_others():
    paths = ("/wo" + "rk/main/x", " /ro" + "ot/.cache", "'/tm" + "p/a'", "(/ho" + "me/me/x)")
    assert all(map(MACHINE_PATH.search, paths))
    assert not any(map(MACHINE_PATH.search, ("../shared/ravdess", "data/work/x", "https://a.b/root/x", "a/tmp/b")))
