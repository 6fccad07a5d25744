// Who decides where a call goes besides the routes: a hook over HTTP, and a callee that says where else it might be.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { AT, border, story } from '../kit/border.mjs';
import { callee, caller, eitherInvite, gets, hears, keepDialog, mustNot, pause, scenario, sdp } from '../kit/scenario.mjs';

const FIRST = 'z9hG4bKfirst[call_number]';
const calls = scenario('caller', [
  caller.request('INVITE', { text: sdp() }),
  gets(100, { optional: true }),
  gets(180, { optional: true }),
  gets(200, { rrs: true }),
  caller.within('ACK', { cseq: 1 }),
  pause(200),
  caller.within('BYE', { cseq: 2 }),
  gets(200),
]);
const refused = (status, actions = []) =>
  scenario('caller', [caller.request('INVITE', { text: sdp(), branch: FIRST }), gets(100, { optional: true }), gets(status, { actions }), caller.request('ACK', { branch: FIRST, once: true })]);
const taken = [callee.answer('200 OK', { text: sdp(), retrans: true }), hears('ACK'), hears('BYE'), callee.again('200 OK')];
const answers = scenario('callee', [hears('INVITE', { rrs: true, actions: keepDialog }), ...taken]);

const HOOK = 18099;
const second = `[trunk.second]
address = "${AT.second}:PORT"
transport = "HOW"
network = "inside"
probe-seconds = 0

[hook]
calls = "http://127.0.0.1:${HOOK}/calls"
calls-milliseconds = 400
`;

/** A hook that says `words` after `ms`, and keeps what it was asked. */
async function hook(stage, words, ms = 0) {
  const asked = [];
  const server = http.createServer((request, response) => {
    let text = '';
    request.on('data', (piece) => (text += piece));
    request.on('end', () => {
      asked.push(JSON.parse(text));
      setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(words)), ms);
    });
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(HOOK, '127.0.0.1', resolve));
  stage.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return asked;
}

/** The carrier calls, and whoever is to answer is there. */
async function hooked(name, { words, ms, where, caller: text }) {
  const town = await border(name, { more: second });
  try {
    const asked = await hook(town.stage, words, ms);
    const there = where ? [await town.waits('there', where, answers)] : [];
    for (const one of there) await one.ready();
    const carrier = await town.calls('carrier', AT.carrier, text, { service: '4930123' });
    await town.all([carrier, ...there]);
    return asked;
  } finally {
    await town.end();
  }
}

test('hook: it is asked about a call, and where it says the call goes', async () => {
  const asked = await hooked('hook-route', { words: { route: ['second'] }, where: AT.second, caller: calls });
  assert.equal(asked.length, 1);
  assert.equal(asked[0].peer, 'carrier');
  assert.match(asked[0].to, /4930123/);
  assert.ok(asked[0].remote.startsWith(AT.carrier));
});

test('hook: what it refuses is refused with its status', async () => {
  const asked = await hooked('hook-refuse', { words: { refuse: 403, reason: 'Not today' }, caller: refused(403) });
  assert.equal(asked.length, 1);
});

test('hook: where it says nothing in time the routes decide', async () => {
  await hooked('hook-slow', { words: { refuse: 403 }, ms: 2000, where: AT.pbx, caller: calls });
});

story(
  test,
  'a redirection that is passed tells the caller who, and not where',
  (town) =>
    town.call({
      caller: refused(302, [mustNot('127.0.2.')]),
      callee: scenario('callee', [hears('INVITE'), callee.answer('302 Moved Temporarily'), hears('ACK')]),
    }),
  { more: '[limits]\nredirects = "pass"\n' },
);

story(
  test,
  'a redirection that is followed leads the call to whom the callee named',
  (town) =>
    town.call({
      caller: calls,
      callee: scenario('callee', eitherInvite('INVITE sip:bert@', [callee.answer('302 Moved Temporarily'), hears('ACK')], taken)),
      twice: true,
    }),
  { more: '[limits]\nredirects = "follow"\n' },
);
