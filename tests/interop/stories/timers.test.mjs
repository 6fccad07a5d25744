// Session timers (RFC 4028), glare (RFC 3261 §14.1), refusals in mid-call.
import { test } from 'node:test';
import { border } from '../kit/border.mjs';
import { callee, caller, gets, hears, keepDialog, must, pause, scenario, sdp } from '../kit/scenario.mjs';

const over = { caller: (cseq) => [pause(200), caller.within('BYE', { cseq }), gets(200)], callee: [hears('BYE'), callee.again('200 OK')] };
const plain = {
  caller: [caller.request('INVITE', { text: sdp() }), gets(100, { optional: true }), gets(200, { rrs: true }), caller.within('ACK', { cseq: 1 })],
  callee: [hears('INVITE', { rrs: true, actions: keepDialog }), callee.answer('200 OK', { text: sdp(), retrans: true }), hears('ACK')],
};

function story(title, play) {
  for (const transport of ['udp', 'tcp']) {
    test(`${transport}: ${title}`, async () => {
      const town = await border(`timers-${transport}`, { transport });
      try {
        await play(town);
      } finally {
        await town.end();
      }
    });
  }
}

story('a session interval that is too brief is answered 422 with what would do', (town) =>
  town.call({
    caller: scenario('caller', [
      caller.request('INVITE', { headers: ['Supported: timer', 'Session-Expires: 30'], text: sdp(), branch: 'z9hG4bKbrief[call_number]' }),
      gets(100, { optional: true }),
      gets(422, { actions: [must('Min-SE: 90')] }),
      caller.request('ACK', { branch: 'z9hG4bKbrief[call_number]' }).replace(' retrans="500"', ''),
      caller.request('INVITE', { cseq: 2, headers: ['Supported: timer', 'Session-Expires: 90', 'Min-SE: 90'], text: sdp() }),
      gets(100, { optional: true }),
      gets(200, { rrs: true, actions: [must('Session-Expires: 90')] }),
      caller.within('ACK', { cseq: 2 }),
      ...over.caller(3),
    ]),
    callee: scenario('callee', [...plain.callee, ...over.callee]),
  }));

story('a callee that finds the interval too brief is asked again with a longer one', (town) =>
  town.call({
    caller: scenario('caller', [...plain.caller, ...over.caller(2)]),
    callee: scenario('callee', [
      hears('INVITE', { rrs: true, actions: [must('Session-Expires')] }),
      callee.answer('422 Session Interval Too Small', { headers: ['Min-SE: 7200'] }),
      hears('ACK'),
      hears('INVITE', { rrs: true, actions: [...keepDialog, must('Session-Expires: 7200')] }),
      callee.answer('200 OK', { headers: ['Require: timer', 'Session-Expires: 7200;refresher=uas'], text: sdp(), retrans: true }),
      hears('ACK'),
      ...over.callee,
    ]),
  }));

story('p41 a refresh by the callee is answered here, and the caller hears nothing of it', (town) =>
  town.call({
    caller: scenario('caller', [...plain.caller, pause(1000), ...over.caller(2)]),
    callee: scenario('callee', [
      ...plain.callee,
      callee.within('INVITE', { cseq: 1, headers: ['Supported: timer', 'Session-Expires: 1800;refresher=uac'], text: sdp() }),
      gets(100, { optional: true }),
      gets(200, { actions: [must('m=audio'), must('Session-Expires', 'interval')] }),
      callee.within('ACK', { cseq: 1 }),
      ...over.callee,
    ]),
  }));

story('two offers that cross: one is told 491, and both sides go on', (town) =>
  town.call({
    caller: scenario('caller', [
      ...plain.caller,
      hears('INVITE', { actions: [must('a=sendonly')] }),
      caller.within('INVITE', { cseq: 2, text: sdp({ version: 2, direction: 'inactive' }), branch: 'z9hG4bKglare[call_number]' }).replace(' retrans="500"', ''),
      gets(100, { optional: true }),
      gets(491),
      caller.within('ACK', { cseq: 2, branch: 'z9hG4bKglare[call_number]' }),
      pause(2500),
      ...over.caller(3),
    ]),
    callee: scenario('callee', [
      ...plain.callee,
      callee.within('INVITE', { cseq: 1, text: sdp({ version: 2, direction: 'sendonly' }) }),
      gets(100, { optional: true }),
      hears('BYE'),
      callee.again('200 OK'),
    ]),
  }));
