// SIP.js in Firefox and a desk phone, through the binary and a real SIP server.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { deskDecodes, deskHears, deskIsSilent, pageHears, pageIsSilent } from '../kit/ears.mjs';
import { browser } from '../kit/firefox.mjs';
import { DOMAIN } from '../kit/kamailio.mjs';
import { behindRouter } from '../kit/street.mjs';
import { registered, TONES } from '../kit/town.mjs';

describe('sipjs in Firefox', () => {
  let town;
  before(async () => {
    town = await behindRouter('firefox');
    town.browser = await browser(town.stage, town.places.out);
    assert.match(town.browser.version, /firefox/i);
  });
  after(() => town?.end());
  beforeEach(() => town.desk.forget());

  test('the page calls the desk phone, and each hears the other, before, during and after a hold from either side', async () => {
    const page = await registered(town, 'sipjs', 'alice');
    await page.do('call', `sip:desk@${DOMAIN}`);
    await town.desk.rings();
    await town.desk.accept();
    await page.sees('established');
    await pageHears(page, TONES.desk);
    await deskDecodes(town.desk, TONES.alice);

    await page.do('hold', true);
    await pageIsSilent(page, TONES.desk);
    await page.do('hold', false);
    await pageHears(page, TONES.desk);
    await deskHears(town.desk, TONES.alice);

    await page.forgetEvents();
    await town.desk.hold();
    await page.sees('reinvited');
    await deskIsSilent(town.desk, TONES.alice);
    await page.forgetEvents();
    await town.desk.resume();
    await page.sees('reinvited');
    await pageHears(page, TONES.desk);
    await deskHears(town.desk, TONES.alice);

    await page.do('hangup');
    await page.sees('terminated');
    await town.desk.isFree();
    await page.close();
  });

  test('the desk phone calls the page, and each hears the other; the desk hangs up', async () => {
    const page = await registered(town, 'sipjs', 'alice');
    await town.desk.dial(`sip:alice@${DOMAIN}`);
    assert.match(await page.sees('ringing'), /desk/);
    await page.do('answer');
    await page.sees('established');
    await pageHears(page, TONES.desk);
    await deskDecodes(town.desk, TONES.alice);
    await town.desk.hangup();
    await page.sees('terminated');
    await page.close();
  });

  test('the page transfers the desk phone to another page, blind, and is free', async () => {
    const [alice, bob] = [await registered(town, 'sipjs', 'alice'), await registered(town, 'sipjs', 'bob')];
    await alice.do('call', `sip:desk@${DOMAIN}`);
    await town.desk.rings();
    await town.desk.accept();
    await alice.sees('established');
    await alice.do('transfer', `sip:bob@${DOMAIN}`);
    await bob.sees('ringing');
    await bob.do('answer');
    await bob.sees('established');
    await pageHears(bob, TONES.desk);
    await deskHears(town.desk, TONES.bob);
    await alice.sees('told', 200);
    await alice.sees('terminated');
    await alice.close();
    await bob.close();
  });
});
