// The torture messages of RFC 4475 and RFC 5118 against the built binary: the expected answer each, and it lives on.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AT, border } from '../kit/border.mjs';
import { datagrams, pages, streams } from '../kit/wires.mjs';

const messages = fileURLToPath(new URL('../../../proto/sip/message/tests/', import.meta.url));

/** From the PBX over UDP, from the PBX over TCP, from a page that has proved nothing over WebSocket. */
const RFC4475 = {
  badaspec: '400 400 400',
  badbranch: '404 404 403',
  baddate: '404 404 403',
  baddn: '400 400 400',
  // Its only Via cannot be read.
  badinv01: 'silence silence silence',
  badvers: '505 505 505',
  // A response to nothing of ours, as are the next ones that are met with silence.
  bcast: 'silence silence silence',
  bext01: '420 420 403',
  bigcode: 'silence silence silence',
  // On a stream the rest of the body is waited for.
  clerr: '400 silence 400',
  cparam01: '405 405 403',
  cparam02: '405 405 403',
  // On a stream what follows the body is no message, which ends the connection before an answer is sent.
  dblreq: '405 closed 403',
  esc01: '404 404 403',
  esc02: '501 501 403',
  escnull: '405 405 400',
  escruri: '400 400 400',
  // Nothing to build a response from.
  insuf: 'silence silence silence',
  intmeth: '501 501 403',
  // On a stream there is no way without Content-Length.
  inv2543: '404 400 403',
  invut: '415 415 403',
  longreq: '404 404 403',
  ltgtruri: '400 400 400',
  lwsdisp: '404 404 403',
  lwsruri: '400 400 400',
  lwsstart: '400 400 400',
  mcl01: '400 400 400',
  mismatch01: '400 400 400',
  mismatch02: '400 400 400',
  mpart01: '415 415 403',
  multi01: '400 400 400',
  ncl: '400 400 400',
  noreason: 'silence silence silence',
  novelsc: '416 416 403',
  quotbal: '400 400 400',
  regaut01: '405 405 403',
  regbadct: '400 400 400',
  regescrt: '405 405 403',
  scalar02: '400 400 400',
  scalarlg: 'silence silence silence',
  sdp01: '404 404 403',
  semiuri: '404 404 403',
  transports: '404 404 403',
  trws: '400 400 400',
  unkscm: '416 416 403',
  unksm2: '405 405 403',
  unreason: 'silence silence silence',
  // Its To has a tag.
  wsinv: '481 481 403',
  // For us it has arrived: nobody of that name is here.
  zeromf: '404 404 403',
};
const RFC5118 = {
  // As a datagram it is answered at the port of its Via (RFC 3261 §18.2.2).
  'ipv4-mapped-ipv6': 'silence 404 403',
  'ipv6-bad': '400 400 400',
  'ipv6-bug-abnf-3-colons': '400 400 400',
  'ipv6-correct-abnf-2-colons': '404 404 403',
  'ipv6-good': '405 405 403',
  'ipv6-in-sdp': '404 404 403',
  // The same.
  'mult-ip-in-header': 'silence 481 403',
  'mult-ip-in-sdp': '404 404 403',
  'port-ambiguous': '405 405 403',
  'port-unambiguous': '405 405 403',
  'via-received-param-no-delim': '200 200 403',
  'via-received-param-with-delim': '481 481 403',
};

/** Some share a branch, and within 32 s one would be the other's retransmission: each gets its own. */
const message = (rfc, name) => Buffer.from(readFileSync(`${messages}${rfc}/${name}.dat`, 'latin1').replace(/z9hG4bK(kdjuw|as3-111)/, `$&-${name}`), 'latin1');

const options = (at, number) =>
  Buffer.from(
    `OPTIONS sip:${AT.inside} SIP/2.0\r\nVia: SIP/2.0/${at};branch=z9hG4bKhealth${number};rport\r\nMax-Forwards: 70\r\nFrom: <sip:${AT.pbx}>;tag=h${number}\r\nTo: <sip:${AT.inside}>\r\nCall-ID: health${number}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`,
  );

/** `way` raises who sends the messages, and who asks for its health. */
const WAYS = [
  ['udp', 'udp', (pbx) => pbx],
  ['tcp', 'tcp', () => streams({ from: AT.pbx, to: `${AT.inside}:5060` })],
  ['ws', 'udp', () => pages({ from: '127.0.3.99', to: `${AT.outside}:18090` })],
];

for (const [column, [way, transport, sender]] of WAYS.entries()) {
  test(`${way}: each torture message is answered as it should be, and what comes after it is heard`, async () => {
    const town = await border(`torture-${way}`, { transport });
    try {
      const pbx = transport === 'udp' ? await datagrams(town.stage, { from: `${AT.pbx}:5060`, to: `${AT.inside}:5060` }) : streams({ from: AT.pbx, to: `${AT.inside}:5060` });
      const send = sender(pbx);
      const met = {};
      const due = {};
      let number = 0;
      for (const [rfc, table] of [['rfc4475', RFC4475], ['rfc5118', RFC5118]]) {
        const files = readdirSync(`${messages}${rfc}`).filter((file) => file.endsWith('.dat'));
        assert.deepEqual(files.map((file) => file.slice(0, -4)).sort(), Object.keys(table).sort());
        for (const [name, answers] of Object.entries(table)) {
          due[name] = answers.split(' ')[column];
          met[name] = await send(message(rfc, name));
          number += 1;
          assert.equal(await pbx(options(`${transport.toUpperCase()} ${AT.pbx}:5060`, number)), '200', `after ${name} an OPTIONS is answered`);
        }
      }
      assert.deepEqual(met, due);
    } finally {
      await town.end();
    }
  });
}
