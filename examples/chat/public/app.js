// The chat in the browser: what it knows, what it sends and what it hears.

import { io } from "/static/socket.io.js";
import { createComposer } from "./composer.js";
import { createDrawers } from "./drawers.js";
import * as view from "./view.js";

const { byId } = view;
const ANSWER_WAIT = 10_000; // How long a message may go without an answer, in ms.
const TYPING_LIFE = 6_000; // How long "is typing" is believed without being said again, in ms.
const POSTS_KEPT = 300;

const me = { nick: "", token: randomKey() };
const rooms = new Map(); // The rooms this window is in, by name.
let openRooms = []; // All rooms, as the server lists them.
let current = null; // The room on the screen.
let ready = false; // Connected, and back in all rooms.

const socket = io({
  autoConnect: false,
  auth: (answer) => answer(me),
  // WebSocket at once: a refused nickname ends the connection, which would cut an upgrade in two.
  transports: ["websocket", "polling"],
  tryAllTransports: true,
  reconnectionDelay: 500,
  reconnectionDelayMax: 4_000,
});
const drawers = createDrawers();
const composer = createComposer({ onSend: send, onTyping: sayTyping });
const actions = { onRetry: deliver, onOpenPicture: openPicture, onPictureLoaded: () => keepAtEnd(wasAtEnd) };
let wasAtEnd = true;

// ---- connection

socket.on("connect", async () => {
  const names = rooms.size ? [...rooms.keys()] : [byId("room").value];
  for (const name of names) {
    if (!(await enter(name))) return;
  }
  ready = true;
  showConnection();
  for (const room of rooms.values()) {
    for (const post of room.posts.filter((post) => post.state === "waiting")) await deliver(post);
  }
});

socket.on("connect_error", (error) => {
  if (error.data?.field) {
    signOut(); // Refused: somebody else has the name by now.
    showJoinError(error.data.field, error.message);
  } else if (!rooms.size) {
    byId("join-status").textContent = "The server cannot be reached. Trying again…";
  }
});

socket.on("disconnect", (reason) => {
  ready = false;
  if (reason === "io server disconnect") {
    signOut();
    showJoinError("nick", "You joined from another window.");
  } else if (reason !== "io client disconnect") {
    for (const room of rooms.values()) room.typing.clear();
    if (current) drawTyping(current);
    showConnection();
  }
});

function showConnection() {
  byId("banner").textContent = ready ? "" : "Connection lost. Trying to reconnect…";
  byId("self-state").textContent = ready ? "Online" : "Offline";
  byId("app").classList.toggle("offline", !ready);
}

async function ask(event, fields) {
  try {
    return await socket.timeout(ANSWER_WAIT).emitWithAck(event, fields);
  } catch {
    return { error: "The server did not answer.", field: "connection" };
  }
}

// ---- joining and leaving

byId("join").addEventListener("submit", (event) => {
  event.preventDefault();
  const { nick, room } = event.target.elements;
  view.drawFieldError(room, room.value.trim() ? "" : "Enter the name of a room.");
  view.drawFieldError(nick, nick.value.trim() ? "" : "Enter a nickname.");
  if (!nick.value.trim() || !room.value.trim()) return;
  me.nick = nick.value;
  byId("join-status").textContent = "Joining…";
  socket.connect();
});

function showJoinError(field, text) {
  byId("join-status").textContent = "";
  view.drawFieldError(byId(field === "room" ? "room" : "nick"), text);
}

/** Enter a room, for the first time or again after a lost connection. */
async function enter(name) {
  const answer = await ask("join", { room: name });
  if (answer.error) {
    if (current) return enterRefused(answer.error);
    socket.disconnect();
    showJoinError(answer.field, answer.error);
    return false;
  }
  me.nick = answer.nick;
  const known = rooms.get(answer.room);
  const room = known ?? { name: answer.room, posts: [], people: [], typing: new Map(), unread: 0 };
  rooms.set(room.name, room);
  room.people = answer.people;
  for (const post of answer.posts) receive(room, post, false);
  if (!current) showApp();
  if (!known || room === current) open(room);
  else drawRooms();
  return true;
}

