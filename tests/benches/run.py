#!/usr/bin/env python3
"""Runs the peers of the comparison side by side and prints a table of messages and one of supervision.

    python3 tests/benches/run.py                          all peers that are here, five rounds
    python3 tests/benches/run.py --rounds 1 --share 0.01  a smoke run
    python3 tests/benches/run.py --markdown target/peers.md tell_1 ask_1
    python3 tests/benches/run.py supervision              all workloads of that table
    python3 tests/benches/run.py --command './mine' --command 'taskset 3 ./other'

A peer is a command. It is called as `COMMAND WORKLOAD SHARE`, in a process of its own for each workload and round,
and prints one line of JSON for each row it measured, for itself or for several peers:

    {"peer":"kameo","workload":"tell_1","value":2441042.3,"unit":"msg/s"}
    {"peer":"other","workload":"deaths_10k","why_not":"not done after 60 s"}

Rounds visit all commands of a workload in turn, beginning one further each round, so that what else the machine
does hits all of them alike. A cell is the median of the rounds, with the least and the greatest, and its ratio to
the median of `ractor` where there is one. Rates: higher is better; times and bytes: lower is better.
"""

import argparse
import json
import os
import pathlib
import platform
import shlex
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BASE = "ractor"
MESSAGES = {
    "tell_1": "tell, 1 producer",
    "tell_4": "tell, 4 producers",
    "ask_1": "ask, one at a time, median",
    "ask_64": "ask, 64 at once",
    "restart_error": "restart after an error, median",
    "restart_panic": "restart after a panic, median",
    "spawn_100k": "spawn 100,000, each",
    "stop_100k": "stop 100,000, each",
    "memory_idle": "memory of an idle actor",
}
SUPERVISION = {
    "error_among_1": "restart after an error, 1 child",
    "error_among_1k": "restart after an error, among 1,000",
    "error_among_100k": "restart after an error, among 100,000",
    "panic_among_1": "restart after a panic, 1 child",
    "panic_among_1k": "restart after a panic, among 1,000",
    "panic_among_100k": "restart after a panic, among 100,000",
    "one_for_all_1k": "one_for_all over 1,000, until all run again",
    "start_children_10k": "start 10,000 children, each",
    "start_children_100k": "start 100,000 children, each",
    "stop_children_10k": "stop 10,000 children, each",
    "stop_children_100k": "stop 100,000 children, each",
    "deaths_1k": "1,000 die at once, until all run again, each",
    "deaths_10k": "10,000 die at once, until all run again, each",
}
TABLES = {"messages": MESSAGES, "supervision": SUPERVISION}
WORKLOADS = MESSAGES | SUPERVISION
# Which rows of ours, and which package beside this file, know the workloads of a table.
OURS = {"messages": ["floor", "ractor", "mistersmith"], "supervision": ["ractor", "mistersmith", "mistersmith agents"]}
PACKAGES = {"messages": "kameo", "supervision": "ractor-supervisor"}


def main():
    options = arguments()
    tables = wanted(options.workloads)
    given = [shlex.split(command) for command in options.command]
    commands = {title: given or peers_here(title) for title in tables}
    if not any(commands.values()):
        sys.exit("no peer to run: expected cargo or erl on the path, or --command")
    runs = [(workload, commands[title]) for title, workloads in tables.items() for workload in workloads]
    samples = collect(runs, options.rounds, options.share)
    of_table = {
        title: rows({name: cells for name, cells in samples.items() if table_of(name) == title}) for title in tables
    }
    print("\n\n".join(aligned(table) for table in of_table.values()))
    if options.markdown:
        options.markdown.parent.mkdir(parents=True, exist_ok=True)
        texts = (
            f"## {title.capitalize()}\n\n{markdown(table, options.rounds, options.share)}"
            for title, table in of_table.items()
        )
        options.markdown.write_text("\n".join(texts))


def wanted(names):
    """The workloads of each table, in its order; all of a table by its title, and all if none is named.

    >>> wanted(["tell_1", "ask_1"])
    {'messages': ['tell_1', 'ask_1']}
    >>> list(wanted(["supervision"])["supervision"]) == list(SUPERVISION)
    True
    >>> list(wanted([]))
    ['messages', 'supervision']
    """
    named = {
        title: [name for name in workloads if not names or title in names or name in names]
        for title, workloads in TABLES.items()
    }
    return {title: workloads for title, workloads in named.items() if workloads}


def table_of(workload):
    """
    >>> table_of("deaths_10k"), table_of("of one peer only")
    ('supervision', 'messages')
    """
    return next((title for title, workloads in TABLES.items() if workload in workloads), "messages")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", help="which to run, or a whole table; all of them if none is named")
    parser.add_argument("--command", action="append", default=[], help="a peer; may be given again")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--share", type=float, default=1.0, help="of the full counts, such as 0.01")
    parser.add_argument("--markdown", type=pathlib.Path, help="a file for the table")
    options = parser.parse_args()
    unknown = [name for name in options.workloads if name not in WORKLOADS | TABLES]
    if unknown:
        parser.error(f"no workload {', '.join(unknown)}; there are {', '.join([*TABLES, *WORKLOADS])}")
    if options.rounds < 1 or options.share <= 0:
        parser.error("expected at least one round, and a share above 0")
    return options


