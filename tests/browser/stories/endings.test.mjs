// What an operator and a power cut do: Margrave told to stop in mid-call, and the SIP server gone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deskHears, pageHears } from '../kit/ears.mjs';
import { DOMAIN } from '../kit/kamailio.mjs';
import { company, registered, TONES } from '../kit/town.mjs';

for (const signal of ['SIGTERM', 'SIGINT']) {
  describe(`${signal} in mid-call`, () => {
    let town;
    before(async () => {
      town = await company(`ending-${signal.toLowerCase()}`);
    });
    after(() => town?.end());

    test('says BYE on both sides, ends with 0 and frees its ports', async () => {
      const page = await registered(town, 'sipjs', 'alice');
      await page.do('call', `sip:desk@${DOMAIN}`);
      await town.desk.rings();
      await town.desk.accept();
      await page.sees('established');
      await pageHears(page, TONES.desk);
      await deskHears(town.desk, TONES.alice);

      town.desk.forget();
      process.kill(town.border.child.pid, signal);
      await page.sees('bye');
      await town.desk.isFree();
      assert.deepEqual(await town.border.exited, { code: 0, signal: null });
      await page.close();

      // The same ports, at once.
      await town.restart();
      const again = await registered(town, 'sipjs', 'alice');
      await again.close();
    });
  });
}

describe('the SIP server is gone', () => {
  let town;
  before(async () => {
    town = await company('no-server');
  });
  after(() => town?.end());

  test('calls and registrations are told 503 in bounded time, and the border lives on', async () => {
    const page = await registered(town, 'sipjs', 'alice');
    await town.server.stop();
    const asked = Date.now();
    await page.do('call', `sip:desk@${DOMAIN}`);
    assert.equal(await page.sees('rejected', undefined, 20_000), 503);
    assert.ok(Date.now() - asked < 15_000, `the page waited ${Date.now() - asked} ms`);
    const stranger = await town.browser.phone('jssip', 'bob');
    assert.equal(await stranger.do('start', town.account('bob')), 503);
    assert.match(town.border.output(), /server/i);
    assert.equal(town.border.child.exitCode, null);
  });
});
