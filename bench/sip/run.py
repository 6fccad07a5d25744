#!/usr/bin/env python3
"""Calls through SIP elements, in turn, and what they cost. See ../README.md.

    run.py calls [--rounds 10] [--calls 5000] [--rate 500]   CPU time for each call
    run.py held  [--rounds 3]  [--calls 5000] [--rate 500]   memory for each call that is held
"""
import argparse, csv, pathlib, statistics, sys, tempfile, time, tomllib

from measure import end, memory, run_time, start

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Round:
    """One element, freshly started, between a caller and a callee."""

    def __init__(self, options, command):
        self.options = options
        self.folder = tempfile.TemporaryDirectory(prefix="bench-sip-")
        self.element = start(command, options.cpu)
        self.callee = self.sipp("callee", 5080, [])
        time.sleep(1.5)
        if self.element.poll() is not None:
            sys.exit(f"{command[0]} ended at once; run it by hand to see why: {' '.join(command)}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.callee)
        end(self.element)
        self.folder.cleanup()
        # What the element started ends a moment later, and with it the ports are free.
        time.sleep(1)

    def sipp(self, scenario, port, more):
        command = ["sipp", "-sf", str(HERE / "scenarios" / f"{scenario}.xml"), "-i", "127.0.0.1", "-p", str(port),
                   "-t", "u1", "-nostdin", "-nd", "-buff_size", "4194304", *more]
        return start(command, self.options.sipp_cpu, cwd=self.folder.name)

    def call(self, calls, rate, held_ms=0):
        """The caller at work."""
        return self.sipp("caller", 5090, [
            "127.0.0.1:5070", "-s", "desk", "-m", str(calls), "-r", str(rate), "-l", "100000", "-d", str(held_ms),
            "-recv_timeout", "10000", "-trace_stat", "-stf", "caller.csv", "-fd", "1"])

    def outcome(self):
        with open(f"{self.folder.name}/caller.csv") as lines:
            last = list(csv.DictReader(lines, delimiter=";"))[-1]
        return int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"])


def one_of_calls(options, command):
    with Round(options, command) as round:
        round.call(options.rate, options.rate).wait()  # a second's warming
        before = run_time(round.element.pid)
        round.call(options.calls, options.rate).wait()
        cost = run_time(round.element.pid) - before
        good, failed = round.outcome()
        return cost * 1e6 / max(good, 1), failed


def one_of_held(options, command):
    with Round(options, command) as round:
        # What lives for half a minute behind each call (transactions) is gone when memory is read.
        linger = 40
        up = options.calls / options.rate
        round.call(options.rate, options.rate).wait()
        time.sleep(linger)
        before = memory(round.element.pid)
        caller = round.call(options.calls, options.rate, int((up + linger + 5) * 1000))
        time.sleep(up + linger)
        growth = memory(round.element.pid) - before
        caller.wait()
        good, failed = round.outcome()
        return growth / max(good, 1), failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["calls", "held"])
    parser.add_argument("--elements", default="margrave,kamailio")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--rate", type=int, default=500, help="calls a second")
    parser.add_argument("--margrave", default=str(ROOT / "target/release/margrave"))
    parser.add_argument("--cpu", default="0", help="of the element")
    parser.add_argument("--sipp-cpu", default="1")
    options = parser.parse_args()
    one, unit, rounds = {"calls": (one_of_calls, "us CPU/call", 10), "held": (one_of_held, "bytes/call", 3)}[options.what]
    elements = tomllib.loads((HERE / "elements.toml").read_text())
    names = options.elements.split(",")
    figures = {name: [] for name in names}
    for number in range(options.rounds or rounds):
        for name in names:
            words = dict(here=HERE, root=ROOT, margrave=options.margrave)
            command = [word.format(**words) for word in elements[name]["command"]]
            figure, failed = one(options, command)
            figures[name].append(figure)
            print(f"round {number + 1}: {name:12} {figure:10.1f} {unit}, {failed} failed", flush=True)
    base = statistics.median(figures[names[-1]])
    for name in names:
        middle = statistics.median(figures[name])
        spread = f"{min(figures[name]):.1f} to {max(figures[name]):.1f}"
        print(f"{name:12} median {middle:10.1f} {unit} ({spread}), {middle / base:.2f} of {names[-1]}")


if __name__ == "__main__":
    main()
