// SIPp at a far end: one scenario, one call, and what it said and heard afterwards.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../browser/kit/place.mjs';

/**
 * Starts SIPp. `at`: its own address and port; `to`: where a caller sends; `transport`: `udp`, or `tcp` in whatever form.
 * `done()` waits for its end and throws what went wrong, with the messages.
 */
export function sipp(stage, place, name, { scenario, at, to, transport = 'udp', service = 'bert', seconds = 12, calls = 1, rate = 1, most = 1 }) {
  const file = join(stage.folder, `${name}.xml`);
  const messages = join(stage.folder, `${name}.messages`);
  const errors = join(stage.folder, `${name}.errors`);
  writeFileSync(file, scenario);
  const [address, port] = at.split(':');
  const command = ['sipp', '-sf', file, '-i', address, '-mi', address, '-p', port, '-t', transport === 'udp' ? 'u1' : 't1', '-m', String(calls), '-l', String(most), '-r', String(rate), '-s', service];
  command.push('-nostdin', '-trace_msg', '-message_file', messages, '-trace_err', '-error_file', errors, '-timeout', `${seconds}s`, '-timeout_error');
  if (to) command.push(to);
  const running = place.start(stage, name, command, { env: { TERM: 'dumb' } });
  const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  return {
    /** Every message, in order: `{ sent, text }`. */
    messages: () =>
      read(messages)
        .split(/^-{10,}.*$/m)
        .slice(1)
        .map((piece) => ({ sent: /message sent/.test(piece), text: piece.replace(/^[\s\S]*?\n\n/, '') })),
    stop: running.stop,
    /** Waits until it listens. */
    ready: () =>
      until(`${name} listens at ${at}`, () => {
        if (running.child.exitCode !== null) return true;
        const open = execFileSync('ss', ['-Hln', transport === 'udp' ? '-u' : '-t', 'src', at], { encoding: 'utf8' });
        return open.trim() !== '';
      }),
    async done() {
      const { code } = await running.exited;
      if (code !== 0) throw new Error(`${name}: SIPp ended with ${code}\n${read(errors).slice(-2500)}\n${read(messages).slice(-6000)}`);
    },
  };
}

/** The values of a header in a message's text. */
export const header = (text, name) => [...text.matchAll(new RegExp(`^${name}\\s*:\\s*(.*)$`, 'gim'))].map((match) => match[1].trim());
