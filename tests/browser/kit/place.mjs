// A place is where programs run: this host, or a network namespace that a test made itself.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, chmodSync, createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// Whatever ends this process, nothing that it started lives on.
const children = new Set();
process.on('exit', () => {
  for (const child of children) signal(child, 'SIGKILL');
});

/** Each program leads a group of its own, so that its children go with it. */
function signal(child, name) {
  try {
    process.kill(-child.pid, name);
  } catch {
    // The group is gone already.
  }
}

/** Everything a story started, to be ended when it ends, youngest first. */
export class Stage {
  #endings = [];
  constructor(name) {
    this.name = name;
    this.folder = mkdtempSync(join(tmpdir(), `margrave-${name}-`));
  }
  /** Runs `end` when the story is over. */
  after(end) {
    this.#endings.push(end);
  }
  async end() {
    for (const end of this.#endings.reverse()) {
      try {
        await end();
      } catch (error) {
        console.error(`# while ending ${this.name}: ${error.message}`);
      }
    }
    this.#endings = [];
    if (!process.env.MARGRAVE_KEEP) rmSync(this.folder, { recursive: true, force: true });
  }
}

export class Place {
  /** `netns`: the namespace's name, or nothing for this host. */
  constructor({ netns } = {}) {
    this.netns = netns;
  }
  words(command) {
    return this.netns ? ['ip', 'netns', 'exec', this.netns, ...command] : command;
  }
  /** Starts a program; its output goes to `log` in the stage's folder. */
  start(stage, name, command, { env = {}, cwd, stopWith = 'SIGTERM' } = {}) {
    const [program, ...words] = this.words(command);
    const log = join(stage.folder, `${name}.log`);
    const child = spawn(program, words, { cwd: cwd ?? stage.folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const sink = createWriteStream(log);
    let text = '';
    const keep = (piece) => {
      text += piece;
      sink.write(piece);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    children.add(child);
    child.once('exit', () => children.delete(child));
    const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    const running = { child, exited, log, output: () => text };
    running.stop = async () => {
      if (child.exitCode === null && child.signalCode === null) signal(child, stopWith);
      const slow = setTimeout(() => signal(child, 'SIGKILL'), 4000);
      const end = await exited;
      clearTimeout(slow);
      signal(child, 'SIGKILL');
      return end;
    };
    running.says = async (pattern, ms = 10_000) => {
      const until = Date.now() + ms;
      while (Date.now() < until) {
        if (pattern.test(text)) return;
        if (child.exitCode !== null) break;
        await sleep(25);
      }
      throw new Error(`${name} did not say ${pattern} (exit ${child.exitCode}):\n${text.slice(-3000)}`);
    };
    stage.after(() => running.stop());
    return running;
  }
  run(command) {
    const [program, ...words] = this.words(command);
    return execFileSync(program, words, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] });
  }
  /** A file that starts `program` in this place, for those who want one path. */
  wrapper(stage, program) {
    if (!this.netns) return program;
    const path = join(stage.folder, `${this.netns}-${program.split('/').pop()}`);
    writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${this.netns} ${program} "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  }
}

/** Waits until `condition` gives something true, and gives it; else says what was awaited. */
export async function until(what, condition, ms = 10_000) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${ms} ms for: ${what}${last ? ` (${last.message})` : ''}`);
    await sleep(50);
  }
}

export { sleep };
