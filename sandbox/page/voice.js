// Voice messages: from the microphone, or a spoken sample where there is none.

import { h, icon } from "/sandbox/dom.js";
import { encoded } from "/sandbox/live.js";
import { ask } from "/sandbox/store.js";
import { duration } from "/sandbox/time.js";

const LONGEST_MS = 120_000;
const KINDS = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];

export function voiceButton(refuse) {
  let stop = null;
  const soFar = h("span", { class: "count", role: "timer", "aria-label": "Recorded" });
  const button = h("button", { class: "icon", "aria-label": "Record a voice message", onclick: () => press() }, icon("mic"));

  async function press() {
    if (stop) {
      stop();
      return;
    }
    try {
      const microphone = await opened();
      if (microphone) await send(await recorded(microphone));
      else await send(await (await fetch("/sandbox/sample.ogg")).blob());
    } catch (refused) {
      refuse(refused.message);
    }
  }

  /** A stream of the microphone; null where there is none, or it may not be used. */
  async function opened() {
    try {
      return await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      return null;
    }
  }

  function recorded(stream) {
    const recorder = new MediaRecorder(stream, { mimeType: KINDS.find((one) => MediaRecorder.isTypeSupported(one)) });
    const parts = [];
    recorder.ondataavailable = (event) => parts.push(event.data);
    button.classList.add("recording");
    button.setAttribute("aria-label", "Stop recording and send");
    const timer = setTimeout(() => stop?.(), LONGEST_MS);
    const started = performance.now();
    const tell = () => { soFar.textContent = duration(Math.floor((performance.now() - started) / 1000)); };
    const telling = setInterval(tell, 250);
    stop = () => recorder.stop();
    recorder.start();
    tell();
    return new Promise((resolve) => {
      recorder.onstop = () => {
        clearTimeout(timer);
        clearInterval(telling);
        soFar.textContent = "";
        stop = null;
        button.classList.remove("recording");
        button.setAttribute("aria-label", "Record a voice message");
        for (const track of stream.getTracks()) track.stop();
        resolve(new Blob(parts, { type: recorder.mimeType }));
      };
    });
  }

  async function send(blob) {
    const { data } = await encoded(new File([blob], "voice-message", { type: blob.type }));
    await ask("voice", { data });
  }

  return [soFar, button];
}