function enterRefused(text) {
  if (ready) view.drawFieldError(byId("new-room-name"), text);
  else socket.disconnect().connect(); // No answer while coming back: start over.
  return false;
}

function showApp() {
  byId("join-status").textContent = "";
  byId("welcome").hidden = true;
  byId("app").hidden = false;
  byId("self-nick").textContent = me.nick;
  byId("self-avatar").replaceChildren(view.avatar(me.nick));
  drawers.update();
}

function signOut() {
  socket.disconnect();
  ready = false;
  current = null;
  for (const room of rooms.values()) room.posts.forEach(forget);
  rooms.clear();
  drawers.close();
  byId("join-status").textContent = "";
  byId("app").hidden = true;
  byId("welcome").hidden = false;
  byId("nick").focus();
  document.title = "Chat";
}

byId("sign-out").addEventListener("click", signOut);

// ---- rooms

socket.on("rooms", (list) => {
  openRooms = list;
  drawRooms();
});

socket.on("presence", ({ room: name, nick, change, people }) => {
  const room = rooms.get(name);
  if (!room) return;
  room.people = people;
  stopTyping(room, nick);
  addPost(room, { notice: `${nick} ${change}`, time: Date.now() });
  if (room === current) view.drawPeople(people, me.nick);
});

function open(room) {
  if (current) current.draft = composer.draft();
  const switched = current !== room;
  current = room;
  byId("room-title").textContent = room.name;
  byId("log").setAttribute("aria-label", `Messages in ${room.name}`);
  history.replaceState(null, "", `#${room.name}`);
  view.drawPosts(room.posts, actions);
  view.drawPeople(room.people, me.nick);
  drawTyping(room);
  markRead();
  drawers.close();
  if (switched) composer.open(room.name, room.draft ?? "");
}

function drawRooms() {
  view.drawRooms([...rooms.values()], openRooms.filter(({ name }) => !rooms.has(name)), current?.name, (name) => {
    const room = rooms.get(name);
    if (room) open(room);
    else enter(name);
  });
  byId("leave-room").hidden = rooms.size < 2;
  const unread = [...rooms.values()].reduce((sum, room) => sum + room.unread, 0);
  view.drawBadge(byId("all-unread"), unread);
  byId("show-rooms").setAttribute("aria-label", unread ? `Rooms, ${unread} unread` : "Rooms");
  if (current) document.title = `${unread ? `(${unread}) ` : ""}${current.name} · Chat`;
}

function markRead() {
  if (current && !document.hidden) current.unread = 0;
  drawRooms();
}

document.addEventListener("visibilitychange", markRead);

byId("new-room").addEventListener("submit", async (event) => {
  event.preventDefault();
  const input = byId("new-room-name");
  view.drawFieldError(input, input.value.trim() ? "" : "Enter the name of a room.");
  if (input.value.trim() && (await enter(input.value))) input.value = "";
});

byId("leave-room").addEventListener("click", async () => {
  const left = current;
  const answer = await ask("leave", { room: left.name });
  if (answer.error) return composer.fail(answer.error);
  rooms.delete(left.name);
  left.posts.forEach(forget);
  current = null;
  open(rooms.values().next().value);
});

// ---- messages

socket.on("post", (post) => {
  const room = rooms.get(post.room);
  if (room) receive(room, post, true);
});

function receive(room, post, fresh) {
  if (room.posts.some(({ id }) => id === post.id)) return;
  const own = room.posts.find((mine) => mine.mine && mine.key === post.key && post.nick === me.nick);
  if (own) return settle(own, { ...post });
  post.mine = post.nick === me.nick;
  post.state = "delivered";
  if (post.picture) post.url = URL.createObjectURL(new Blob([post.picture], { type: post.kind }));
  delete post.picture; // The browser keeps the blob; a second copy is not needed.
  stopTyping(room, post.nick);
  if (fresh && (room !== current || document.hidden)) room.unread += 1;
  if (fresh) addPost(room, post);
  else room.posts.push(post);
  if (fresh) drawRooms();
}

