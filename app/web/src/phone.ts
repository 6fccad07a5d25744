// The telephone: SIP.js behind a small face, without a word about the page.

import {
  type Invitation,
  Inviter,
  type Session,
  SessionState,
  Registerer,
  RegistererState,
  UserAgent,
  Web,
} from "sip.js";
import type { IncomingResponse } from "sip.js/lib/core";
import type { Source } from "./sound";

export interface Account {
  user: string;
  password: string;
  domain: string;
}

export type Registration =
  | { state: "offline" | "connecting" | "registering" | "registered" }
  | { state: "refused"; status: number; reason: string }
  | { state: "lost"; seconds: number };

/** How a call stands. `status` is the SIP status that ended it, if one did. */
export type Call =
  | { state: "idle"; status?: number; reason?: string }
  | { state: "calling" | "progress" | "incoming" | "talking" | "ending" };

export interface Events {
  registration(now: Registration): void;
  call(now: Call, peer: string): void;
  /** Sound of the far end can be played and measured from here on. */
  far(stream: MediaStream): void;
  /** What we send. */
  near(source: Source): void;
  media(state: "connected" | "failed"): void;
  hold(held: boolean): void;
}

/** Seconds between attempts to get a lost connection back; the last one stays. */
const PATIENCE = [1, 2, 4, 8, 15];
/** When the server is away and does not say for how long. */
const RETRY_SECONDS = 10;

export class Phone {
  private agent: UserAgent | undefined;
  private registerer: Registerer | undefined;
  private session: Session | undefined;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wanted = false;
  private asking = false;
  private held = false;
  private muted = false;

  constructor(
    private readonly server: string,
    private readonly source: () => Promise<Source>,
    private readonly events: Events,
  ) {
    addEventListener("online", () => {
      if (this.wanted && !this.agent?.isConnected()) {
        this.attempts = 0;
        this.again(0);
      }
    });
  }

  /** Connects and registers, and keeps both up until `signOut`. */
  async signIn(account: Account): Promise<void> {
    await this.signOut();
    const uri = UserAgent.makeURI(`sip:${account.user}@${account.domain}`);
    if (uri === undefined) {
      this.events.registration({ state: "refused", status: 400, reason: "Bad address" });
      return;
    }
    const agent = new UserAgent({
      uri,
      authorizationUsername: account.user,
      authorizationPassword: account.password,
      displayName: account.user,
      transportOptions: { server: this.server, connectionTimeout: 8 },
      sessionDescriptionHandlerFactory: Web.defaultSessionDescriptionHandlerFactory(async () => {
        const source = await this.source();
        this.events.near(source);
        return source.stream;
      }),
      // Margrave is reached directly: no STUN server need be asked, so gathering ends at once.
      sessionDescriptionHandlerFactoryOptions: {
        iceGatheringTimeout: 1000,
        peerConnectionConfiguration: { iceServers: [], bundlePolicy: "max-bundle" },
      },
      logBuiltinEnabled: new URLSearchParams(location.search).has("trace"),
      logLevel: "debug",
      delegate: {
        onConnect: () => {
          this.attempts = 0;
          void this.register();
        },
        onDisconnect: (error) => {
          if (error !== undefined) {
            this.lost();
          }
        },
        onInvite: (invitation) => this.ring(invitation),
      },
    });
    this.agent = agent;
    this.registerer = new Registerer(agent, { expires: 300 });
    this.registerer.stateChange.addListener((state) => {
      // A refresh in the background was refused: ask once more, and tell what comes of it.
      if (state === RegistererState.Unregistered && this.wanted && !this.asking && agent.isConnected()) {
        void this.register();
      }
    });
    this.wanted = true;
    this.attempts = 0;
    this.events.registration({ state: "connecting" });
    try {
      await agent.start();
    } catch {
      this.lost();
    }
  }

  /** Ends the call, unregisters and closes the connection. */
  async signOut(): Promise<void> {
    this.wanted = false;
    clearTimeout(this.timer);
    const { agent } = this;
    this.agent = undefined;
    this.registerer = undefined;
    if (agent !== undefined) {
      // Ends sessions with BYE, unregisters, then closes; it waits for the answers, but not forever.
      await Promise.race([agent.stop().catch(() => undefined), after(2000)]);
      this.events.registration({ state: "offline" });
    }
  }

  private async register(): Promise<void> {
    const { registerer } = this;
    if (registerer === undefined) {
      return;
    }
    this.events.registration({ state: "registering" });
    this.asking = true;
    try {
      await registerer.register({
        requestDelegate: {
          onAccept: () => {
            this.asking = false;
            this.events.registration({ state: "registered" });
          },
          onReject: (response) => {
            this.asking = false;
            this.refused(response);
          },
        },
      });
    } catch {
      // One is under way already: its answer will do.
    }
  }

