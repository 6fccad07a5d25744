// A page is reloaded, and a browser changes its network in mid-call.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { browser } from '../kit/chromium.mjs';
import { deskHears, pageHears } from '../kit/ears.mjs';
import { DOMAIN } from '../kit/kamailio.mjs';
import { ADDRESS } from '../kit/nat.mjs';
import { sleep, until } from '../kit/place.mjs';
import { behindRouter } from '../kit/street.mjs';
import { HEARD, registered, TONES } from '../kit/town.mjs';

/** How long the browser may hear nothing after it has a new address, in milliseconds. */
const SOON = 2000;

describe('a browser that moves', () => {
  let town;
  before(async () => {
    town = await behindRouter('moves');
    town.browser = await browser(town.stage, town.places.out);
  });
  after(() => town?.end());
  beforeEach(() => town.desk.forget());

  for (const stack of ['sipjs', 'jssip']) {
    test(`${stack}: a reloaded page takes the place of its own old contact, and a call rings there once`, async () => {
      const account = { ...town.account('alice'), instance: stack === 'sipjs' ? '7ba06bfb-b749-45d2-9ae5-2492899b83c9' : '8ba06bfb-b749-45d2-9ae5-2492899b83c9' };
      const page = await town.browser.phone(stack, 'alice');
      assert.equal(await page.do('start', account), 200);
      const before = town.server.contacts('alice').length;
      await page.page.reload();
      assert.equal(await page.do('start', account), 200);
      assert.equal(town.server.contacts('alice').length, before, town.server.contacts('alice').join(' '));
      await town.desk.dial(`sip:alice@${DOMAIN}`);
      await page.sees('ringing');
      await sleep(1000);
      assert.equal((await page.events()).filter(({ what }) => what === 'ringing').length, 1);
      await page.do('answer');
      await page.sees('established');
      await pageHears(page, TONES.desk);
      await page.do('hangup');
      await town.desk.isFree();
      await page.close();
    });
  }

  test('its address changes in mid-call: it is heard and hears again soon, and the server is asked nothing', async (t) => {
    const page = await town.browser.phone('sipjs', 'alice');
    assert.equal(await page.do('start', { ...town.account('alice'), roams: true }), 200);
    await page.do('call', `sip:desk@${DOMAIN}`);
    await town.desk.rings();
    await town.desk.accept();
    await page.sees('established');
    await pageHears(page, TONES.desk);
    await deskHears(town.desk, TONES.alice);
    const asked = town.server.askedInDialogs(ADDRESS.border).length;

    town.places.out.run(['ip', 'addr', 'flush', 'dev', 'eth0']);
    town.places.out.run(['ip', 'addr', 'add', '203.0.113.99/24', 'dev', 'eth0']);
    town.places.out.run(['ip', 'route', 'add', 'default', 'via', ADDRESS.public]);
    const moved = Date.now();
    // What other systems do by themselves: connections of an address that is gone are broken off.
    town.places.out.run(['sh', '-c', `ss -K dst ${ADDRESS.public} || true`]);
    await page.do('forget');
    await until('the page to hear again', async () => (await page.level(TONES.desk, 0.25)) > HEARD, 15_000).catch(async (error) => {
      throw new Error(`${error.message}: ${JSON.stringify(await page.events())} ${page.lines.slice(-10).join(' | ')}\n${town.border.output().slice(-2000)}`);
    });
    const silence = Date.now() - moved;
    t.diagnostic(`heard again ${silence} ms after the new address; ${(await page.events()).filter(({ at }) => at >= moved - 1000).map(({ what, at }) => `${what} ${at - moved}`).join(', ')}`);
    assert.ok(silence < SOON, `${silence} ms`);
    await page.sees('restarted');
    await deskHears(town.desk, TONES.alice);
    await pageHears(page, TONES.desk);
    assert.deepEqual(town.server.askedInDialogs(ADDRESS.border).slice(asked), []);

    await town.desk.hangup();
    await page.sees('bye');
    await page.close();
  });
});
