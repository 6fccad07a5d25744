// A carrier's call to the PBX, with SIPp at both far ends of the built binary.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { story } from '../kit/border.mjs';
import { callee, caller, gets, hears, keepDialog, must, mustNot, pause, scenario, sdp } from '../kit/scenario.mjs';
import { header } from '../kit/sipp.mjs';

const hangUp = { caller: (cseq = 2) => [caller.within('BYE', { cseq }), gets(200)], callee: [hears('BYE'), callee.again('200 OK')] };

story(test, 'a plain call', async (town) => {
  await town.call({
    caller: scenario('caller', [caller.request('INVITE', { text: sdp() }), gets(100, { optional: true }), gets(180), gets(200, { rrs: true, actions: [must('m=audio')] }), caller.within('ACK', { cseq: 1 }), pause(200), ...hangUp.caller()]),
    callee: scenario('callee', [hears('INVITE', { rrs: true, actions: [must('m=audio'), mustNot('127.0.3.10')] }), callee.answer('180 Ringing'), callee.answer('200 OK', { text: sdp(), retrans: true }), hears('ACK'), ...hangUp.callee]),
  });
});

story(test, 'p43 an INVITE without an offer is answered with one', async (town) => {
  await town.call({
    caller: scenario('caller', [caller.request('INVITE'), gets(100, { optional: true }), gets(180, { optional: true }), gets(200, { rrs: true, actions: [must('m=audio')] }), caller.within('ACK', { cseq: 1, text: sdp() }), pause(200), ...hangUp.caller()]),
    callee: scenario('callee', [hears('INVITE', { rrs: true, actions: [must('m=audio')] }), callee.answer('180 Ringing'), callee.answer('200 OK', { text: sdp(), retrans: true }), hears('ACK'), ...hangUp.callee]),
  });
});

story(test, 'p43 a re-INVITE without an offer is answered with one, and the other side hears nothing of it', async (town) => {
  const { carrier } = await town.call({
    caller: scenario('caller', [caller.request('INVITE', { text: sdp() }), gets(100, { optional: true }), gets(200, { rrs: true }), caller.within('ACK', { cseq: 1 }), pause(1200), ...hangUp.caller()]),
    callee: scenario('callee', [
      hears('INVITE', { rrs: true, actions: keepDialog }),
      callee.answer('200 OK', { text: sdp(), retrans: true }),
      hears('ACK'),
      callee.within('INVITE', { cseq: 1 }),
      gets(100, { optional: true }),
      gets(200, { actions: [must('m=audio')] }),
      callee.within('ACK', { cseq: 1, text: sdp({ version: 2 }) }),
      ...hangUp.callee,
    ]),
  });
  const heard = carrier.messages().filter((message) => !message.sent && /^INVITE /.test(message.text));
  assert.equal(heard.length, 0);
});

story(test, 'two phones ring with early media, and the caller hears the tag of one constant answer', async (town) => {
  const { carrier } = await town.call({
    caller: scenario('caller', [caller.request('INVITE', { text: sdp() }), gets(100, { optional: true }), gets(183), gets(183), gets(200, { rrs: true }), caller.within('ACK', { cseq: 1 }), pause(200), ...hangUp.caller()]),
    callee: scenario('callee', [
      hears('INVITE', { rrs: true }),
      callee.answer('183 Session Progress', { tag: 'one', text: sdp() }),
      callee.answer('183 Session Progress', { tag: 'two', text: sdp({ port: 40010 }) }),
      callee.answer('200 OK', { tag: 'two', text: sdp({ port: 40010 }), retrans: true }),
      hears('ACK'),
      ...hangUp.callee,
    ]),
  });
  const answers = carrier.messages().filter((message) => !message.sent && /^SIP\/2.0 (183|200)/.test(message.text) && /INVITE/.test(header(message.text, 'CSeq')[0]));
  assert.ok(answers.length >= 3);
  const tags = new Set(answers.map((message) => /;tag=([^;>\s]+)/.exec(header(message.text, 'To')[0])[1]));
  assert.equal(tags.size, 1, 'the To tag towards the caller is ours');
});
