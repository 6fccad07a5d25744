#!/usr/bin/env python3
"""Browsers that register through an element, over WebSocket, and what they cost. See ../README.md.

    clients.py register [--rounds 10] [--clients 500] [--count 5000] [--rate 500]   CPU time for each registration with digest
    clients.py refresh  [--rounds 10] ...                                           CPU time for each refresh
    clients.py memory   [--rounds 1] [--clients 5000] [--tls]                       memory for each client that is registered and idle
"""
import argparse, asyncio, base64, hashlib, itertools, os, pathlib, socket, ssl, statistics, subprocess, sys, tempfile, time, tomllib

from measure import end, memory, run_time, start

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DOMAIN = "bench.invalid"
PASSWORD = "secret"
# How long a registration or a connection may take before it counts as failed.
PATIENCE = 10
# Browsers that connect at the same time.
AT_ONCE = 40


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class Browser(asyncio.Protocol):
    """One connection and the one user registered over it. Digest as in RFC 2617; a frame is masked with zeros, which is as good as any."""

    def __init__(self, number):
        self.user = f"u{number}"
        self.number = number
        self.octets = bytearray()
        self.upgraded = False
        self.sequence = 0
        self.authorization = ""
        self.open = asyncio.get_running_loop().create_future()
        self.done = None
        self.call_id = os.urandom(12).hex()
        self.contact = f"<sip:{self.user}@{os.urandom(6).hex()}.invalid;transport=ws>"
        self.instance = '<urn:uuid:%s>' % "-".join(os.urandom(n).hex() for n in (4, 2, 2, 2, 6))

    def connection_made(self, transport):
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write((
            f"GET / HTTP/1.1\r\nHost: {DOMAIN}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n"
            f"Origin: http://{DOMAIN}\r\n\r\n").encode())

    def connection_lost(self, error):
        for future in (self.open, self.done):
            if future and not future.done():
                future.set_exception(error or ConnectionError("closed"))
        self.transport = None

    def data_received(self, octets):
        self.octets += octets
        if not self.upgraded:
            end_of_head = self.octets.find(b"\r\n\r\n")
            if end_of_head < 0:
                return
            if not self.octets.startswith(b"HTTP/1.1 101"):
                self.open.set_exception(ConnectionError(self.octets.split(b"\r\n")[0].decode()))
                self.transport.close()
                return
            del self.octets[:end_of_head + 4]
            self.upgraded = True
            self.open.set_result(None)
        while len(self.octets) >= 2:
            length, head = self.octets[1] & 127, 2
            if length == 126:
                length, head = int.from_bytes(self.octets[2:4], "big"), 4
            if len(self.octets) < head + length:
                return
            kind, payload = self.octets[0] & 15, bytes(self.octets[head:head + length])
            del self.octets[:head + length]
            if kind == 9:
                self.frame(10, payload)
            elif kind in (1, 2):
                self.heard(payload.decode())

    def frame(self, kind, payload):
        size = len(payload)
        head = bytes([128 | kind, 128 | size]) if size < 126 else bytes([128 | kind, 254]) + size.to_bytes(2, "big")
        self.transport.write(head + bytes(4) + payload)

    def register(self, fresh):
        """With digest asked anew, or with what was shown the last time. The future becomes the time that it took."""
        self.done = asyncio.get_running_loop().create_future()
        self.begun = time.monotonic()
        self.asked = 0
        if fresh:
            self.authorization = ""
        self.ask()
        return self.done

    def ask(self):
        self.sequence += 1
        self.asked += 1
        self.frame(1, (
            f"REGISTER sip:{DOMAIN} SIP/2.0\r\n"
            f"Via: SIP/2.0/WS {self.call_id}.invalid;branch=z9hG4bK{self.number}x{self.sequence}\r\n"
            f"Max-Forwards: 70\r\n"
            f"From: <sip:{self.user}@{DOMAIN}>;tag={self.call_id[:8]}\r\n"
            f"To: <sip:{self.user}@{DOMAIN}>\r\n"
            f"Call-ID: {self.call_id}\r\n"
            f"CSeq: {self.sequence} REGISTER\r\n"
            f"Contact: {self.contact};+sip.ice;reg-id=1;+sip.instance=\"{self.instance}\";expires=600\r\n"
            f"{self.authorization}"
            f"Expires: 600\r\nAllow: INVITE,ACK,CANCEL,BYE,UPDATE,MESSAGE,OPTIONS,REFER,INFO,NOTIFY\r\n"
            f"Supported: path,gruu,outbound\r\nUser-Agent: bench\r\nContent-Length: 0\r\n\r\n").encode())

    def heard(self, message):
        if not message.startswith("SIP/2.0 ") or self.done is None or self.done.done():
            return
        status = message[8:11]
        if status == "200":
            self.done.set_result(time.monotonic() - self.begun)
        elif status == "401" and self.asked < 2:
            challenge = next(line for line in message.split("\r\n") if line.lower().startswith("www-authenticate"))
            word = lambda name: challenge.split(f'{name}="')[1].split('"')[0]
            realm, nonce, uri = word("realm"), word("nonce"), f"sip:{DOMAIN}"
            response = md5(f"{md5(f'{self.user}:{realm}:{PASSWORD}')}:{nonce}:{md5(f'REGISTER:{uri}')}")
            self.authorization = (f'Authorization: Digest username="{self.user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
                                  f'response="{response}", algorithm=MD5\r\n')
            self.ask()
        elif status[0] != "1":
            self.done.set_exception(RuntimeError(message.split("\r\n")[0]))


