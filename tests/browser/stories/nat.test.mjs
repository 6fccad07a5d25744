// The browser on the Internet, Margrave behind an ordinary router that forwards one TCP and one UDP port under other
// numbers than inside, the PBX and the phone in the inner network. Calls both ways, tones heard; and what a capture shows.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { browser } from '../kit/chromium.mjs';
import { deskHears, pageHears } from '../kit/ears.mjs';
import { DOMAIN } from '../kit/kamailio.mjs';
import { ADDRESS, PORTS } from '../kit/nat.mjs';
import { sleep } from '../kit/place.mjs';
import { behindRouter } from '../kit/street.mjs';
import { TONES } from '../kit/town.mjs';

describe('behind a router that forwards two ports', () => {
  let street, desk, chromium, lanChromium, sniffers, border;
  const account = (...words) => street.account(...words);

  before(async () => {
    street = await behindRouter('nat', {
      listen: (stage, places) => {
        sniffers = Object.fromEntries(['out', 'pbx', 'ph'].map((house) => [house, capture(stage, places[house], house)]));
      },
    });
    ({ desk, border } = street);
    chromium = await browser(street.stage, street.places.out);
    lanChromium = await browser(street.stage, street.places.lan);
  });
  after(() => street?.end());
  beforeEach(() => desk.forget());

  for (const stack of ['sipjs', 'jssip']) {
    test(`${stack}: out of the Internet to the desk phone and back, each hears the other`, async () => {
      const page = await chromium.phone(stack, 'alice');
      assert.equal(await page.do('start', account('alice')), 200);

      await page.do('call', `sip:desk@${DOMAIN}`);
      await desk.rings();
      await desk.accept();
      await page.sees('established');
      await pageHears(page, TONES.desk);
      await deskHears(desk, TONES.alice);
      const told = await page.do('candidates');
      assert.ok(told.length > 0 && told.every((line) => line.includes(`${ADDRESS.public} ${PORTS.publicUdp} `)), `candidates told: ${told}`);
      await page.do('hangup');
      await desk.isFree();

      desk.forget();
      await page.forgetEvents();
      await desk.dial(`sip:alice@${DOMAIN}`);
      await page.sees('ringing');
      await page.do('answer');
      await page.sees('established');
      await pageHears(page, TONES.desk);
      await deskHears(desk, TONES.alice);
      await desk.hangup();
      await page.sees('terminated');
      await page.close();
    });
  }

  test('a browser in the LAN is told the inner address, and each hears the other', async () => {
    const page = await lanChromium.phone('sipjs', 'bob');
    assert.equal(await page.do('start', account('bob', `${ADDRESS.border}:${PORTS.ws}`)), 200);
    await page.do('call', `sip:desk@${DOMAIN}`);
    await desk.rings();
    await desk.accept();
    await page.sees('established');
    await pageHears(page, TONES.desk);
    await deskHears(desk, TONES.bob);
    const told = await page.do('candidates');
    assert.ok(told.length > 0 && told.every((line) => line.includes(`${ADDRESS.border} ${PORTS.media} `)), `candidates told: ${told}`);
    await page.do('hangup');
    await desk.isFree();
    await page.close();
  });

  test('a capture outside shows nothing of the inner network, and the other way round', async () => {
    await sleep(500);
    const shown = Object.fromEntries(await Promise.all(Object.entries(sniffers).map(async ([house, sniffer]) => [house, await sniffer.text()])));
    const inner = headerValues(shown.pbx + shown.ph);
    const outer = headerValues(shown.out);
    assert.ok(inner.callIds.size > 0 && outer.callIds.size > 0, 'both sides carried SIP');
    // The LAN browser speaks to the border inside, so only what the PBX and the phone see counts as inner here.
    assert.ok(!/10\.77\.0\./.test(shown.out), `an inner address stands outside: ${around(shown.out, /10\.77\.0\./)}`);
    for (const house of ['pbx', 'ph']) {
      assert.ok(!/203\.0\.113\./.test(shown[house]), `an outer address stands inside: ${around(shown[house], /203\.0\.113\./)}`);
      assert.ok(!/\.invalid/.test(shown[house]), `a browser's host name stands inside: ${around(shown[house], /\.invalid/)}`);
    }
    for (const kind of ['callIds', 'tags', 'branches']) {
      const both = [...inner[kind]].filter((value) => outer[kind].has(value));
      assert.deepEqual(both, [], `${kind} seen on both sides`);
    }
    assert.ok(!/^record-route:/im.test(shown.out), 'a Record-Route of the inside stands outside');
    assert.ok(!/kamailio|baresip/i.test(shown.out), `inner software is named outside: ${around(shown.out, /kamailio|baresip/i)}`);
    assert.ok(!/sip\.js|jssip/i.test(shown.pbx), `the browser's software is named inside: ${around(shown.pbx, /sip\.js|jssip/i)}`);
  });

  test('the border says nothing of panics', () => {
    assert.ok(!/panicked/.test(border.output()), border.output().slice(-2000));
  });
});

/** Captures what a house sees, as text: frames of a browser are unmasked by tshark. */
function capture(stage, place, house) {
  const file = join(stage.folder, `${house}.pcap`);
  const sniffer = place.start(stage, `tcpdump-${house}`, ['tcpdump', '-i', 'eth0', '-U', '-s', '0', '-w', file], { stopWith: 'SIGINT' });
  return {
    async text() {
      await sniffer.stop();
      // All but the voices: the length of a G.711 packet, in the clear or in SRTP.
      const words = ['tshark', '-r', file, '-Y', '!(udp.length >= 180 && udp.length <= 200)', '-d', `tcp.port==${PORTS.publicTcp},http`, '-T', 'fields', '-e', 'websocket.payload.text', '-e', 'websocket.payload', '-e', 'udp.payload', '-e', 'tcp.payload'];
      const lines = place.run(words).split('\n');
      const hex = (words) => words.split(',').map((piece) => Buffer.from(piece.replaceAll(':', ''), 'hex').toString('latin1')).join('\n');
      return lines.map((line) => line.split('\t').map((field) => (/^[0-9a-f:,]+$/i.test(field) ? hex(field) : field.replaceAll('\\r\\n', '\n'))).join('\n')).join('\n');
    },
  };
}

function headerValues(text) {
  const all = (pattern) => new Set([...text.matchAll(pattern)].map((match) => match[1]));
  return { callIds: all(/^(?:call-id|i)\s*:\s*(\S+)/gim), tags: all(/;tag=([^;>\s]+)/g), branches: all(/branch=(z9hG4bK[^;\s,]+)/g) };
}

function around(text, pattern) {
  const at = text.search(pattern);
  return JSON.stringify(text.slice(Math.max(0, at - 200), at + 120));
}
