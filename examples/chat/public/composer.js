// The box that messages are written in: text, one picture, and the news that somebody is typing.

import { LIMIT, preparePicture } from "./pictures.js";
import { byId } from "./view.js";

const TYPING_AGAIN = 2_500; // "Is typing" is repeated this often, in ms,
const TYPING_PAUSE = 3_000; // and taken back after a pause of this length.

export function createComposer({ onSend, onTyping }) {
  const form = byId("composer");
  const text = byId("text");
  const file = byId("file");
  let room = "";
  let picture = null;
  let said = 0; // When "is typing" was last said; 0 when it was taken back.
  let pause;

  function fail(message) {
    byId("composer-error").textContent = message;
  }

  function grow() {
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
    form.classList.toggle("filled", Boolean(text.value.trim() || picture));
  }

  function stopTyping() {
    clearTimeout(pause);
    if (said) onTyping(room, false);
    said = 0;
  }

  function typing() {
    if (!text.value.trim()) return stopTyping();
    clearTimeout(pause);
    pause = setTimeout(stopTyping, TYPING_PAUSE);
    const now = Date.now();
    if (now - said < TYPING_AGAIN) return;
    said = now;
    onTyping(room, true);
  }

  async function attach(chosen) {
    fail("");
    if (!chosen) return;
    try {
      picture = await preparePicture(chosen);
    } catch (error) {
      return fail(error.message);
    }
    const image = byId("attachment-image");
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(picture);
    byId("attachment-size").textContent = `${Math.ceil(picture.size / 1024)} KB of ${LIMIT / 1024} KB. Write a caption, or just send.`;
    byId("attachment").hidden = false;
    grow();
    text.focus();
  }

  function detach() {
    picture = null;
    byId("attachment").hidden = true;
    file.value = "";
    grow();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const written = text.value.trim();
    if (!written && !picture) return text.focus();
    fail("");
    stopTyping();
    onSend(written, picture);
    text.value = "";
    detach();
    text.focus();
  });
  text.addEventListener("input", () => {
    grow();
    typing();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && picture) {
      detach();
      text.focus();
    }
  });
  byId("attach").addEventListener("click", () => file.click());
  file.addEventListener("change", () => attach(file.files[0]));
  byId("attachment-remove").addEventListener("click", () => {
    detach();
    text.focus();
  });
  text.addEventListener("paste", (event) => {
    const pasted = [...event.clipboardData.files].find(({ type }) => type.startsWith("image/"));
    if (!pasted) return;
    event.preventDefault();
    attach(pasted);
  });
  acceptDrops(attach);

  return {
    fail,
    draft: () => text.value,
    open(name, draft) {
      stopTyping();
      room = name;
      text.value = draft;
      text.placeholder = `Message #${name}`;
      document.querySelector("label[for=text]").textContent = `Message ${name}`;
      detach();
      fail("");
      text.focus();
    },
  };
}

function acceptDrops(attach) {
  const area = document.querySelector(".conversation");
  const sign = byId("drop");
  let depth = 0; // Enter and leave come for every element inside, too.
  const show = (change) => {
    depth = Math.max(0, depth + change);
    sign.hidden = depth === 0;
  };
  const files = (event) => event.dataTransfer?.types.includes("Files");
  area.addEventListener("dragenter", (event) => files(event) && show(1));
  area.addEventListener("dragleave", (event) => files(event) && show(-1));
  area.addEventListener("dragover", (event) => files(event) && event.preventDefault());
  area.addEventListener("drop", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    show(-depth);
    attach(event.dataTransfer.files[0]);
  });
}
