"""What a process costs: CPU time, memory. And how the processes compared are started and ended."""
import pathlib, signal, subprocess


def family(pid):
    """A process and all that it has started."""
    found = [pid]
    for each in found:
        for children in pathlib.Path(f"/proc/{each}/task").glob("*/children"):
            try:
                found += [int(child) for child in children.read_text().split()]
            except OSError:
                pass
    return found


def run_time(pid):
    """Seconds for which the kernel has had its threads on a CPU, system calls included."""
    total = 0
    for each in family(pid):
        for task in pathlib.Path(f"/proc/{each}/task").glob("*/schedstat"):
            try:
                total += int(task.read_text().split()[0])
            except OSError:
                pass
    return total / 1e9


def memory(pid):
    """Bytes of its memory, what is shared divided among those who share it. The kernel's own (sockets) is not in it."""
    total = 0
    for each in family(pid):
        try:
            lines = pathlib.Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total * 1024


def start(command, cpu, **more):
    argv = ["taskset", "-c", cpu, *command]
    quiet = dict(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return subprocess.Popen(argv, **quiet, **more)


def end(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
