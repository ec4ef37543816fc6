"""A class on the hub, measured: N learners log in at once, start their servers and run a lesson; then things go wrong.

    sudo .venv/bin/python benchmarks/hub.py

makes throw-away users of this machine and removes them at the end, talks to the real JupyterHub and its proxy as a
browser does (the login page, REST, the kernels' websockets), and writes reports/hub.json. All learners begin at the
same moment and run every cell without a pause: a class is never that hasty, so the times are the worst case.
"""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import psutil
import requests
import websocket

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tools import hub

LESSONS = {"02": "02_spectrograms", "05": "05_training", "06": "06_evaluation"}
PORTS = {"port": 18100, "hub_port": 18101}
BASE = f"http://127.0.0.1:{PORTS['port']}"
REPORT = ROOT / "reports" / "hub.json"
PAGE = ROOT / "notebooks" / "README.md"
MARKS = ("<!-- hub:begin -->", "<!-- hub:end -->")
PATIENCE = 600
"""Seconds after which whatever did not answer counts as failed."""

SAVE_EVERY = 10
"""Cells after which a learner's notebook is saved, as JupyterLab does every two minutes."""


class Failure(Exception):
    """Something did not answer, or not as it should."""


class Learner:
    """One browser: logged in, with a server of its own and at most one notebook open."""

    def __init__(self, name, password):
        self.name, self.password = name, password
        self.web = requests.Session()
        self.home = f"{BASE}/user/{name}"
        self.socket = None

    def ask(self, method, url, *, wanted=(200, 201, 202, 204), **options):
        """Send a request; the answer, or Failure where its status is not a wanted one."""
        answer = self.web.request(method, url, timeout=PATIENCE, **options)
        if answer.status_code not in wanted:
            raise Failure(f"{self.name}: {method} {url}: {answer.status_code} {answer.text[:200]}")
        return answer

    def log_in(self):
        """Fill in the login page; from then on a token stands for the cookies."""
        page = f"{BASE}/hub/login"
        self.ask("GET", page)
        form = {"username": self.name, "password": self.password, "_xsrf": self.web.cookies.get("_xsrf", path="/hub/")}
        self.ask("POST", page, data=form, wanted=(302,), allow_redirects=False)
        header = {"X-XSRFToken": self.web.cookies.get("_xsrf", path="/hub/"), "Referer": f"{BASE}/hub/token"}
        url = f"{BASE}/hub/api/users/{self.name}/tokens"
        token = self.ask("POST", url, headers=header, json={}).json()["token"]
        self.web = requests.Session()
        self.web.headers["Authorization"] = f"token {token}"

    def start(self):
        """Start the server and wait until it is ready."""
        url = f"{BASE}/hub/api/users/{self.name}"
        self.ask("POST", f"{url}/server", wanted=(201, 202, 400))  # 400: it runs already
        end = time.monotonic() + PATIENCE
        while not self.ask("GET", url).json()["servers"].get("", {}).get("ready"):
            if time.monotonic() > end:
                raise Failure(f"{self.name}: the server did not start")
            time.sleep(0.5)

    def stop(self):
        """Stop the server and wait until its processes are gone."""
        self.ask("DELETE", f"{BASE}/hub/api/users/{self.name}/server", wanted=(202, 204, 400))
        end = time.monotonic() + PATIENCE
        while processes(self.name) and time.monotonic() < end:
            time.sleep(0.3)

    def read(self, path):
        """A notebook of the learner's, as its server gives it."""
        return self.ask("GET", f"{self.home}/api/contents/{path}").json()["content"]

    def save(self, path, notebook):
        """Save a notebook, as JupyterLab does."""
        body = {"type": "notebook", "format": "json", "content": notebook}
        self.ask("PUT", f"{self.home}/api/contents/{path}", json=body)

    def open(self, path):
        """Start a kernel for a notebook and connect to it."""
        body = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        self.kernel = self.ask("POST", f"{self.home}/api/sessions", json=body).json()["kernel"]["id"]
        self.connect()

    def connect(self):
        """Connect to the kernel's websocket, again if need be."""
        url = f"{self.home.replace('http', 'ws', 1)}/api/kernels/{self.kernel}/channels"
        header = {"Authorization": self.web.headers["Authorization"]}
        self.socket = websocket.create_connection(url, header=header, timeout=PATIENCE)

    def run(self, source):
        """Run a cell; what it printed, the names of its errors, the seconds until it was done."""
        message = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "username": self.name, "version": "5.3"}
        message |= {"session": "load", "date": ""}
        content = {"code": source, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        begin, printed, errors = time.monotonic(), [], []
        packet = {"header": message, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self.socket.send(json.dumps(packet))
        replied = idle = False
        while not (replied and idle):
            answer = json.loads(self.socket.recv())
            kind, content = answer["header"]["msg_type"], answer["content"]
            if kind == "status" and content["execution_state"] in ("restarting", "dead"):
                raise Failure("the kernel died")
            if answer["parent_header"].get("msg_id") != message["msg_id"]:
                continue
            replied |= kind == "execute_reply"
            idle |= kind == "status" and content["execution_state"] == "idle"
            if kind == "stream":
                printed.append(content["text"])
            if kind == "error":
                errors.append(content["ename"])
        return "".join(printed), errors, time.monotonic() - begin


def processes(name):
    """The living processes of a learner."""
    found = []
    for process in psutil.process_iter(["username", "status"]):
        if process.info["username"] == name and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def memory_of(name):
    """What a learner's processes hold: server, kernel, in MiB; pages that several share count in equal parts (PSS)."""
    held, seconds = {"server": 0.0, "kernel": 0.0}, 0.0
    for process in processes(name):
        with contextlib.suppress(psutil.NoSuchProcess):
            which = "kernel" if any("hub_kernel" in word for word in process.cmdline()) else "server"
            held[which] += process.memory_full_info().pss / 2**20
            seconds += sum(process.cpu_times()[:2])
    return held, seconds


def attend(learner, lesson, begin):
    """One learner's lesson, from the login page to the last cell; what was waited for, in seconds."""
    path = f"lessons/{LESSONS[lesson]}.ipynb"
    begin.wait()
    clock = time.monotonic()
    learner.log_in()
    learner.start()
    ready = time.monotonic() - clock
    notebook = learner.read(path)
    learner.open(path)
    learner.run("1 + 1")
    answered = time.monotonic() - clock
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    probes, faults = [], []
    for number, cell in enumerate(cells):
        _, errors, _ = learner.run(cell["source"])
        faults += [f"cell {number}: {error}" for error in errors]
        probes.append(learner.run("1 + 1")[2])
        if number % SAVE_EVERY == 0:
            learner.save(path, notebook)
    learner.save(path, notebook)
    whole = time.monotonic() - clock
    return {"server": ready, "first": answered, "probes": probes, "lesson": whole, "faults": faults}


def round_of(n_users, lesson, people):
    """A class of n learners in one lesson: times, memory, failures."""
    learners = [Learner(*person) for person in list(people.items())[:n_users]]
    begin = threading.Barrier(n_users)
    load, free = os.getloadavg()[0], psutil.virtual_memory().available
    with ThreadPoolExecutor(n_users) as pool:
        futures = [pool.submit(attend, learner, lesson, begin) for learner in learners]
        lowest = free
        while not all(future.done() for future in futures):
            lowest = min(lowest, psutil.virtual_memory().available)
            time.sleep(0.5)
    results, failures = [], []
    for future in futures:
        if future.exception():
            failures.append(f"{type(future.exception()).__name__}: {future.exception()}")
        else:
            results.append(future.result())
            failures += future.result()["faults"]
    held = [memory_of(learner.name) for learner in learners]
    with ThreadPoolExecutor(n_users) as pool:
        list(pool.map(Learner.stop, learners))
    probes = sorted(seconds for result in results for seconds in result["probes"])
    return {
        "lesson": lesson,
        "users": n_users,
        "date": f"{datetime.date.today()}",
        "failures": failures,
        "load_before": round(load, 1),
        "server_ready_s": spread([result["server"] for result in results]),
        "first_answer_s": spread([result["first"] for result in results]),
        "answer_s": spread(probes),
        "lesson_s": spread([result["lesson"] for result in results]),
        "kernel_mib": round(statistics.mean(memory["kernel"] for memory, _ in held)),
        "server_mib": round(statistics.mean(memory["server"] for memory, _ in held)),
        "cpu_s": round(statistics.mean(seconds for _, seconds in held), 1),
        "machine_mib": round((free - lowest) / 2**20),
    }


def spread(seconds):
    """Median, 95th percentile and maximum of some seconds."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    place = min(len(ordered) - 1, int(0.95 * len(ordered)))
    return [round(value, 2) for value in (statistics.median(ordered), ordered[place], ordered[-1])]


@contextlib.contextmanager
def running_hub(folder, n_learners):
    """The hub, started as a teacher does, on ports of its own; stopped at the end."""
    words = [
        "--folder",
        folder,
        f"--learners={n_learners}",
        f"--port={PORTS['port']}",
        f"--JupyterHub.hub_port={PORTS['hub_port']}",
    ]
    words += ["--ConfigurableHTTPProxy.api_url=http://127.0.0.1:18102"]
    with open(folder / "hub.log", "w") as log:
        process = subprocess.Popen([sys.executable, ROOT / "tools" / "hub.py", *words], stdout=log, stderr=log)
    try:
        wait_for_hub(process, folder)
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(120)


def wait_for_hub(process, folder):
    """Wait until the login page answers."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{BASE}/hub/login", timeout=10).ok:
                return
        time.sleep(0.5)
    raise Failure(f"the hub did not start: {(folder / 'hub.log').read_text()[-2000:]}")


# ------------------------------------------------------------------------------------------------ when things go wrong


def kernel_process(name):
    """The process of a learner's only kernel."""
    [found] = [process for process in processes(name) if any("hub_kernel" in word for word in process.cmdline())]
    return found


def until_it_answers(learner):
    """Seconds until a cell of the learner answers again, over a new connection where the old one broke."""
    clock = time.monotonic()
    while time.monotonic() - clock < PATIENCE:
        with contextlib.suppress(Failure, OSError, requests.RequestException, websocket.WebSocketException):
            learner.connect()
            learner.socket.settimeout(10)  # what is sent to a kernel that just begins may be lost
            learner.run("1 + 1")
            learner.socket.settimeout(PATIENCE)
            return round(time.monotonic() - clock, 1)
        time.sleep(0.2)
    raise Failure(f"{learner.name}: no answer any more")


def accidents(folder, people, memory):
    """Hit both limits, kill a kernel and the proxy: what the learner sees, and whether a neighbor or a file suffers."""
    one, other = (Learner(*person) for person in list(people.items())[:2])
    path = "lessons/mine.ipynb"
    for learner in (one, other):
        learner.log_in()
        learner.start()
        notebook = learner.read(f"lessons/{LESSONS['06']}.ipynb")
        notebook["cells"][0]["source"] = f"the work of {learner.name}"
        learner.save(path, notebook)
        learner.open(path)
        learner.run("kept = 77")
    saved = {learner.name: learner.read(path) for learner in (one, other)}
    told = {}

    def afterwards(name, said, *, kept):
        """Note what was said, and what holds now; the learner's variable must be there, or gone with the kernel."""
        told[name] = {
            "learner_sees": said,
            "answers_again_s": until_it_answers(one),
            "variables_kept": "77" in one.run("print(kept)")[0],
            "saved_work_whole": all(learner.read(path) == saved[learner.name] for learner in (one, other)),
            "neighbor_unhurt": until_it_answers(other) < PATIENCE and "77" in other.run("print(kept)")[0],
        }
        if told[name]["variables_kept"] != kept:
            raise Failure(f"{name}: {told[name]}")

    printed, errors, _ = one.run(f"bytearray({int(1.2 * memory)})")
    afterwards("a cell asks for more than one process may hold", f"{errors[0]}: {printed.strip()}", kept=True)
    held = f"import subprocess, sys; piece = bytearray({int(0.6 * memory)}); held = [subprocess.Popen([sys.executable, "
    held += f"'-c', 'import time; piece = bytearray({int(0.3 * memory)}); time.sleep(99)']) for _ in range(2)]"
    afterwards("several processes hold too much together", cell_or_death(one, held + "; held[1].wait()"), kept=False)
    one.run("kept = 77")
    kernel_process(one.name).kill()
    afterwards("the kernel is killed", cell_or_death(one, "kept"), kept=False)
    one.run("kept = 77")
    os.kill(int((folder / "proxy.pid").read_text()), signal.SIGKILL)
    afterwards("the proxy is killed", "the connection breaks and comes back", kept=True)
    told["closed doors"] = closed_doors(folder, one, other, path)
    for learner in (one, other):
        learner.stop()
    return told


def cell_or_death(learner, source):
    """What became of a cell: its errors, or that the kernel died and JupyterLab starts it again."""
    try:
        printed, errors, _ = learner.run(source)
    except (Failure, websocket.WebSocketException) as error:
        return f"{error}; JupyterLab says so and starts it again"
    return f"{errors} {printed}".strip()


DOORS = """
import os, pathlib
def shut(act):
    try:
        act()
    except PermissionError:
        return True
    return False
print([name for name, act in {
    "its home": lambda: os.listdir(HOME),
    "its notebook": lambda: pathlib.Path(HOME, PATH).read_bytes(),
    "its environment": lambda: pathlib.Path(f"/proc/{PROCESS}/environ").read_bytes(),
    "the passwords": lambda: pathlib.Path(FOLDER, "learners.csv").read_bytes(),
    "the hub's secret": lambda: pathlib.Path(FOLDER, "cookie_secret").read_bytes(),
    "the hub's database": lambda: pathlib.Path(FOLDER, "hub.sqlite").read_bytes(),
    "writing to the shared folder": lambda: pathlib.Path(FOLDER, "shared", "x").touch(),
    "writing to the installation": lambda: pathlib.Path(COURSE, "x").touch(),
    "killing its kernel": lambda: os.kill(PROCESS, 9),
}.items() if not shut(act)])
"""


def closed_doors(folder, one, other, path):
    """What one learner can do to another: doors found open, of those in DOORS, and the answer of the other's server."""
    places = {"HOME": f"/home/{other.name}", "PATH": path, "PROCESS": kernel_process(other.name).pid}
    places |= {"FOLDER": str(folder), "COURSE": str(ROOT)}
    printed, errors, _ = one.run("".join(f"{name} = {value!r}\n" for name, value in places.items()) + DOORS)
    status = one.web.get(f"{other.home}/api/contents/{path}", timeout=PATIENCE).status_code
    if printed.strip() != "[]" or errors or status not in (403, 404):
        raise Failure(f"a door is open: {printed} {errors} {status}")
    return {"tried": DOORS.count(": lambda"), "open": 0, "status_of_the_neighbors_server": status}


def main(argv=None):
    """Measure, write the report, and leave the machine as it was."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--users", type=int, nargs="*", default=[1, 10, 30], help="sizes of the class; none: only the accidents"
    )
    parser.add_argument("--lessons", nargs="+", default=list(LESSONS), choices=list(LESSONS))
    parser.add_argument("--output", type=pathlib.Path, default=REPORT)
    parser.add_argument("--folder", type=pathlib.Path, help="a folder of a hub to keep; default: one that is removed")
    args = parser.parse_args(argv)
    if hub.learners():
        sys.exit("hub: this machine has learners already; measure on one that has none.")
    folder = args.folder or pathlib.Path(tempfile.mkdtemp(prefix="ser-hub-", dir="/srv"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("hub: stopped"))  # so that the users are removed then, too
    most = max([2, *args.users])
    try:
        with running_hub(folder, most):
            people = hub.passwords(folder)
            if len(people) < most:
                sys.exit(f"hub: {folder / 'learners.csv'} is too short for {most} users; delete it.")
            for n in args.users:
                for lesson in args.lessons:
                    add_round(args.output, round_of(n, lesson, people))
            told = accidents(folder, people, int(hub.MEMORY * 2**30))
            write(args.output, {**read(args.output), "accidents": told})
    finally:
        hub.remove()
        if not args.folder:
            shutil.rmtree(folder)


def read(path):
    """The report so far."""
    return json.loads(path.read_text()) if path.exists() else {"rounds": []}


def add_round(path, found):
    """Put a round into the report in place of an older one of that size and lesson, and show it."""
    print(json.dumps(found), flush=True)
    report = read(path)
    key = ("lesson", "users")
    others = [old for old in report["rounds"] if [old[name] for name in key] != [found[name] for name in key]]
    report["rounds"] = sorted([*others, found], key=lambda line: [line[name] for name in key])
    machine = {"processors": os.cpu_count(), "memory_gib": round(psutil.virtual_memory().total / 2**30, 1)}
    write(path, {**report, "machine": machine})


def write(path, report):
    """Write the report; that of this repository also as a table on the teacher's page."""
    path.write_text(json.dumps(report, indent=1) + "\n")
    if path.resolve() == REPORT:
        text = PAGE.read_text(encoding="utf-8")
        before, after = text.split(MARKS[0])[0], text.split(MARKS[1])[1]
        PAGE.write_text(f"{before}{MARKS[0]}\n{table(report)}\n{MARKS[1]}{after}", encoding="utf-8")


def table(report):
    """The rounds of a report in Markdown."""
    lines = [
        "| lesson | learners at once | first answer (s) | later answers: median, most (s) | kernel + server (MiB) "
        "| learners a GiB | a core, in 5 min |",
        "|---|---|---|---|---|---|---|",
    ]
    for line in report["rounds"]:
        if line["failures"]:
            lines.append(f"| {line['lesson']} | {line['users']} | {len(line['failures'])} failures | | | | |")
            continue
        middle, _, most = line["answer_s"]
        whole = line["kernel_mib"] + line["server_mib"]
        lines.append(
            f"| {line['lesson']} | {line['users']} | {line['first_answer_s'][0]:.0f} | {middle:.2f}, {most:.2f} "
            f"| {line['kernel_mib']} + {line['server_mib']} | {1024 / whole:.1f} | {300 / line['cpu_s']:.0f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
