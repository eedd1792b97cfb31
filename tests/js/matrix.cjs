// What every client must see, whatever its version, transport and parser.
// Argument: {"port"}. For each line of input everything is run, with what it says:
// {"path", "client": 4 | 3, "transport", "parser": "default" | "msgpack"}.
"use strict";

const readline = require("node:readline");
const {
  ask, assert, collect, config, configure, connect, connected, once, runAll, start, upgraded, within,
} = require("./harness.cjs");

const TEXT = "Grüße, мир, こんにちは, שלום, 👩‍👩‍👧‍👦🇪🇺, \u2028\u0000\u001e\"\\";
const BIGGEST = Number.MAX_SAFE_INTEGER;
const msgpack = () => config.parser === "msgpack";
const hex = (value) => `bytes:${Buffer.from(value).toString("hex")}`;
const tag = () => `${process.pid}-${Math.random()}`;
const buffer = (value) => Buffer.from(value instanceof ArrayBuffer ? value : new Uint8Array(value));

async function reasonOf(name) {
  const [[answer]] = await ask(await connect(), "reason", name);
  return answer;
}

// Answers each of `sockets` got, after a round trip behind the last thing that was sent to it.
async function settled(sockets) {
  for (const socket of sockets) await ask(socket, "echo");
}

function noted(sockets, event) {
  return sockets.map((socket) => {
    const seen = [];
    socket.on(event, (...args) => seen.push(...args));
    return seen;
  });
}

