// A page and a desk phone, through the binary and a real SIP server, with both libraries, over WS and WSS.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { deskDecodes, deskHears, deskIsSilent, pageHears, pageIsSilent } from '../kit/ears.mjs';
import { DOMAIN } from '../kit/kamailio.mjs';
import { company, registered, TONES, USERS } from '../kit/town.mjs';

const SETTINGS = [
  { stack: 'sipjs', transport: 'ws', serverTransport: 'udp' },
  { stack: 'jssip', transport: 'ws', serverTransport: 'tcp' },
  { stack: 'sipjs', transport: 'wss', serverTransport: 'tcp' },
  { stack: 'jssip', transport: 'wss', serverTransport: 'udp' },
];

for (const setting of SETTINGS) {
  const { stack, transport } = setting;
  describe(`${stack} over ${transport}, the server over ${setting.serverTransport}`, () => {
    let town;
    before(async () => {
      town = await company(`${stack}-${transport}`, setting);
    });
    after(() => town?.end());
    beforeEach(() => town.desk.forget());

    const called = async (page) => {
      await page.do('call', `sip:desk@${DOMAIN}`);
      await town.desk.rings();
      await town.desk.accept();
      await page.sees('established');
    };

    test('a wrong password is refused', async () => {
      const page = await town.browser.phone(stack, 'stranger');
      const status = await page.do('start', town.account('alice', 'not-the-password'));
      assert.ok([401, 403].includes(status), `registration answered ${status}`);
      await page.close();
    });

    test('an INVITE on a connection that has proved nothing gets 403', async () => {
      const page = await town.browser.phone(stack, 'stranger');
      await page.do('connectOnly', town.account('alice'));
      await page.do('call', `sip:desk@${DOMAIN}`);
      assert.equal(await page.sees('rejected'), 403);
      await page.close();
    });

    test('the page calls the desk phone, and each hears the other, before, during and after a hold from either side', async () => {
      const page = await registered(town, stack, 'alice');
      await called(page);
      await pageHears(page, TONES.desk);
      await deskDecodes(town.desk, TONES.alice);

      // Who holds may go on sending (music, for instance), and these pages do; who is held must not be heard.
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
      const page = await registered(town, stack, 'alice');
      await town.desk.dial(`sip:alice@${DOMAIN}`);
      const from = await page.sees('ringing');
      assert.match(from, /desk/);
      await page.do('answer');
      await page.sees('established');
      await pageHears(page, TONES.desk);
      await deskDecodes(town.desk, TONES.alice);
      await town.desk.hangup();
      await page.sees('terminated');
      await page.close();
    });

    test('a page calls a page, and each hears the other', async () => {
      const [alice, bob] = [await registered(town, stack, 'alice'), await registered(town, stack, 'bob')];
      await alice.do('call', `sip:bob@${DOMAIN}`);
      await bob.sees('ringing');
      await bob.do('answer');
      await Promise.all([alice.sees('established'), bob.sees('established')]);
      await pageHears(alice, TONES.bob);
      await pageHears(bob, TONES.alice);
      await bob.do('hangup');
      await alice.sees('terminated');
      await alice.close();
      await bob.close();
    });

    test('the page gives up while it rings, and the desk phone stops ringing', async () => {
      const page = await registered(town, stack, 'alice');
      await page.do('call', `sip:desk@${DOMAIN}`);
      await page.sees('progress', 180);
      await page.do('hangup');
      await page.sees('terminated');
      await town.desk.isFree();
      await page.close();
    });

    test('the desk phone declines, and the page is told so', async () => {
      const page = await registered(town, stack, 'alice');
      await page.do('call', `sip:desk@${DOMAIN}`);
      await town.desk.rings();
      await town.desk.hangup();
      const status = await page.sees('rejected');
      assert.ok(status >= 480, `declined with ${status}`);
      await page.close();
    });

    test('the page declines, and the desk phone is told so', async () => {
      const page = await registered(town, stack, 'alice');
      await town.desk.dial(`sip:alice@${DOMAIN}`);
      await page.sees('ringing');
      await page.do('decline');
      await town.desk.says(/480|486|603/);
      await page.close();
    });

    test('a tab closed in mid-call ends the call at the desk phone after the grace time', async () => {
      const page = await registered(town, stack, 'alice');
      await called(page);
      await deskHears(town.desk, TONES.alice);
      town.desk.forget();
      await page.close();
      await town.desk.isFree(40_000);
    });

    test('nothing of the passwords stands in the log', () => {
      for (const password of Object.values(USERS)) assert.ok(!town.border.output().includes(password));
    });
  });
}