  private refused(response: IncomingResponse): void {
    if (this.agent?.isConnected() !== true) {
      // SIP.js answers itself when the connection is gone; that is told already.
      return;
    }
    const { statusCode, reasonPhrase } = response.message;
    this.events.registration({
      state: "refused",
      status: statusCode ?? 0,
      reason: reasonPhrase ?? "",
    });
    // Our fault stays our fault; the server's may pass.
    if ((statusCode ?? 0) >= 500 || statusCode === 408) {
      const told = Number.parseInt(response.message.getHeader("Retry-After") ?? "", 10);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.register(), (told > 0 ? told : RETRY_SECONDS) * 1000);
    }
  }

  private lost(): void {
    if (!this.wanted) {
      return;
    }
    const seconds = PATIENCE[Math.min(this.attempts, PATIENCE.length - 1)] ?? 15;
    this.attempts += 1;
    this.events.registration({ state: "lost", seconds });
    this.again(seconds);
  }

  private again(seconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.events.registration({ state: "connecting" });
      this.agent?.reconnect().catch(() => this.lost());
    }, seconds * 1000);
  }

  /** Calls a name, a number or a whole SIP address. `false`: it is none. */
  async call(target: string, domain: string): Promise<boolean> {
    const { agent } = this;
    if (agent === undefined || this.session !== undefined) {
      return true;
    }
    const bare = target.trim().replace(/^sips?:/i, "");
    const address = bare.includes("@") ? bare : `${encodeURIComponent(bare)}@${domain}`;
    const uri = bare === "" ? undefined : UserAgent.makeURI(`sip:${address}`);
    if (uri === undefined) {
      return false;
    }
    const inviter = new Inviter(agent, uri, { earlyMedia: true });
    this.adopt(inviter, bare);
    this.events.call({ state: "calling" }, bare);
    let status: number | undefined;
    let reason: string | undefined;
    this.outcome = () => ({ status, reason });
    try {
      await inviter.invite({
        requestDelegate: {
          onProgress: () => this.events.call({ state: "progress" }, bare),
          onReject: (response) => {
            status = response.message.statusCode;
            reason = response.message.reasonPhrase;
          },
        },
      });
    } catch (error) {
      reason = String(error);
      this.ended(bare);
    }
    return true;
  }

  private outcome: () => { status?: number; reason?: string } = () => ({});

  private ring(invitation: Invitation): void {
    if (this.session !== undefined) {
      void invitation.reject({ statusCode: 486 });
      return;
    }
    const { displayName, uri } = invitation.remoteIdentity;
    const peer = displayName !== "" ? displayName : (uri.user ?? uri.host);
    this.adopt(invitation, peer);
    this.outcome = () => ({});
    this.events.call({ state: "incoming" }, peer);
  }

  private adopt(session: Session, peer: string): void {
    this.session = session;
    this.held = false;
    this.muted = false;
    session.delegate = {
      onSessionDescriptionHandler: (handler) => this.watch(handler as Web.SessionDescriptionHandler),
    };
    session.stateChange.addListener((state) => {
      switch (state) {
        case SessionState.Established:
          this.events.call({ state: "talking" }, peer);
          break;
        case SessionState.Terminating:
          this.events.call({ state: "ending" }, peer);
          break;
        case SessionState.Terminated:
          this.ended(peer);
          break;
        default:
      }
    });
  }

  private ended(peer: string): void {
    if (this.session !== undefined) {
      this.session = undefined;
      // SIP.js tells the end first and its status right afterwards.
      queueMicrotask(() => this.events.call({ state: "idle", ...this.outcome() }, peer));
    }
  }

  private watch(handler: Web.SessionDescriptionHandler): void {
    handler.peerConnectionDelegate = {
      ontrack: () => this.events.far(handler.remoteMediaStream),
      onconnectionstatechange: () => {
        const state = handler.peerConnection?.connectionState;
        if (state === "connected" || state === "failed") {
          this.events.media(state);
        }
      },
    };
  }

  async accept(): Promise<void> {
    try {
      await (this.session as Invitation | undefined)?.accept();
    } catch {
      // The caller was faster; the session says so itself.
    }
  }

  /** Ends the call in the way that its state asks for: CANCEL, a refusal or BYE. */
  async hangUp(): Promise<void> {
    const { session } = this;
    try {
      if (session === undefined) {
        return;
      }
      if (session.state === SessionState.Established) {
        await session.bye();
      } else if (session instanceof Inviter) {
        await session.cancel();
      } else {
        await (session as Invitation).reject({ statusCode: 603 });
      }
    } catch {
      // It ended by itself meanwhile.
    }
  }

  async hold(held: boolean): Promise<void> {
    const { session } = this;
    if (session?.state !== SessionState.Established) {
      return;
    }
    const options: Web.SessionDescriptionHandlerOptions = { hold: held };
    session.sessionDescriptionHandlerOptionsReInvite = options;
    try {
      await session.invite({
        requestDelegate: {
          onAccept: () => {
            this.held = held;
            this.speak();
            this.events.hold(held);
          },
        },
      });
    } catch {
      // A renegotiation is under way; the button can be pressed again.
    }
  }

  mute(muted: boolean): void {
    this.muted = muted;
    this.speak();
  }

  private speak(): void {
    for (const sender of this.connection?.getSenders() ?? []) {
      if (sender.track !== null) {
        sender.track.enabled = !this.muted && !this.held;
      }
    }
  }

  /** In RTP, as RFC 4733 events: it works with every telephone and needs no other channel. */
  dtmf(tone: string): boolean {
    const handler = this.session?.sessionDescriptionHandler;
    return handler?.sendDtmf(tone, { duration: 160, interToneGap: 70 }) ?? false;
  }

  /** Whether the far end does not listen: it has put us on hold. */
  get heldByFar(): boolean {
    const direction = this.connection?.getTransceivers()[0]?.currentDirection;
    return !this.held && (direction === "recvonly" || direction === "inactive");
  }

  /** The call's media, for measuring. */
  get connection(): RTCPeerConnection | undefined {
    const handler = this.session?.sessionDescriptionHandler as Web.SessionDescriptionHandler | undefined;
    return handler?.peerConnection;
  }
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
