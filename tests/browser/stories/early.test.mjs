// What is said before anyone picks up is heard: announcements, a carrier's own ringing tone. And JsSIP's session timer.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { announcer } from '../kit/announcer.mjs';
import { deskHears, pageHears } from '../kit/ears.mjs';
import { DOMAIN } from '../kit/kamailio.mjs';
import { sleep, until } from '../kit/place.mjs';
import { company, INSIDE, registered, TONES, USERS } from '../kit/town.mjs';

const TONE = 1200;

describe('early media and session timers', () => {
  let town, voice;
  before(async () => {
    town = await company('early');
    voice = await announcer(town.stage, { user: 'bob', password: USERS.bob, address: INSIDE.phone, port: 5072, rtp: 26000, server: town.server, tone: TONE });
  });
  after(() => town?.end());
  beforeEach(() => town.desk.forget());

  // JsSIP refreshes a session of 90 s, the shortest there is, after 45. Other stories go on meanwhile.
  test('the stories', { concurrency: true }, async (t) => {
    const timer = t.test("JsSIP's session is refreshed between it and Margrave alone, and the sound goes on", async () => {
      const page = await town.browser.phone('jssip', 'alice');
      assert.equal(await page.do('start', { ...town.account('alice'), timers: true }), 200);
      await page.do('call', `sip:desk@${DOMAIN}`);
      await town.desk.rings();
      await town.desk.accept();
      await page.sees('established');
      await pageHears(page, TONES.desk);
      const refreshed = ({ what, detail }) => (what === 'sent' || what === 'answered') && detail === 'UPDATE';
      await until('a refresh', async () => (await page.events()).some(refreshed), 60_000);
      await sleep(2000);
      assert.deepEqual((await page.events()).filter(({ what }) => what === 'terminated' || what === 'reinvited'), []);
      await pageHears(page, TONES.desk);
      await deskHears(town.desk, TONES.alice);
      const asked = town.server.askedInDialogs(INSIDE.border).filter((method) => method !== 'ACK');
      await page.do('hangup');
      await town.desk.isFree();
      await page.close();
      assert.ok(!asked.includes('UPDATE') && !asked.includes('INVITE'), `the server was asked ${asked}`);
    });

    for (const stack of ['sipjs', 'jssip']) {
      await t.test(`${stack}: an announcement is heard before anyone picks up, and after it`, async () => {
        const page = await registered(town, stack, 'alice');
        await page.do('call', `sip:bob@${DOMAIN}`);
        await page.sees('progress', 183);
        await pageHears(page, TONE);
        assert.ok(!(await page.events()).some(({ what }) => what === 'established'));
        voice.answer();
        await page.sees('established');
        await pageHears(page, TONE);
        await page.do('hangup');
        await page.sees('terminated');
        await page.close();
      });
    }
    await timer;
  });
});
