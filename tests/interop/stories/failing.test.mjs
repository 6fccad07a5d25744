// What goes wrong before an answer: servers that refuse or are silent, callers that give up, limits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AT, story } from '../kit/border.mjs';
import { callee, caller, gets, hears, keep, keepDialog, must, mustNot, pause, scenario, sdp } from '../kit/scenario.mjs';

const over = { caller: (cseq) => [pause(200), caller.within('BYE', { cseq }), gets(200)], callee: [hears('BYE'), callee.again('200 OK')] };
const plain = {
  caller: [caller.request('INVITE', { text: sdp() }), gets(100, { optional: true }), gets(180, { optional: true }), gets(200, { rrs: true }), caller.within('ACK', { cseq: 1 })],
  callee: [hears('INVITE', { rrs: true, actions: keepDialog }), callee.answer('200 OK', { text: sdp(), retrans: true }), hears('ACK')],
};
const FIRST = 'z9hG4bKfirst[call_number]';
const refused = (status) => [caller.request('INVITE', { text: sdp(), branch: FIRST }), gets(100, { optional: true }), gets(status), caller.request('ACK', { branch: FIRST, once: true })];

/** Calls from the carrier go to the PBX and, should it fail, to the second one. */
const two = `[trunk.second]
address = "${AT.second}:PORT"
transport = "HOW"
network = "inside"
probe-seconds = 0

[[route]]
from = ["carrier"]
to = ["server", "second"]
silence-seconds = 1
`;

story(
  test,
  'a PBX that answers 503 is passed over, and the second one takes the call',
  async (town) => {
    const second = await town.waits('second', AT.second, scenario('second', [...plain.callee, ...over.callee]));
    await second.ready();
    await Promise.all([
      town.all([second]),
      town.call({ caller: scenario('caller', [...plain.caller, ...over.caller(2)]), callee: scenario('callee', [hears('INVITE'), callee.answer('503 Service Unavailable'), hears('ACK')]) }),
    ]);
  },
  { more: two },
);

story(
  test,
  'a PBX that says nothing is passed over in a second, and what it says too late disturbs nobody',
  async (town) => {
    const second = await town.waits('second', AT.second, scenario('second', [...plain.callee, ...over.callee]));
    await second.ready();
    await Promise.all([
      town.all([second]),
      town.call({
        caller: scenario('caller', [...plain.caller, pause(1500), ...over.caller(2)]),
        callee: scenario('callee', [hears('INVITE', { actions: keepDialog }), pause(2000), callee.late('486 Busy Here', { retrans: false }), hears('ACK'), pause(300)]),
      }),
    ]);
  },
  { more: two },
);

story(test, 'a redirection of the PBX is nothing to the carrier: it hears 480 and no address', (town) =>
  town.call({
    caller: scenario('caller', [caller.request('INVITE', { text: sdp(), branch: FIRST }), gets(100, { optional: true }), gets(480, { actions: [mustNot('127.0.2.')] }), caller.request('ACK', { branch: FIRST, once: true })]),
    callee: scenario('callee', [hears('INVITE'), callee.answer('302 Moved Temporarily', { headers: [`Contact: <sip:77@${AT.second}>`] }), hears('ACK')]),
  }),
);

story(test, 'a caller that gives up: the ringing telephone hears CANCEL with its reason, the caller 487', (town) =>
  town.call({
    caller: scenario('caller', [
      caller.request('INVITE', { text: sdp(), branch: FIRST }),
      gets(100, { optional: true }),
      gets(180),
      caller.request('CANCEL', { branch: FIRST, headers: ['Reason: SIP;cause=487;text="Changed my mind"'] }),
      gets(200, { actions: [must('CSeq: 1 CANCEL')] }),
      gets(487),
      caller.request('ACK', { branch: FIRST, once: true }),
    ]),
    callee: scenario('callee', [
      hears('INVITE', { actions: keepDialog }),
      callee.answer('180 Ringing'),
      hears('CANCEL'),
      callee.again('200 OK'),
      callee.late('487 Request Terminated'),
      hears('ACK'),
    ]),
  }),
);

story(test, 'a CANCEL and a 200 that cross: the telephone that answered is acknowledged and hung up, the caller hears 487', (town) =>
  town.call({
    caller: scenario('caller', [
      caller.request('INVITE', { text: sdp(), branch: FIRST }),
      gets(100, { optional: true }),
      gets(180),
      caller.request('CANCEL', { branch: FIRST }),
      gets(200, { actions: [must('CSeq: 1 CANCEL')] }),
      gets(487),
      caller.request('ACK', { branch: FIRST, once: true }),
    ]),
    callee: scenario('callee', [
      hears('INVITE', { rrs: true, actions: keepDialog }),
      callee.answer('180 Ringing'),
      hears('CANCEL'),
      callee.again('200 OK'),
      callee.late('200 OK', { text: sdp() }),
      hears('ACK'),
      hears('BYE'),
      callee.again('200 OK'),
    ]),
  }),
);

story(
  test,
  'more calls at once than the carrier may have: the next one hears 503 at once, and one more when the first is over',
  async (town) => {
    const pbx = await town.waits('pbx', AT.pbx, scenario('callee', [...plain.callee, ...over.callee]), { calls: 2, most: 4, seconds: 20 });
    await pbx.ready();
    const first = await town.calls('first', AT.carrier, scenario('caller', [...plain.caller, pause(1500), ...over.caller(2)]));
    await new Promise((resolve) => setTimeout(resolve, 700));
    const busy = await town.calls('next', AT.carrier, scenario('caller', refused(503)), { port: 5070 });
    await town.all([busy, first]);
    const third = await town.calls('third', AT.carrier, scenario('caller', [...plain.caller, ...over.caller(2)]), { port: 5080 });
    await town.all([third, pbx]);
  },
  { trunk: 'max-calls = 1' },
);

story(
  test,
  'more new calls in a second than the PBX may have: those beyond hear 503',
  async (town) => {
    const pbx = await town.waits('pbx', AT.pbx, scenario('callee', [...plain.callee, ...over.callee]), { calls: 1, most: 4 });
    await pbx.ready();
    const first = await town.calls('first', AT.carrier, scenario('caller', [...plain.caller, pause(800), ...over.caller(2)]));
    await new Promise((resolve) => setTimeout(resolve, 250));
    const next = await town.calls('next', AT.carrier, scenario('caller', refused(503)), { port: 5070 });
    await town.all([next, first, pbx]);
    assert.ok(true);
  },
  { server: 'calls-per-second = 1' },
);
