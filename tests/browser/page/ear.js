// A voice (a sine in place of the microphone) and an ear (the samples of the far end's track), as this browser can have them.
import * as graph from './graph.js';
import * as recorder from './recorder.js';

export const { speak, listen, level, forget } = navigator.userAgent.includes('Firefox') ? recorder : graph;