async def at_a_rate(jobs, rate):
    """Runs each `job()` when its time has come; how many failed, and the first reason."""
    begun, tasks = time.monotonic(), []
    for number, job in enumerate(jobs):
        wait = begun + number / rate - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.ensure_future(asyncio.wait_for(job(), PATIENCE)))
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    return len(failures), repr(failures[0]) if failures else ""


async def connected(clients, tls, first=0):
    """So many browsers, connected and registered, their users numbered from `first`."""
    browsers, numbers = [], itertools.count(first)
    context = None
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    async def one():
        where = dict(host="127.0.0.1", port=5172, ssl=context, server_hostname=DOMAIN) if tls else dict(host="127.0.0.1", port=5171)
        _, browser = await asyncio.get_running_loop().create_connection(lambda: Browser(next(numbers)), **where)
        browsers.append(browser)
        await browser.open
        await browser.register(True)

    async def several():
        while len(browsers) < clients and next(turns) < clients:
            await asyncio.wait_for(one(), PATIENCE)

    turns = itertools.count()
    try:
        await asyncio.gather(*(several() for _ in range(AT_ONCE)))
    except Exception as error:
        sys.exit(f"after {len(browsers)} of {clients} browsers one could not register: {error!r}")
    return browsers


async def costs(browsers, count, rate, pid, fresh):
    async def one(number):
        await browsers[number % len(browsers)].register(fresh)

    def jobs(first, count):
        return [lambda number=number: one(number) for number in range(first, first + count)]

    # A second's warming.
    await at_a_rate(jobs(0, rate), rate)
    before = run_time(pid)
    failed, why = await at_a_rate(jobs(rate, count), rate)
    cost = run_time(pid) - before
    return cost * 1e6 / max(count - failed, 1), failed, why


