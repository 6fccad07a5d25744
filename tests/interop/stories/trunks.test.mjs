// Two real SIP servers: a PBX, and a carrier that wants a registration and asks who calls. SIPp is the telephone at either end.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { Place, Stage, until } from '../../browser/kit/place.mjs';
import { binary, margrave } from '../../browser/kit/margrave.mjs';
import { carrier, pbx } from '../kit/kamailio.mjs';
import { callee, caller, gets, hears, must, pause, scenario, sdp } from '../kit/scenario.mjs';
import { sipp } from '../kit/sipp.mjs';

const AT = { inside: '127.0.2.1', outside: '127.0.3.1', pbx: '127.0.2.10', desk: '127.0.2.20', carrier: '127.0.3.10', backup: '127.0.3.11', abroad: '127.0.3.20' };
const ACCOUNT = { user: '4930555', password: 'open sesame' };

const CONFIGURATION = `[server]
address = "${AT.pbx}:5060"

[network.inside]
address = "${AT.inside}"
sip-udp = 5060
rtp-ports = "32000-32199"

[network.outside]
address = "${AT.outside}"
ws = 18090
media = 21010
sip-udp = 5060
rtp-ports = "33000-33199"

[trunk.carrier]
address = "${AT.carrier}:5060"
username = "${ACCOUNT.user}"
password = "${ACCOUNT.password}"
register = true
register-seconds = 60
probe-seconds = 1
max-calls = 1

[trunk.backup]
address = "${AT.backup}:5060"
username = "${ACCOUNT.user}"
password = "${ACCOUNT.password}"
probe-seconds = 0

[[route]]
name = "to the world"
from = ["server"]
called = ["0*"]
to = ["carrier", "backup"]
silence-seconds = 1
`;

const FIRST = 'z9hG4bKfirst[call_number]';
const call = (ms = 300) => scenario('caller', [caller.request('INVITE', { text: sdp() }), gets(100, { optional: true }), gets(100, { optional: true }), gets(180, { optional: true }), gets(200, { rrs: true, actions: [must('m=audio')] }), caller.within('ACK', { cseq: 1 }), pause(ms), caller.within('BYE', { cseq: 2 }), gets(200)]);
const refused = (status) => scenario('caller', [caller.request('INVITE', { text: sdp(), branch: FIRST }), gets(100, { optional: true }), gets(status), caller.request('ACK', { branch: FIRST, once: true })]);
const answer = scenario('callee', [hears('INVITE', { rrs: true, actions: [must('m=audio')] }), callee.answer('180 Ringing'), callee.answer('200 OK', { text: sdp({ port: 40020 }), retrans: true }), hears('ACK'), hears('BYE'), callee.again('200 OK')]);

/** Raises all of it. */
async function world(name, play) {
  const stage = new Stage(name);
  try {
    const here = new Place();
    const first = await carrier(stage, here, { address: AT.carrier, margrave: AT.outside, phone: AT.abroad, ...ACCOUNT });
    const second = await carrier(stage, here, { name: 'kamailio-backup', address: AT.backup, margrave: AT.outside, phone: AT.abroad, ...ACCOUNT });
    await pbx(stage, here, { address: AT.pbx, margrave: AT.inside, phone: AT.desk });
    const border = await margrave(stage, here, CONFIGURATION);
    const phone = (who, options) => sipp(stage, here, who, options);
    const finish = async (players) => {
      const ends = await Promise.allSettled(players.map((player) => player.done()));
      const failed = ends.filter((end) => end.status === 'rejected');
      if (failed.length) throw new Error(`${failed.map((end) => end.reason.message).join('\n\n')}\n${border.output().slice(-2500)}\n${first.output().slice(-1500)}`);
    };
    await until('the carrier lists our contact', () => new RegExp(`registered ${ACCOUNT.user} at .*${AT.outside}`).test(first.output()));
    await play({ stage, first, second, border, phone, finish });
  } finally {
    await stage.end();
  }
}

test('two Kamailios: Margrave registers with the carrier, and calls go through both, out with credentials and in by the registration', () =>
  world('trunks-calls', async ({ first, phone, finish }) => {
    const abroad = phone('abroad', { scenario: answer, at: `${AT.abroad}:5060` });
    await abroad.ready();
    await finish([phone('desk', { scenario: call(), at: `${AT.desk}:5060`, to: `${AT.pbx}:5060`, service: '0301234' }), abroad]);
    assert.match(first.output(), new RegExp(`call of ${ACCOUNT.user} to \\+?0301234`));

    const desk = phone('desk-again', { scenario: answer, at: `${AT.desk}:5060` });
    await desk.ready();
    await finish([phone('abroad-again', { scenario: call(), at: `${AT.abroad}:5060`, to: `${AT.carrier}:5060`, service: ACCOUNT.user }), desk]);
  }));

test('two Kamailios: beyond the carrier’s limit of calls the second carrier is taken, and both when the first is gone', () =>
  world('trunks-failover', async ({ first, second, phone, finish }) => {
    const abroad = phone('abroad', { scenario: answer, at: `${AT.abroad}:5060`, calls: 3, most: 3 });
    await abroad.ready();
    const long = phone('first', { scenario: call(2000), at: `${AT.desk}:5060`, to: `${AT.pbx}:5060`, service: '0301' });
    await until('the first call is with the carrier', () => /call of \d+ to \+?0301/.test(first.output()));
    await finish([phone('next', { scenario: call(), at: `${AT.desk}:5070`, to: `${AT.pbx}:5060`, service: '0302' }), long]);
    assert.match(second.output(), /call of \d+ to \+?0302/);
    assert.doesNotMatch(first.output(), /call of \d+ to \+?0302/);

    await first.stop();
    await finish([phone('last', { scenario: call(), at: `${AT.desk}:5071`, to: `${AT.pbx}:5060`, service: '0303' }), abroad]);
    assert.match(second.output(), /call of \d+ to \+?0303/);
  }));

test('two Kamailios: a number that the carrier does not know is refused, and explain says which way it went', () =>
  world('trunks-explain', async ({ stage, phone, finish }) => {
    // Nobody is registered by that number.
    await finish([phone('abroad', { scenario: refused(404), at: `${AT.abroad}:5060`, to: `${AT.carrier}:5060`, service: '4999' })]);
    const told = execFileSync(binary(), ['explain', '--config', join(stage.folder, 'margrave.toml'), '--peer', 'server', '--from', '30', '--to', '0301234'], { encoding: 'utf8' });
    assert.match(told, /to the world/);
    assert.ok(told.indexOf('carrier') < told.indexOf('backup'), told);
  }));