function addPost(room, post) {
  const previous = room.posts.at(-1);
  room.posts.push(post);
  if (room.posts.length > POSTS_KEPT) forget(room.posts.shift());
  if (room !== current) return;
  wasAtEnd = atEnd() || Boolean(post.mine);
  view.appendPost(post, previous, actions);
  post.node.classList.add("fresh");
  keepAtEnd(wasAtEnd);
  byId("jump").hidden = wasAtEnd;
}

function forget(post) {
  post.node?.remove();
  if (post.url) URL.revokeObjectURL(post.url);
}

function send(text, picture) {
  const post = { key: randomKey(), room: current.name, nick: me.nick, mine: true, text, time: Date.now(), picture };
  if (picture) post.url = URL.createObjectURL(picture);
  addPost(current, post);
  return deliver(post);
}

/** Send a post and wait for its acknowledgement. The server takes a key only once, so again is safe. */
async function deliver(post) {
  if (!ready) return setState(post, "waiting");
  setState(post, "sending");
  const { key, room, text } = post;
  const answer = post.picture
    ? await ask("picture", { key, room, text, picture: await post.picture.arrayBuffer() })
    : await ask("say", { key, room, text });
  if (!answer.error) return settle(post, answer);
  if (answer.field === "connection" && !ready) return setState(post, "waiting");
  if (post.state === "delivered") return; // The room's history had it first.
  post.error = answer.error;
  setState(post, "failed");
  byId("alert").textContent = `Message not sent. ${answer.error}`;
}

function settle(post, { id, time }) {
  Object.assign(post, { id, time, picture: undefined });
  setState(post, "delivered");
}

function setState(post, state) {
  post.state = state;
  view.drawState(post, actions);
}

// ---- typing

socket.on("typing", ({ room: name, nick, active }) => {
  const room = rooms.get(name);
  if (!room) return;
  stopTyping(room, nick);
  if (active) room.typing.set(nick, setTimeout(() => stopTyping(room, nick), TYPING_LIFE));
  if (room === current) drawTyping(room);
});

function stopTyping(room, nick) {
  clearTimeout(room.typing.get(nick));
  if (room.typing.delete(nick) && room === current) drawTyping(room);
}

function drawTyping(room) {
  view.drawTyping([...room.typing.keys()]);
}

function sayTyping(room, active) {
  if (ready && rooms.has(room)) socket.volatile.emit("typing", { room, active });
}

// ---- the log and the picture viewer

function atEnd() {
  const log = byId("log");
  return log.scrollHeight - log.scrollTop - log.clientHeight < 80;
}

function keepAtEnd(wanted) {
  if (wanted) byId("log").scrollTop = byId("log").scrollHeight;
}

byId("log").addEventListener("scroll", () => {
  if (!atEnd()) return;
  byId("jump").hidden = true;
});
byId("jump").addEventListener("click", () => {
  keepAtEnd(true);
  byId("text").focus();
});
new ResizeObserver(() => keepAtEnd(wasAtEnd)).observe(byId("log"));

function openPicture(post) {
  byId("viewer-image").src = post.url;
  byId("viewer-image").alt = post.text || `Picture from ${post.nick}`;
  byId("viewer-caption").textContent = post.text ? `${post.nick}: ${post.text}` : post.nick;
  byId("viewer").showModal(); // Escape closes it and gives the focus back.
}

byId("viewer-close").addEventListener("click", () => byId("viewer").close());
byId("viewer").addEventListener("click", (event) => {
  if (event.target === byId("viewer")) byId("viewer").close();
});

// ---- start

function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

try {
  if (location.hash.length > 1) byId("room").value = decodeURIComponent(location.hash.slice(1));
} catch {
  // Not a name that can be read: the form keeps its own.
}
