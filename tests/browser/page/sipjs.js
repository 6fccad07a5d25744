// A phone on SIP.js, with the face that the stories use.
import { Invitation, Inviter, Registerer, RegistererState, SessionState, UserAgent } from 'sip.js';
import { speakOnly } from './codecs.js';
import { forget, level, listen, speak } from './ear.js';

const state = { events: [], session: undefined, registered: undefined };
const note = (what, detail) => state.events.push({ what, detail, at: Date.now() });
let agent;
let registerer;

function adopt(session) {
  state.earlier = state.session;
  state.session = session;
  session.stateChange.addListener((now) => {
    note(now.toLowerCase());
    if (now === SessionState.Established) attach();
  });
  session.delegate = {
    onInvite: (request) => note('reinvited', request.body ?? ''),
    onBye: (bye) => {
      note('bye');
      bye.accept();
    },
    onCancel: () => note('cancelled'),
  };
}

function attach() {
  const connection = state.session.sessionDescriptionHandler.peerConnection;
  listen(new MediaStream(connection.getReceivers().map((receiver) => receiver.track)));
}

/** Connects again, registers again, and asks for a new way for the sound. */
async function move() {
  while (!agent.isConnected()) {
    await agent.reconnect().catch(() => new Promise((resolve) => setTimeout(resolve, 100)));
  }
  note('reconnected');
  const registered = new Promise((resolve) => {
    registerer.register({ requestDelegate: { onAccept: resolve, onReject: (response) => note('refused', response.message.statusCode) } });
  });
  await registered;
  note('registered again');
  state.session.sessionDescriptionHandlerOptionsReInvite = { offerOptions: { iceRestart: true } };
  await state.session.invite({ requestDelegate: { onAccept: () => note('restarted'), onReject: (response) => note('refused', response.message.statusCode) } });
}

function refer(session, target) {
  return session.refer(target, {
    onNotify: (notification) => {
      note('told', Number(/SIP\/2\.0 (\d+)/.exec(notification.request.body)?.[1]));
      notification.accept();
    },
    requestDelegate: { onAccept: (response) => note('referred', response.message.statusCode), onReject: (response) => note('refused', response.message.statusCode) },
  });
}

window.phone = {
  state,
  level,
  forget,
  /** `instance`: the UUID that outlives the page. `codecs`: all that it speaks. `roams`: when the network goes away, the page finds another way and takes its call along. */
  async start({ url, user, password, domain, tone, instance, codecs, roams = false }) {
    speak(tone);
    speakOnly(codecs);
    agent = new UserAgent({
      uri: UserAgent.makeURI(`sip:${user}@${domain}`),
      authorizationUsername: user,
      authorizationPassword: password,
      displayName: user,
      transportOptions: { server: url, connectionTimeout: 5 },
      sessionDescriptionHandlerFactoryOptions: { iceGatheringTimeout: 300 },
      logLevel: 'warn',
      ...(instance ? { instanceId: instance } : {}),
      delegate: {
        onInvite: (invitation) => {
          adopt(invitation);
          note('ringing', invitation.remoteIdentity.uri.toString());
        },
        onDisconnect: (error) => {
          note('disconnected', String(error ?? ''));
          if (error && roams) move();
        },
      },
    });
    await agent.start();
    registerer = new Registerer(agent, { expires: 120, ...(instance ? { regId: 1, instanceId: instance } : {}) });
    return new Promise((resolve) => {
      registerer.stateChange.addListener((now) => {
        if (now === RegistererState.Registered) {
          state.registered = 200;
          resolve(200);
        }
      });
      registerer.register({
        requestDelegate: {
          onReject: (response) => {
            state.registered = response.message.statusCode;
            resolve(response.message.statusCode);
          },
        },
      });
    });
  },
  async unregister() {
    await registerer.unregister();
  },
  async connectOnly({ url, user, domain, tone }) {
    speak(tone);
    agent = new UserAgent({ uri: UserAgent.makeURI(`sip:${user}@${domain}`), transportOptions: { server: url }, logLevel: 'warn' });
    await agent.start();
  },
  async call(target) {
    const inviter = new Inviter(agent, UserAgent.makeURI(target), { earlyMedia: true });
    adopt(inviter);
    await inviter.invite({
      requestDelegate: {
        onProgress: (response) => {
          note('progress', response.message.statusCode);
          if (response.message.body) attach();
        },
        onReject: (response) => note('rejected', response.message.statusCode),
      },
    });
  },
  answer: () => state.session.accept(),
  decline: () => state.session.reject(),
  async hangup() {
    const session = state.session;
    if (session instanceof Inviter && session.state !== SessionState.Established) return session.cancel();
    if (session instanceof Invitation && session.state === SessionState.Initial) return session.reject();
    return session.bye();
  },
  async hold(on = true) {
    const done = new Promise((resolve, reject) => {
      state.session.sessionDescriptionHandlerOptionsReInvite = { hold: on };
      state.session
        .invite({
          sessionDescriptionHandlerModifiers: [],
          requestDelegate: { onAccept: () => resolve(200), onReject: (response) => reject(new Error(`re-INVITE ${response.message.statusCode}`)) },
        })
        .catch(reject);
    });
    const answer = await done;
    note(on ? 'held' : 'resumed');
    return answer;
  },
  /** Blind: whoever is talked with shall call `target`. */
  async transfer(target) {
    await refer(state.session, UserAgent.makeURI(target));
  },
  /** Attended: whoever was talked with before shall talk with whoever is talked with now. */
  async join() {
    await refer(state.earlier, state.session);
  },
  direction: () => state.session.sessionDescriptionHandler.peerConnection.getTransceivers()[0].currentDirection,
  candidates: () => state.session.sessionDescriptionHandler.peerConnection.remoteDescription.sdp.match(/a=candidate:.*/g) ?? [],
  remoteSdp: () => state.session.sessionDescriptionHandler.peerConnection.remoteDescription.sdp,
  drop: () => agent.transport.disconnect(),
};