class Round:
    """One element, freshly started, and a registrar behind it."""

    def __init__(self, options, element, registrations):
        self.folder = tempfile.TemporaryDirectory(prefix="bench-clients-")
        where = self.folder.name
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", f"/CN={DOMAIN}", "-addext", f"subjectAltName=DNS:{DOMAIN}",
                        "-keyout", f"{where}/key.pem", "-out", f"{where}/cert.pem"], check=True, stderr=subprocess.DEVNULL)
        filled = {"CERTFILE": f"{where}/cert.pem", "KEYFILE": f"{where}/key.pem", "REGISTRATIONS": registrations}
        words = dict(here=HERE, root=ROOT, margrave=options.margrave)
        for name in element["files"]:
            text = (HERE / name).read_text()
            for word, value in filled.items():
                text = text.replace(word, value)
            pathlib.Path(where, name).write_text(text)
        command = [word.format(**words, folder=where) for word in element["command"]]
        if options.tls:
            command += element.get("tls", [])
        self.registrar = start(["kamailio", "-DD", "-E", "-m", "512", "-f", str(HERE / "registrar.cfg")], options.load_cpu)
        self.element = start(command, options.cpu)
        for _ in range(100):
            time.sleep(0.2)
            if self.element.poll() is not None:
                sys.exit(f"{command[0]} ended at once; run it by hand to see why: {' '.join(command)}")
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", 5172 if options.tls else 5171)) == 0:
                    break
        time.sleep(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.element)
        end(self.registrar)
        self.folder.cleanup()
        # What they started ends a moment later, and with it the ports are free.
        time.sleep(1)


async def one_of_costs(options, round, fresh):
    browsers = await connected(options.clients, options.tls)
    figure = await costs(browsers, options.count, options.rate, round.element.pid, fresh)
    for browser in browsers:
        if browser.transport:
            browser.transport.abort()
    return figure


async def one_of_memory(options, round):
    # Those who come first bring what is there once: buffers, tables, threads' heaps.
    first = await connected(options.clients // 50 or 1, options.tls)
    # Transactions live for half a minute behind each registration.
    await asyncio.sleep(options.settle)
    before = memory(round.element.pid)
    browsers = await connected(options.clients, options.tls, len(first))
    await asyncio.sleep(options.settle)
    growth = memory(round.element.pid) - before
    lost = sum(browser.transport is None for browser in browsers + first)
    return growth / options.clients, lost, "connections were lost" if lost else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["register", "refresh", "memory"])
    parser.add_argument("--elements")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--clients", type=int)
    parser.add_argument("--count", type=int, default=5000, help="registrations measured in a round")
    parser.add_argument("--rate", type=int, default=500, help="registrations a second")
    parser.add_argument("--settle", type=int, default=40, help="seconds before memory is read")
    parser.add_argument("--tls", action="store_true", help="WSS")
    parser.add_argument("--margrave", default=str(ROOT / "target/release/margrave"))
    parser.add_argument("--cpu", default="0", help="of the element")
    parser.add_argument("--load-cpu", default="1", help="of the browsers and the registrar")
    options = parser.parse_args()
    os.sched_setaffinity(0, {int(options.load_cpu)})
    elements = tomllib.loads((HERE / "clients.toml").read_text())
    standard = {"register": "margrave,kamailio-registrar,kamailio", "refresh": "margrave,margrave-contact,margrave-user,kamailio",
                "memory": "margrave,kamailio"}[options.what]
    names = (options.elements or standard).split(",")
    options.clients = options.clients or (5000 if options.what == "memory" else 500)
    unit = {"register": "us CPU/registration", "refresh": "us CPU/refresh", "memory": "bytes/client"}[options.what]
    figures = {name: [] for name in names}
    for number in range(options.rounds or (1 if options.what == "memory" else 10)):
        for name in names:
            element = elements[name]
            with Round(options, element, element.get("registrations", "")) as round:
                job = one_of_memory(options, round) if options.what == "memory" else one_of_costs(options, round, options.what == "register")
                figure, failed, why = asyncio.run(job)
            figures[name].append(figure)
            print(f"round {number + 1}: {name:20} {figure:10.1f} {unit}, {failed} failed {why}", flush=True)
    base = statistics.median(figures[names[-1]])
    for name in names:
        middle = statistics.median(figures[name])
        spread = f"{min(figures[name]):.1f} to {max(figures[name]):.1f}"
        print(f"{name:20} median {middle:10.1f} {unit} ({spread}), {middle / base:.2f} of {names[-1]}")


if __name__ == "__main__":
    main()