def peers_here(title):
    """The commands of the peers in the folders beside this file that know the workloads of this table, built; what is
    missing is said and left out."""
    commands = []
    if (HERE / "ours" / "main.rs").exists() and shutil.which("cargo"):
        bench = ["bench", "--no-run", "-p", "mistersmith-tests", "--bench", "ours"]
        ours = built(ROOT, bench, "ours")
        # A process for each, because memory that one has given back would serve the next.
        commands += [[ours, "--peer", peer] for peer in OURS[title]]
    package = HERE / PACKAGES[title]
    if package.exists() and shutil.which("cargo"):
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "peers"
        build = ["build", "--release", "--target-dir", str(target)]
        commands.append([built(package, build, f"{package.name}-bench")])
    if shutil.which("erl"):
        commands.append([str(HERE / "erlang" / "run")])
    else:
        print("erlang is left out: no erl on the path (Debian: erlang-base)", file=sys.stderr)
    return commands


def built(folder, arguments, name):
    """The path of the program of this name that cargo builds, maybe among others."""
    command = ["cargo", *arguments, "--locked", "--message-format=json-render-diagnostics"]
    messages = run(command, cwd=folder).splitlines()
    programs = [message for message in map(json.loads, messages) if message.get("executable")]
    return next(program["executable"] for program in programs if program["target"]["name"] == name)


def collect(runs, rounds, share):
    """{workload: {peer: (unit, [value of each round])}}, or the reason in the place of the unit where a peer has no
    value."""
    samples = {}
    for round_number in range(rounds):
        for workload, commands in runs:
            for command in rotated(commands, round_number):
                for line in run([*command, workload, str(share)]).splitlines():
                    take(samples, json.loads(line))
        print(f"round {round_number + 1} of {rounds} is done", file=sys.stderr)
    return samples


def take(samples, sample):
    """One round without a value is enough to have none.

    >>> samples = {}
    >>> take(samples, {"peer": "mine", "workload": "tell_1", "value": 1.0, "unit": "ns"})
    >>> take(samples, {"peer": "mine", "workload": "tell_1", "why_not": "too late"})
    >>> take(samples, {"peer": "mine", "workload": "tell_1", "value": 2.0, "unit": "ns"})
    >>> samples
    {'tell_1': {'mine': ('too late', [])}}
    """
    peers = samples.setdefault(sample["workload"], {})
    if "why_not" in sample:
        peers[sample["peer"]] = (sample["why_not"], [])
        return
    unit, values = peers.setdefault(sample["peer"], (sample["unit"], []))
    if unit == sample["unit"]:
        values.append(sample["value"])


def run(command, cwd=ROOT):
    """What the command prints; a command that fails ends the run with what it said."""
    # A stack trace taken for each error is not what a restart costs.
    environment = os.environ | {"RUST_BACKTRACE": "0"}
    done = subprocess.run(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(map(str, command))} ended with {done.returncode}\n{done.stdout}")
    return done.stdout


def rotated(items, by):
    """
    >>> rotated(["a", "b", "c"], 4)
    ['b', 'c', 'a']
    """
    begin = by % len(items)
    return items[begin:] + items[:begin]


def rows(samples):
    """The table as lists of texts: a heading, then one row for each workload, in the order of WORKLOADS; workloads
    that only one peer knows come last, under their own names.

    >>> rows({"tell_1": {"ractor": ("msg/s", [2e6, 1e6, 3e6]), "mine": ("msg/s", [5e6])}})
    ... # doctest: +NORMALIZE_WHITESPACE
    [['workload', 'ractor', 'mine'],
     ['tell, 1 producer', '2.00 M msg/s (1.00–3.00), 1.00×', '5.00 M msg/s (5.00–5.00), 2.50×']]
    """
    peers = list(dict.fromkeys(peer for cells in samples.values() for peer in cells))
    peers.sort(key=lambda peer: peer != BASE)
    table = [["workload", *peers]]
    known = [workload for workload in WORKLOADS if workload in samples]
    for workload in dict.fromkeys([*known, *samples]):
        cells = samples[workload]
        base = statistics.median(cells[BASE][1]) if BASE in cells and cells[BASE][1] else None
        name = WORKLOADS.get(workload, workload)
        table.append([name, *(cell(*cells[peer], base) if peer in cells else "–" for peer in peers)])
    return table


def cell(unit, values, base):
    """
    >>> cell("ns", [931.0, 900.0, 1000.0], 465.5)
    '931 ns (900–1000), 2.00×'
    >>> cell("us", [7.25], None)
    '7.25 us (7.25–7.25)'
    >>> cell("not done after 60 s", [], 1.0)
    'not done after 60 s'
    """
    if not values:
        return unit
    median = statistics.median(values)
    power, prefix = next(((p, s) for p, s in ((1e6, "M "), (1e3, "k ")) if unit.endswith("/s") and median >= p), (1, ""))
    digits = 2 if median / power < 100 else 0
    number = lambda value: f"{value / power:.{digits}f}"
    ratio = f", {median / base:.2f}×" if base else ""
    return f"{number(median)} {prefix}{unit} ({number(min(values))}–{number(max(values))}){ratio}"


def aligned(table):
    widths = [max(len(text) for text in column) for column in zip(*table)]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in table)


def markdown(table, rounds, share):
    heading, *body = table
    lines = [heading, ["---"] + ["---:"] * (len(heading) - 1), *body]
    text = "\n".join(f"| {' | '.join(row)} |" for row in lines)
    counts = "" if share == 1 else f" with {share:g} of the full counts"
    return (
        f"{text}\n\nMedian of {rounds} interleaved rounds{counts} (least–greatest), and the ratio to {BASE}. "
        f"Rates: higher is better; times and bytes: lower is better. "
        f"{os.cpu_count()} cores, {platform.system()} {platform.release()}.\n"
    )


if __name__ == "__main__":
    main()
