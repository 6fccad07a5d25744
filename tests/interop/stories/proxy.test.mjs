// Debian's Kamailio with its unmodified rtpengine module steers Margrave's media engine between two SIPp phones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../browser/kit/place.mjs';
import { AT, described, packet, proxied } from '../kit/proxy.mjs';
import { callee, caller, gets, hears, pause, scenario, sdp } from '../kit/scenario.mjs';
import { sipp } from '../kit/sipp.mjs';

const FLAGS = 'trust-address replace-origin replace-session-connection direction=near direction=far';

async function call(flags, play) {
  const town = await proxied('interop-proxy', flags);
  try {
    const far = sipp(town.stage, town.here, 'callee', {
      at: `${AT.callee}:5060`,
      scenario: scenario('callee', [hears('INVITE', { rrs: true }), callee.answer('180 Ringing'), callee.answer('200 OK', { text: sdp({ formats: '8' }), retrans: true }), hears('ACK'), hears('BYE'), callee.again('200 OK')]),
    });
    await far.ready();
    const near = sipp(town.stage, town.here, 'caller', {
      at: `${AT.caller}:5060`,
      to: `${AT.proxy}:5060`,
      scenario: scenario('caller', [caller.request('INVITE', { text: sdp() }), gets(100, { optional: true }), gets(180), gets(200, { rrs: true }), caller.within('ACK', { cseq: 1 }), pause(3000), caller.within('BYE', { cseq: 2 }), gets(200)]),
    });
    await play(town, near, far);
    await Promise.all([near.done(), far.done()]);
  } catch (error) {
    throw new Error(`${error.message}\n\nmedia:\n${town.media.output().slice(-3000)}\n\nkamailio:\n${town.kamailio.output().slice(-3000)}`);
  } finally {
    await town.end();
  }
}

test('kamailio: a call between two phones, heard both ways, with its end', async () => {
  await call(FLAGS, async (town, near, far) => {
    const offered = await described(far, /^INVITE /);
    assert.equal(offered.address, AT.far);
    const answered = await described(near, /^SIP\/2.0 200/);
    assert.equal(answered.address, AT.near);
    for (let number = 0; number < 50; number += 1) {
      town.caller.send(packet(number), answered);
      await sleep(20);
    }
    await until('the caller hears its echo', () => town.caller.heard.length >= 45);
    assert.ok(town.callee.heard.every(({ from }) => from.address === AT.far && from.port === offered.port));
    assert.ok(town.caller.heard.every(({ from }) => from.address === AT.near && from.port === answered.port));
    // Octet for octet, under the numbers of their source: others tell SSRCs for us.
    const { packet: echo } = town.caller.heard[10];
    const number = echo.readUInt16BE(2) - 1000;
    assert.deepEqual(echo.subarray(1), packet(number).subarray(1));
  });
});

test('kamailio: towards a phone that encrypts the offer has keys and no plain profile', async () => {
  const town = await proxied('interop-proxy-srtp', `${FLAGS} RTP/SAVP`);
  try {
    const far = sipp(town.stage, town.here, 'callee', {
      at: `${AT.callee}:5060`,
      scenario: scenario('callee', [hears('INVITE', { rrs: true }), callee.answer('180 Ringing'), callee.answer('488 Not Acceptable Here', { retrans: true }), hears('ACK')]),
    });
    await far.ready();
    const near = sipp(town.stage, town.here, 'caller', {
      at: `${AT.caller}:5060`,
      to: `${AT.proxy}:5060`,
      scenario: scenario('caller', [caller.request('INVITE', { text: sdp() }), gets(100, { optional: true }), gets(180), gets(488), caller.within('ACK', { cseq: 1 })]),
    });
    const offered = await described(far, /^INVITE /);
    assert.match(offered.text, /^m=audio \d+ RTP\/SAVP 0 8 101\r?$/m);
    assert.match(offered.text, /^a=crypto:\d+ AES_CM_128_HMAC_SHA1_80 inline:/m);
    await Promise.all([near.done(), far.done()]);
  } finally {
    await town.end();
  }
});
