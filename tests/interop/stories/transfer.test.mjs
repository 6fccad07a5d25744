// Transfers (RFC 3515, 5589, 3891): REFER from either side, to a stranger and into a call that stands.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../browser/kit/place.mjs';
import { AT, story } from '../kit/border.mjs';
import { callee, caller, eitherInvite, gets, hears, keepDialog, must, pause, scenario, sdp } from '../kit/scenario.mjs';
import { header } from '../kit/sipp.mjs';

const plain = {
  caller: [caller.request('INVITE', { text: sdp() }), gets(100, { optional: true }), gets(200, { rrs: true }), caller.within('ACK', { cseq: 1 })],
};
const answered = [callee.answer('200 OK', { text: sdp(), retrans: true }), hears('ACK')];
/** A NOTIFY of the transfer's progress, answered. */
const told = (pattern) => [hears('NOTIFY', { actions: [must(pattern), must('Subscription-State', 'state')] }), callee.again('200 OK')];
/** The PBX calls the carrier, and whoever begins with 7 at its second address. */
const setting = {
  more: `[trunk.second]
address = "${AT.second}:PORT"
transport = "HOW"
network = "inside"
probe-seconds = 0
number-form = "as-dialled"

[[route]]
from = ["server"]
called = ["7*"]
to = ["second"]

[[route]]
from = ["server"]
to = ["carrier"]
`,
};

/** Who refers: it is told how it goes, and then it is hung up. */
const referred = (request, words = ['100', '180', '200']) => [pause(300), request, gets(202), ...words.flatMap((word) => told(`SIP/2.0 ${word}`)), hears('BYE'), callee.again('200 OK')];
/** Who is called in its stead. */
const third = [callee.answer('180 Ringing'), callee.answer('200 OK', { text: sdp({ port: 40030 }), retrans: true }), hears('ACK'), hears('BYE'), callee.again('200 OK')];

story(test, 'a blind transfer by the PBX: its other user is called by us, the carrier hears nothing of it, and who referred is told and let go', async (town) => {
  const { carrier } = await town.call({
    twice: true,
    caller: scenario('caller', [...plain.caller, pause(2500), caller.within('BYE', { cseq: 2 }), gets(200)]),
    callee: scenario('callee', eitherInvite('Referred-By', [...answered, ...referred(callee.within('REFER', { cseq: 1, headers: [`Refer-To: <sip:77@${AT.inside}>`] }))], third)),
  });
  assert.equal(carrier.messages().filter((message) => !message.sent && /^(INVITE|REFER) /.test(message.text)).length, 0);
});

story(test, 'a transfer to somebody who is busy: who referred is told so, and the call stands as it was', (town) =>
  town.call({
    twice: true,
    caller: scenario('caller', [...plain.caller, pause(2500), caller.within('BYE', { cseq: 2 }), gets(200)]),
    callee: scenario('callee', eitherInvite('Referred-By', [...answered, ...referred(callee.within('REFER', { cseq: 1, headers: [`Refer-To: <sip:77@${AT.inside}>`] }), ['100', '486'])], [callee.answer('486 Busy Here'), hears('ACK')])),
  }),
);

story(
  test,
  'an attended transfer by the PBX: Replaces names a call of ours, and the two far ends talk with each other',
  async (town) => {
    // Whom the PBX asks first, in a call of its own.
    const second = await town.waits('second', AT.second, scenario('second', eitherInvite('Replaces:', [...answered, pause(3500), callee.within('BYE', { cseq: 1 }), gets(200)], third)), { calls: 2, most: 2 });
    await second.ready();
    const asking = await town.calls('asking', AT.pbx, scenario('asking', [...plain.caller, hears('BYE'), callee.again('200 OK')]), { to: AT.inside, service: '77', port: 5070 });
    const established = await until('the second call stands', () => asking.messages().find((message) => !message.sent && /^SIP\/2.0 200/.test(message.text)));
    const [, theirs] = /;tag=([^\s;>]+)/.exec(header(established.text, 'To')[0]);
    const [, ours] = /;tag=([^\s;>]+)/.exec(header(established.text, 'From')[0]);
    const replaces = `${encodeURIComponent(header(established.text, 'Call-ID')[0])}%3Bto-tag%3D${theirs}%3Bfrom-tag%3D${ours}`;
    await town.call({
      others: [second, asking],
      caller: scenario('caller', [...plain.caller, pause(2500), caller.within('BYE', { cseq: 2 }), gets(200)]),
      callee: scenario('callee', [hears('INVITE', { rrs: true, actions: keepDialog }), ...answered, ...referred(callee.within('REFER', { cseq: 1, headers: [`Refer-To: <sip:77@${AT.inside}?Replaces=${replaces}>`] }))]),
    });
  },
  setting,
);
