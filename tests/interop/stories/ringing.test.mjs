// What must be acknowledged or is agreed before the answer: PRACK (RFC 3262), UPDATE (RFC 3311).
import { test } from 'node:test';
import { story } from '../kit/border.mjs';
import { callee, caller, gets, hears, keep, keepDialog, must, mustNot, pause, scenario, sdp } from '../kit/scenario.mjs';

const over = { caller: (cseq) => [pause(200), caller.within('BYE', { cseq }), gets(200)], callee: [hears('BYE'), callee.again('200 OK')] };

story(test, 'p21 reliable ringing is acknowledged here, and a caller without PRACK hears plain ringing', (town) =>
  town.call({
    caller: scenario('caller', [caller.request('INVITE', { text: sdp() }), gets(100, { optional: true }), gets(183, { actions: [must('m=audio'), mustNot('100rel')] }), gets(200, { rrs: true }), caller.within('ACK', { cseq: 1 }), ...over.caller(2)]),
    callee: scenario('callee', [
      hears('INVITE', { rrs: true, actions: [...keepDialog, must('100rel')] }),
      callee.answer('183 Session Progress', { headers: ['Require: 100rel', 'RSeq: 77'], text: sdp() }),
      hears('PRACK', { actions: [must('RAck: 77 1 INVITE')] }),
      callee.again('200 OK'),
      callee.late('200 OK', { text: sdp() }),
      hears('ACK'),
      ...over.callee,
    ]),
  }));

story(test, 'a caller that requires it gets reliable ringing, and the 200 waits for its PRACK', (town) =>
  town.call({
    caller: scenario('caller', [
      caller.request('INVITE', { headers: ['Require: 100rel'], text: sdp() }),
      gets(100, { optional: true }),
      gets(183, { rrs: true, actions: [must('100rel'), keep('rseq', 'RSeq')] }),
      pause(300),
      caller.within('PRACK', { cseq: 2, headers: ['RAck:[$rseq] 1 INVITE'] }),
      gets(200, { actions: [must('CSeq: 2 PRACK')] }),
      gets(200, { rrs: true, actions: [must('CSeq: 1 INVITE')] }),
      caller.within('ACK', { cseq: 1 }),
      ...over.caller(3),
    ]),
    callee: scenario('callee', [hears('INVITE', { rrs: true, actions: keepDialog }), callee.answer('183 Session Progress', { text: sdp() }), callee.answer('200 OK', { text: sdp(), retrans: true }), hears('ACK'), ...over.callee]),
  }));

story(test, 'an UPDATE without a description is answered where it came, and one with a description reaches the other side', (town) =>
  town.call({
    caller: scenario('caller', [
      caller.request('INVITE', { text: sdp() }),
      gets(100, { optional: true }),
      gets(200, { rrs: true, actions: [must('UPDATE')] }),
      caller.within('ACK', { cseq: 1 }),
      caller.within('UPDATE', { cseq: 2 }),
      gets(200),
      caller.within('UPDATE', { cseq: 3, text: sdp({ version: 2, direction: 'sendonly' }) }),
      gets(200, { actions: [must('m=audio')] }),
      ...over.caller(4),
    ]),
    callee: scenario('callee', [
      hears('INVITE', { rrs: true, actions: keepDialog }),
      callee.answer('200 OK', { headers: ['Allow: INVITE, ACK, BYE, CANCEL, OPTIONS'], text: sdp(), retrans: true }),
      hears('ACK'),
      hears('INVITE', { actions: [must('a=(sendonly|inactive)')] }),
      callee.again('200 OK', { text: sdp({ version: 2, direction: 'recvonly' }), retrans: true }),
      hears('ACK'),
      ...over.callee,
    ]),
  }));

story(test, 'an offer answered in PRACK: a call without an offer gets one with the ringing, and its answer before the 200', (town) =>
  town.call({
    caller: scenario('caller', [
      caller.request('INVITE', { headers: ['Require: 100rel'] }),
      gets(100, { optional: true }),
      gets(183, { rrs: true, actions: [must('m=audio'), keep('rseq', 'RSeq')] }),
      caller.within('PRACK', { cseq: 2, headers: ['RAck:[$rseq] 1 INVITE'], text: sdp() }),
      gets(200, { actions: [must('CSeq: 2 PRACK')] }),
      gets(200, { rrs: true, actions: [must('CSeq: 1 INVITE')] }),
      caller.within('ACK', { cseq: 1 }),
      ...over.caller(3),
    ]),
    callee: scenario('callee', [hears('INVITE', { rrs: true, actions: [...keepDialog, must('m=audio')] }), callee.answer('183 Session Progress', { text: sdp() }), pause(700), callee.late('200 OK', { text: sdp() }), hears('ACK'), ...over.callee]),
  }));

story(test, 'before the answer an UPDATE is answered where it came, with a description or without, and ringing goes on', (town) =>
  town.call({
    caller: scenario('caller', [
      caller.request('INVITE', { headers: ['Require: 100rel'], text: sdp() }),
      gets(100, { optional: true }),
      gets(183, { rrs: true, actions: [must('m=audio'), keep('rseq', 'RSeq')] }),
      caller.within('PRACK', { cseq: 2, headers: ['RAck:[$rseq] 1 INVITE'] }),
      gets(200, { actions: [must('CSeq: 2 PRACK')] }),
      caller.within('UPDATE', { cseq: 3 }),
      gets(200, { actions: [must('CSeq: 3 UPDATE')] }),
      caller.within('UPDATE', { cseq: 4, text: sdp({ version: 2, port: 40004 }) }),
      gets(200, { actions: [must('CSeq: 4 UPDATE')] }),
      gets(200, { rrs: true, actions: [must('CSeq: 1 INVITE')] }),
      caller.within('ACK', { cseq: 1 }),
      ...over.caller(5),
    ]),
    callee: scenario('callee', [hears('INVITE', { rrs: true, actions: keepDialog }), callee.answer('183 Session Progress', { text: sdp() }), pause(1200), callee.late('200 OK', { text: sdp() }), hears('ACK'), ...over.callee]),
  }));
