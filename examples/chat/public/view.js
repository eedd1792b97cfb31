// Draws the chat. Everything that people wrote is set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const GROUP = 4 * 60_000; // Posts of one person closer together than this, in ms, share one heading.
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export const byId = (id) => document.getElementById(id);

/** Build an element: properties that start with "aria-" or "data-" become attributes. */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-")) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

/** Make the children of a list match the items, keeping elements (and the focus) that stay. */
export function reconcile(list, items, keyOf, create, update) {
  const old = new Map([...list.children].map((node) => [node.dataset.key, node]));
  items.forEach((item, index) => {
    const key = keyOf(item);
    let node = old.get(key);
    old.delete(key);
    if (!node) {
      node = create(item);
      node.dataset.key = key;
    }
    update(node, item);
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
  for (const node of old.values()) node.remove();
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

function initials(nick) {
  const words = nick.split(/[\s._-]+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)].map((word) => [...word][0]) : [...nick].slice(0, 2);
  return letters.join("").toLocaleUpperCase();
}

/** The round sign of a person, in a colour that follows from the name. */
export function avatar(nick) {
  let hash = 7;
  for (const character of nick.toLowerCase()) hash = (Math.imul(hash, 31) + character.codePointAt(0)) >>> 0;
  const node = element("span", { className: "avatar", "aria-hidden": "true" }, initials(nick));
  node.style.setProperty("--hue", String(Math.imul(hash, 2654435761) >>> 23));
  return node;
}

export function drawRooms(mine, open, current, onOpen) {
  const create = (room) => {
    const badge = element("span", { className: "badge", hidden: true });
    const button = element("button", { type: "button" }, element("span", { className: "hash", "aria-hidden": "true" }, "#"), element("span", { className: "name" }, room.name), badge);
    button.addEventListener("click", () => onOpen(room.name));
    return element("li", {}, button);
  };
  reconcile(byId("my-rooms"), mine, (room) => room.name, create, (node, room) => {
    const button = node.firstChild;
    if (room.name === current) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    drawBadge(button.lastChild, room.unread);
    button.setAttribute("aria-label", room.unread ? `${room.name}, ${room.unread} unread` : room.name);
  });
  reconcile(byId("open-rooms"), open, (room) => room.name, create, (node, room) => {
    const count = node.firstChild.lastChild;
    count.hidden = false;
    count.className = "count";
    count.textContent = String(room.people);
    node.firstChild.setAttribute("aria-label", `Join ${room.name}, ${plural(room.people, "person", "people")}`);
  });
  byId("open-title").hidden = open.length === 0;
}

export function drawBadge(node, count) {
  node.hidden = count === 0;
  node.textContent = count > 99 ? "99+" : String(count);
}

export function drawPeople(people, me) {
  const create = (nick) =>
    element("li", {}, avatar(nick), element("span", { className: "name" }, nick), ...(nick === me ? [element("span", { className: "you" }, "you")] : []));
  reconcile(byId("people"), people, (nick) => nick, create, () => {});
  byId("room-count").textContent = plural(people.length, "person", "people");
}

export function drawTyping(nicks) {
  const last = nicks.at(-1);
  const texts = ["", `${last} is typing`, `${nicks[0]} and ${last} are typing`];
  byId("typing-text").textContent = texts[nicks.length] ?? "Several people are typing";
  byId("typing").classList.toggle("active", nicks.length > 0);
}

/** Draw all posts of a room at once; `quiet` keeps screen readers from reading out the past. */
export function drawPosts(posts, actions) {
  const log = byId("log");
  log.setAttribute("aria-live", "off");
  byId("posts").replaceChildren();
  posts.forEach((post, index) => appendPost(post, posts[index - 1], actions));
  byId("empty").hidden = posts.length > 0;
  log.scrollTop = log.scrollHeight;
  // One frame later the new text is no longer news.
  requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
}

export function appendPost(post, previous, actions) {
  const node = post.notice ? element("li", { className: "notice" }, post.notice) : postNode(post, previous, actions);
  post.node = node;
  byId("posts").append(node);
  byId("empty").hidden = true;
}

function postNode(post, previous, actions) {
  const follows = previous && !previous.notice && previous.nick === post.nick && post.time - previous.time < GROUP;
  const classes = ["post", post.mine && "mine", follows && "follows"].filter(Boolean).join(" ");
  const author = element("p", { className: "author" }, element("strong", {}, post.nick), " ", timeNode(post.time));
  const bubble = element("div", { className: "bubble" });
  if (post.url) bubble.append(pictureNode(post, actions));
  if (post.text) bubble.append(element("p", { className: "text" }, post.text));
  const node = element("li", { className: classes }, avatar(post.nick), element("div", { className: "body" }, author, bubble));
  if (post.mine) {
    node.lastChild.append(element("p", { className: "state" }));
    drawState(post, actions, node);
  }
  return node;
}

function timeNode(time) {
  return element("time", { dateTime: new Date(time).toISOString() }, clock.format(time));
}

function pictureNode(post, actions) {
  const description = post.text || `Picture from ${post.nick}`;
  const image = element("img", { src: post.url, alt: description });
  image.addEventListener("load", actions.onPictureLoaded, { once: true });
  const button = element("button", { type: "button", className: "picture", "aria-label": `Open picture: ${description}` }, image);
  button.addEventListener("click", () => actions.onOpenPicture(post));
  return button;
}

/** Show what became of an own post: sending, waiting, delivered or failed. */
export function drawState(post, actions, node = post.node) {
  const line = node?.querySelector(".state");
  if (!line) return;
  node.dataset.state = post.state;
  if (post.state === "failed") {
    const retry = element("button", { type: "button", className: "link" }, "Try again");
    retry.addEventListener("click", () => actions.onRetry(post));
    line.replaceChildren(`Not sent. ${post.error} `, retry);
  } else if (post.state === "delivered") {
    const tick = element("span", { className: "tick", "aria-hidden": "true" }, "✓");
    line.replaceChildren(timeNode(post.time), " ", tick, "Delivered");
  } else {
    line.replaceChildren(post.state === "waiting" ? "Waiting for the connection" : "Sending…");
  }
}

/** Show an error beside its field, or remove it. */
export function drawFieldError(input, text) {
  byId(`${input.id}-error`).textContent = text;
  if (text) {
    input.setAttribute("aria-invalid", "true");
    input.focus();
  } else {
    input.removeAttribute("aria-invalid");
  }
}

export function plural(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}