const SCENARIOS = {
  async "connects with auth, and both sides know the sid"() {
    const socket = await connect("/", { auth: { token: TEXT, more: null } });
    assert.match(socket.id, /^[\w-]{20}$/);
    assert.notEqual(socket.id, socket.io.engine.id, "the public sid must not be the session's id");
    const [who] = await ask(socket, "whoami");
    assert.equal(who.sid, socket.id);
    assert.deepEqual(who.auth, { token: TEXT, more: null });
  },

  async "ends up on the transport that it should"() {
    const socket = await connect();
    if (config.transport === "upgrade") await upgraded(socket);
    const expected = ["polling", "fallback"].includes(config.transport) ? "polling" : "websocket";
    assert.equal(socket.io.engine.transport.name, expected);
    const [who] = await ask(socket, "whoami");
    assert.equal(who.transport, expected);
  },

  async "sends arguments of every kind"() {
    const socket = await connect();
    const [[...got]] = await ask(
      socket, "describe", TEXT, null, true, 0, -1, BIGGEST, -BIGGEST, 1.5, "", [], {}, { a: [{ b: TEXT }] },
    );
    assert.deepEqual(got.slice(0, 3), [TEXT, null, true]);
    const numbers = [got[3], got[4], got[5], got[6], got[7]];
    assert.deepEqual(numbers, ["int:0", "int:-1", `int:${BIGGEST}`, `int:${-BIGGEST}`, "float:1.5"]);
    assert.deepEqual(got.slice(8), ["", [], {}, { a: [{ b: TEXT }] }]);
  },

  async "sends nested binary of every kind"() {
    const socket = await connect();
    const bytes = new Uint8Array([0, 30, 255, 52]);
    const [got] = await ask(
      socket, "describe", Buffer.from("buffer"), { deep: [bytes, { er: bytes.buffer }] }, Buffer.alloc(0), "text",
    );
    const same = hex(bytes);
    assert.deepEqual(got, [hex("buffer"), { deep: [same, { er: same }] }, hex(""), "text"]);
  },

  async "gets back what it sent"() {
    const socket = await connect();
    const sent = [TEXT, null, BIGGEST, -BIGGEST, 0.25, { list: [1, [2, [3]]], none: null }, false];
    assert.deepEqual(await ask(socket, "echo", ...sent), sent);
    const large = Buffer.alloc(100_000, "0123456789");
    const [back, after] = await ask(socket, "echo", large, "after");
    assert.ok(buffer(back).equals(large), "100,000 bytes came back changed");
    assert.equal(after, "after");
  },

  async "sends dates as the parser can"() {
    const socket = await connect();
    const date = new Date(Date.UTC(2024, 1, 29, 12, 30, 15, 250));
    const [[seen]] = await ask(socket, "describe", date);
    const expected = "2024-02-29T12:30:15.250";
    assert.equal(seen, msgpack() ? `datetime:${expected}000+00:00` : `${expected}Z`);
    const [back] = await ask(socket, "echo", date);
    assert.deepEqual(back, msgpack() ? date : date.toISOString());
  },

  async "acknowledgements: none, one, several, binary, and id 0"() {
    const socket = await connect();
    assert.equal(socket.ids, 0, "the first acknowledgement id must be 0");
    assert.deepEqual(await ask(socket, "nothing"), []);
    assert.equal(socket.ids, 1);
    assert.deepEqual(await ask(socket, "one"), [["a list", "is one argument"]]);
    assert.deepEqual(await ask(socket, "pair"), ["first", { second: 2 }]);
    const [first, { deep }] = await ask(socket, "blob");
    assert.deepEqual([first, ...deep].map((part) => buffer(part).toString("latin1")), ["\0\x01\xff", "", "more"]);
    const both = await Promise.all([ask(socket, "echo", 1), ask(socket, "echo", 2)]);
    assert.deepEqual(both, [[1], [2]]);
  },

  async "server emits several arguments, and binary"() {
    const socket = await connect();
    const text = once(socket, "text");
    socket.emit("to_me", "text", TEXT, null, { a: [1] });
    assert.deepEqual(await text, [TEXT, null, { a: [1] }]);
    const bytes = once(socket, "bytes");
    socket.emit("bytes_to_me");
    const [first, second, third] = await bytes;
    assert.deepEqual([...buffer(first)], [0, 30, 255]);
    assert.deepEqual(second.list.map((part) => buffer(part).toString()), ["", "view"]);
    assert.deepEqual([second.text, third], ["b\x1e4", null]);
    const none = once(socket, "none");
    socket.emit("to_me", "none");
    assert.deepEqual(await none, []);
  },

  async "server emits with a callback"() {
    const socket = await connect();
    socket.on("ask", (first, second, answer) => answer(first + second, Buffer.from("yes"), null));
    const answered = once(socket, "answered");
    socket.emit("ask_me", 40, 2);
    assert.deepEqual(await answered, [["int:42", hex("yes"), null]]);
  },

  async "server calls the client"() {
    const socket = await connect();
    socket.on("none", (answer) => answer());
    socket.on("sum", (a, b, answer) => answer(a + b));
    socket.on("pair", (answer) => answer(TEXT, new Uint8Array([1, 2])));
    assert.deepEqual(await ask(socket, "call_me", "none"), []);
    assert.deepEqual(await ask(socket, "call_me", "sum", 1, 2), ["int:3"]);
    assert.deepEqual(await ask(socket, "call_me", "pair"), [[TEXT, hex([1, 2])]]);
    assert.deepEqual(await ask(socket, "call_in_vain"), ["TimeoutError"]);
  },

  async "a call ends when the client leaves instead of answering"() {
    const [socket, other] = await Promise.all([connect(), connect()]);
    other.on("leave", () => other.disconnect());
    assert.deepEqual(await ask(socket, "call_other", other.id), ["TimeoutError"]);
  },

  async "broadcasts to rooms, once to each client, and skips"() {
    const room = (name) => `${name}-${process.pid}`;
    const [a, b, c] = await Promise.all([connect(), connect(), connect()]);
    assert.ok((await ask(a, "join", room("x"), room("y")))[0].includes(a.id));
    await ask(b, "join", room("y"));
    const all = [a, b, c];
    const seen = noted(all, "news");
    const send = (data, to, skip) => ask(c, "broadcast", "news", data, to, skip);
    await send("x", room("x"), null);
    await send("both", [room("x"), room("y")], null);
    await send("but a", [room("x"), room("y")], a.id);
    await send("but both", room("y"), [a.id, b.id]);
    await send("c alone", c.id, null);
    await send("nobody", room("empty"), null);
    await ask(a, "leave", room("y"));
    await send("y", room("y"), null);
    await settled(all);
    assert.deepEqual(seen, [["x", "both"], ["both", "but a", "y"], ["c alone"]]);
  },

  async "several namespaces share one connection"() {
    const root = await connect();
    const chat = root.io.socket("/chat", { auth: { from: "chat" } });
    const admin = root.io.socket("/admin");
    await Promise.all([chat, admin].map(connected));
    assert.equal(new Set([root.id, chat.id, admin.id]).size, 3, "sids must differ by namespace");
    for (const socket of [root, chat, admin]) {
      const [who] = await ask(socket, "whoami");
      assert.deepEqual([who.sid, who.namespace], [socket.id, socket.nsp]);
    }
    const seen = noted([root, chat, admin], "news");
    await ask(chat, "broadcast", "news", Buffer.from("to chat"), chat.id, null);
    await settled([root, chat, admin]);
    assert.deepEqual(seen.map((list) => list.length), [0, 1, 0]);
    const left = once(chat, "disconnect");
    chat.emit("kick", false);
    assert.equal((await left)[0], "io server disconnect");
    assert.deepEqual(await ask(admin, "echo", "alive"), ["alive"]);
    assert.equal(root.connected, true);
    chat.connect();
    await connected(chat);
    assert.deepEqual(await ask(chat, "echo", "again"), ["again"]);
    admin.disconnect();
    chat.disconnect();
    root.disconnect();
  },

  async "a refused client is told the message and the data"() {
    const told = {
      bare: ["Connection rejected by server", undefined],
      false: ["Connection rejected by server", undefined],
      message: ["not today", undefined],
      data: ["not today", { retry: 7 }],
      several: ["not today", [1, "two"]],
      builtin: ["Connection refused by server", undefined],
    };
    const root = await connect();
    for (const [answer, expected] of Object.entries(told)) {
      const guard = root.io.socket("/guard", { auth: { answer } });
      const [error] = await once(guard, "connect_error");
      assert.deepEqual([error.message, error.data], expected, `auth.answer = ${answer}`);
      assert.equal(guard.connected, false);
      guard.disconnect();
      // The manager keeps a socket for each namespace: the next one is to be new.
      delete root.io.nsps["/guard"];
    }
    assert.deepEqual(await ask(root, "echo", "alive"), ["alive"]);
  },

  async "an unknown namespace is invalid"() {
    const root = await connect();
    const [error] = await once(root.io.socket("/nowhere", {}), "connect_error");
    assert.equal(error.message, "Invalid namespace");
    assert.deepEqual(await ask(root, "echo", "alive"), ["alive"]);
  },

  async "the client disconnects"() {
    const auth = { tag: tag() };
    const socket = await connect("/", { auth });
    const left = once(socket, "disconnect");
    socket.disconnect();
    assert.equal((await left)[0], "io client disconnect");
    assert.deepEqual(await reasonOf(auth.tag), ["client disconnect", ""]);
  },

  async "the server disconnects a client from the namespace"() {
    const auth = { tag: tag() };
    const socket = await connect("/", { auth, reconnection: true });
    const left = once(socket, "disconnect");
    socket.emit("kick", false);
    assert.equal((await left)[0], "io server disconnect");
    assert.equal(socket.active, config.client === 4 ? false : socket.active);
    assert.equal((await reasonOf(auth.tag))[0], "server disconnect");
  },

  async "the server closes the whole connection"() {
    const auth = { tag: tag() };
    const socket = await connect("/", { auth });
    const admin = socket.io.socket("/admin", { auth: {} });
    await connected(admin);
    const left = [once(socket, "disconnect"), once(admin, "disconnect")];
    socket.emit("kick", true);
    const reasons = (await Promise.all(left)).map(([reason]) => reason);
    assert.deepEqual(reasons, ["io server disconnect", "io server disconnect"]);
    assert.equal((await reasonOf(auth.tag))[0], "server disconnect");
  },

  async "the connection goes without a word"() {
    const auth = { tag: tag() };
    const socket = await connect("/", { auth });
    if (config.transport === "upgrade") await upgraded(socket);
    const left = once(socket, "disconnect");
    socket.io.engine.close();
    assert.equal((await left)[0], "forced close");
    assert.deepEqual(await reasonOf(auth.tag), ["transport close", ""]);
  },

  async "volatile events are sent while connected, and dropped before"() {
    const socket = start();
    socket.volatile.emit("count", -1);
    socket.emit("count", 0);
    await connected(socket);
    await ask(socket, "echo");
    const writable = () => within(new Promise((resolve) => {
      const look = () => (socket.io.engine.transport.writable ? resolve() : setImmediate(look));
      look();
    }), "a writable transport");
    await writable();
    socket.volatile.emit("count", 1);
    assert.deepEqual(await ask(socket, "counted"), [[0, 1]]);
  },

  async "500 events in a row arrive in order, also across the upgrade"() {
    const socket = start();
    const upgrading = config.transport === "upgrade" && once(socket.io.engine, "upgrading");
    await connected(socket);
    const numbers = Array.from({ length: 500 }, (_, number) => number);
    const flood = collect(socket, "flood", numbers.length);
    socket.emit("flood", numbers.length);
    for (const number of numbers.slice(0, 250)) {
      if (number % 50 === 0) socket.emit("count", number, Buffer.from([number]));
      else socket.emit("count", number);
    }
    await upgrading;
    for (const number of numbers.slice(250)) socket.emit("count", number);
    if (config.transport === "upgrade") await upgraded(socket);
    assert.deepEqual((await flood).flat(), numbers, "server to client");
    assert.deepEqual(await ask(socket, "counted"), [numbers], "client to server");
  },

  async "binary events of several server tasks are never mixed"() {
    const [tasks, each] = [4, 25];
    const socket = await connect();
    const storm = collect(socket, "storm", tasks * each);
    const calm = collect(socket, "calm", tasks * each);
    socket.emit("storm", tasks, each);
    const next = Array(tasks).fill(0);
    for (const [task, number, blobs] of await storm) {
      assert.equal(number, next[task]++, `events of task ${task} in order`);
      blobs.forEach((blob, index) => {
        const expected = Buffer.alloc(60, Buffer.from([task, number, index]));
        assert.ok(buffer(blob).equals(expected), `attachment ${index} of event ${number} of task ${task}`);
      });
    }
    assert.equal((await calm).length, tasks * each);
  },

  async "a client that comes back is a new one"() {
    const socket = await connect();
    const first = socket.id;
    // The 3.x client mixes up its connections unless the old one is gone first.
    const gone = once(socket.io.engine, "close");
    socket.disconnect();
    await gone;
    socket.connect();
    await connected(socket);
    assert.notEqual(socket.id, first);
    assert.deepEqual(await ask(socket, "echo", "back"), ["back"]);
  },
};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  configure(JSON.parse(line));
  runAll(SCENARIOS);
});
