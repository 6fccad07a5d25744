// A page and a desk phone that have no codec in common: Margrave translates.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { deskHears, pageHears } from '../kit/ears.mjs';
import { DOMAIN } from '../kit/kamailio.mjs';
import { until } from '../kit/place.mjs';
import { company, HEARD, registered, TONES } from '../kit/town.mjs';

/** What the page speaks, what the desk phone speaks, and whether the wire's ear understands that. */
const PAIRS = [
  { page: ['audio/opus'], desk: 'PCMU/8000', plain: true },
  { page: ['audio/opus'], desk: 'PCMA/8000', plain: true },
  { page: ['audio/opus'], desk: 'G722/16000/1' },
  { page: ['audio/G722'], desk: 'PCMU/8000', plain: true },
  { page: ['audio/PCMU'], desk: 'G722/16000/1' },
];

for (const pair of PAIRS) {
  const names = `${pair.page.map((kind) => kind.split('/')[1])} and ${pair.desk.split('/')[0]}`;
  describe(`a page and a phone with nothing in common, ${names}`, () => {
    let town;
    before(async () => {
      town = await company(`codecs-${names.replaceAll(' ', '-')}`, { phone: { codecs: pair.desk } });
    });
    after(() => town?.end());
    beforeEach(() => town.desk.forget());

    const deskHearsAlice = async () => {
      if (pair.plain) await deskHears(town.desk, TONES.alice);
      // Baresip's own recording tells it of every codec.
      await until(`the desk decodes ${TONES.alice} Hz`, () => town.desk.decodes(TONES.alice) > HEARD, 8000).catch((error) => {
        throw new Error(`${error.message}: level ${town.desk.decodes(TONES.alice)}`);
      });
    };

    test('the page calls, and each hears the other', async () => {
      const page = await registered(town, 'sipjs', 'alice', { codecs: pair.page });
      await page.do('call', `sip:desk@${DOMAIN}`);
      await town.desk.rings();
      await town.desk.accept();
      await page.sees('established');
      await pageHears(page, TONES.desk);
      await deskHearsAlice();
      await page.do('hangup');
      await town.desk.isFree();
      await page.close();
    });

    test('the desk phone calls, and each hears the other', async () => {
      const page = await registered(town, 'jssip', 'alice', { codecs: pair.page });
      await town.desk.dial(`sip:alice@${DOMAIN}`);
      assert.match(await page.sees('ringing'), /desk/);
      await page.do('answer');
      await page.sees('established');
      await pageHears(page, TONES.desk);
      await deskHearsAlice();
      await town.desk.hangup();
      await page.sees('terminated');
      await page.close();
    });
  });
}
