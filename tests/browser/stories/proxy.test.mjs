// Debian's Kamailio with its unmodified rtpengine module steers Margrave's media engine between Chromium and baresip.
import { after, before, beforeEach, describe, test } from 'node:test';
import { deskDecodes, pageHears } from '../kit/ears.mjs';
import { DOMAIN } from '../kit/kamailio.mjs';
import { proxied } from '../kit/proxy.mjs';
import { TONES } from '../kit/town.mjs';

describe('sipjs through Kamailio', () => {
  let town;
  let page;
  before(async () => {
    town = await proxied('sipjs-kamailio');
    page = await town.browser.phone('sipjs', 'alice');
    const status = await page.do('start', town.account('alice'));
    if (status !== 200) throw new Error(`alice could not register: ${status}; ${page.lines.slice(-10).join(' | ')}\n${town.kamailio.output().slice(-2000)}`);
  });
  after(() => town?.end());
  beforeEach(() => town.desk.forget());

  const told = async (play) => {
    try {
      await play();
    } catch (error) {
      throw new Error(`${error.message}\n\nmedia:\n${town.media.output().slice(-2500)}\n\nkamailio:\n${town.kamailio.output().slice(-2500)}`);
    }
  };

  test('the page calls the desk phone, and each hears the other', () =>
    told(async () => {
      await page.do('call', `sip:desk@${DOMAIN}`);
      await town.desk.rings();
      await town.desk.accept();
      await page.sees('established');
      await pageHears(page, TONES.desk);
      await deskDecodes(town.desk, TONES.alice);
      await page.do('hangup');
      await town.desk.isFree();
    }));

  test('the desk phone calls the page, and each hears the other', () =>
    told(async () => {
      await page.forgetEvents();
      await town.desk.dial(`sip:alice@${DOMAIN}`);
      await page.sees('ringing');
      await page.do('answer');
      await page.sees('established');
      await pageHears(page, TONES.desk);
      await deskDecodes(town.desk, TONES.alice);
      await town.desk.hangup();
      await page.sees('terminated');
    }));
});
