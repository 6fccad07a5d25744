// Pages that register: with the registrar of their domain, and with its second address where the first cannot.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { AT, border } from '../kit/border.mjs';
import { callee, hears, pause, scenario } from '../kit/scenario.mjs';
import { header } from '../kit/sipp.mjs';
import { pages } from '../kit/wires.mjs';

const PAGE = '127.0.3.99';
const register = (domain) =>
  Buffer.from(
    `REGISTER sip:${domain} SIP/2.0\r\nVia: SIP/2.0/WS page.invalid;branch=z9hG4bK${randomUUID()}\r\nMax-Forwards: 70\r\nFrom: <sip:alice@${domain}>;tag=a\r\nTo: <sip:alice@${domain}>\r\nCall-ID: ${randomUUID()}\r\nCSeq: 1 REGISTER\r\nContact: <sip:alice@page.invalid;transport=ws>;expires=600\r\nContent-Length: 0\r\n\r\n`,
  );
const grants = scenario('grants', [hears('REGISTER'), callee.answer('200 OK', { headers: ['[last_Contact:]', 'Expires: 600'] })]);
const answers = (status) => scenario('answers', [hears('REGISTER'), callee.answer(status)]);
const silent = scenario('silent', [hears('REGISTER'), pause(2500)]);
const patience = '[limits]\npatience-seconds = 1\n';

/** A page registers for `domain`; what it hears in the end, and what each registrar was asked. */
async function registers(name, setting, domain, registrars) {
  const town = await border(name, setting);
  try {
    const there = [];
    for (const [at, text] of registrars) there.push(await town.waits(`at-${at}`, at, text));
    for (const one of there) await one.ready();
    const heard = await pages({ from: PAGE, to: `${AT.outside}:18090`, silence: 4000 })(register(domain));
    await town.all(there);
    return { heard, asked: there.map((one) => one.messages().filter((message) => !message.sent)) };
  } finally {
    await town.end();
  }
}

const further = { server: `further-addresses = ["${AT.second}:5060"]`, more: patience };

test('a registrar that answers 503 is passed over, and its second address grants the registration', async () => {
  const { heard, asked } = await registers('registrar-503', further, 'example.com', [
    [AT.pbx, answers('503 Service Unavailable')],
    [AT.second, grants],
  ]);
  assert.equal(heard, '200');
  assert.equal(asked[1].length, 1);
  assert.equal(header(asked[0][0].text, 'Call-ID')[0], header(asked[1][0].text, 'Call-ID')[0]);
});

test('a registrar that is silent is passed over in a second', async () => {
  const { heard } = await registers('registrar-silent', further, 'example.com', [
    [AT.pbx, silent],
    [AT.second, grants],
  ]);
  assert.equal(heard, '200');
});

test('where no registrar answers the page hears 503, and nothing is bound', async () => {
  const { heard } = await registers('registrar-none', further, 'example.com', [
    [AT.pbx, answers('503 Service Unavailable')],
    [AT.second, silent],
  ]);
  assert.equal(heard, '503');
});

test('of several registrars each is asked for its own domain', async () => {
  const branch = { more: `[registrar.branch]\naddress = "${AT.second}:5060"\ndomain = "branch.example"\n` };
  for (const [domain, at] of [['branch.example', AT.second], ['example.com', AT.pbx]]) {
    const { heard, asked } = await registers('registrars', branch, domain, [[at, grants]]);
    assert.equal(heard, '200');
    assert.match(asked[0][0].text, new RegExp(`^REGISTER sip:${domain.replace('.', '\\.')} `));
  }
});
