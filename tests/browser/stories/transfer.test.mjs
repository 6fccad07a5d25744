// A page hands its call on, blind and after a word with the third: the desk phone and another page talk with each other then.
import { after, before, beforeEach, describe, test } from 'node:test';
import { deskHears, pageHears } from '../kit/ears.mjs';
import { DOMAIN } from '../kit/kamailio.mjs';
import { company, registered, TONES } from '../kit/town.mjs';

// A server that asks everyone for credentials lets nobody else call in the desk phone's name: Margrave hands the REFER on to it. A
// server that trusts Margrave lets it call the third itself. An attended transfer works only so here: this phone does not know Replaces.
for (const trusted of [false, true]) {
  describe(`transfer, ${trusted ? 'carried out by Margrave' : 'handed on to the desk phone'}`, () => {
    let town;
    before(async () => {
      town = await company('transfer', { trusted });
    });
    after(() => town?.end());
    beforeEach(() => town.desk.forget());

    for (const stack of ['sipjs', 'jssip']) {
      const talk = async () => {
        const [alice, bob] = [await registered(town, stack, 'alice'), await registered(town, stack, 'bob')];
        await alice.do('call', `sip:desk@${DOMAIN}`);
        await town.desk.rings();
        await town.desk.accept();
        await alice.sees('established');
        await pageHears(alice, TONES.desk);
        return [alice, bob];
      };
      const together = async (alice, bob) => {
        await pageHears(bob, TONES.desk);
        await deskHears(town.desk, TONES.bob);
        await alice.sees('told', 200);
        await alice.sees('terminated');
        await bob.do('hangup');
        await town.desk.isFree();
        await alice.close();
        await bob.close();
      };

      test(`${stack}: blind, bob rings and talks with the desk phone, and alice's call is over`, async () => {
        const [alice, bob] = await talk();
        await alice.do('transfer', `sip:bob@${DOMAIN}`);
        await bob.sees('ringing');
        await bob.do('answer');
        await bob.sees('established');
        await together(alice, bob);
      });

      if (!trusted) continue;
      test(`${stack}: attended, bob has talked with alice and then talks with the desk phone, and both of alice's calls are over`, async () => {
        const [alice, bob] = await talk();
        await alice.do('hold', true);
        await alice.do('call', `sip:bob@${DOMAIN}`);
        await bob.sees('ringing');
        await bob.do('answer');
        await bob.sees('established');
        await pageHears(bob, TONES.alice);
        await alice.do('join');
        await together(alice, bob);
      });
    }
  });
}
