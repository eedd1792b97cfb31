// Clients of every generation on one server, at the same time.
// Argument: {"port", "path", "transport": "polling" | "websocket" | "upgrade"}.
"use strict";

const { ask, assert, base, config, once, run, within } = require("./harness.cjs");

const GENERATIONS = {
  1.3: "socket.io-client-1.3",
  1.7: "socket.io-client-1.7",
  2: "socket.io-client-v2",
  3: "socket.io-client-v3",
  4: "socket.io-client",
};
const TRANSPORTS = { upgrade: ["polling", "websocket"] };
const TEXT = "Grüße, мир, 👩‍👩‍👧‍👦, \u2028\"\\";
const tag = () => `${process.pid}-${Math.random()}`;
const bytes = (value) => Buffer.from(value instanceof ArrayBuffer ? value : new Uint8Array(value));
// Those that take a query in a namespace, and the Buffers of today's Node.
const ALL_BUT_1_3 = ["1.7", "2", "3", "4"];
// Of a Buffer that shares its memory, as those of Buffer.from do, older clients send the whole memory.
const own = (...values) => Buffer.alloc(values.length, Buffer.from(values));
const opened = [];

// What a client says of itself is the query of a namespace for older ones.
function open(generation, namespace = "/", about = undefined, more = {}) {
  const library = require(GENERATIONS[generation]);
  const said = about && (isOlder(generation) ? { query: about } : { auth: about });
  const socket = (library.io ?? library)(base + namespace, {
    path: config.path,
    forceNew: true,
    reconnection: false,
    transports: TRANSPORTS[config.transport] ?? [config.transport],
    ...said,
    ...more,
  });
  opened.push(socket);
  return socket;
}

async function connect(generation, namespace, about, more) {
  const socket = open(generation, namespace, about, more);
  await once(socket, "connect");
  return socket;
}

const isOlder = (generation) => Number(generation) < 3;
// 1.7 encodes text beyond ASCII twice where it is posted, and so does 1.3, which a server knows.
const text = (generation) => (generation === "1.7" && config.transport !== "websocket" ? "Gruesse" : TEXT);

// Runs `body` for each generation, or those in `names`, and says for which it failed.
function each(body, names = Object.keys(GENERATIONS)) {
  return async () => {
    for (const generation of names) {
      try {
        await body(generation);
      } catch (error) {
        error.stack = `client ${generation}: ${error.stack}`;
        throw error;
      }
      for (const socket of opened.splice(0)) socket.disconnect();
    }
  };
}

async function upgraded(socket) {
  const { engine } = socket.io;
  if (config.transport === "upgrade" && engine.transport.name !== "websocket") await once(engine, "upgrade");
}

run({
  "connects": each(async (generation) => {
    const socket = await connect(generation);
    await upgraded(socket);
    const [who] = await ask(socket, "whoami");
    assert.equal(who.transport, config.transport === "polling" ? "polling" : "websocket");
    assert.equal(who.auth, null);
    assert.equal(who.sid === socket.io.engine.id, isOlder(generation), "sids of older clients are their own");
    if (generation !== "1.3") assert.equal(socket.id, who.sid);
  }),

  "sends text and gets it back": each(async (generation) => {
    const socket = await connect(generation);
    const sent = [text(generation), null, 1.5, { list: [1, [true]] }, ""];
    assert.deepEqual(await ask(socket, "echo", ...sent), sent);
    assert.deepEqual(await ask(socket, "describe", text(generation), 7), [[text(generation), "int:7"]]);
    assert.deepEqual(await ask(socket, "nothing"), []);
  }),

  "sends bytes": each(async (generation) => {
    const socket = await connect(generation);
    const large = Buffer.alloc(50_000, "0123456789");
    const [back, after] = await ask(socket, "echo", large, "after");
    assert.ok(bytes(back).equals(large), "50,000 bytes came back changed");
    assert.equal(after, "after");
    const [described] = await ask(socket, "describe", { deep: [Buffer.alloc(9000, 1)] });
    assert.equal(described[0].deep[0], `bytes:${"01".repeat(9000)}`);
  }, ALL_BUT_1_3),

  "gets bytes": each(async (generation) => {
    const socket = await connect(generation);
    const got = once(socket, "bytes");
    socket.emit("bytes_to_me");
    const [first, second, third] = await got;
    assert.deepEqual([...bytes(first)], [0, 30, 255]);
    assert.deepEqual(second.list.map((part) => bytes(part).toString()), ["", "view"]);
    assert.deepEqual([second.text, third], ["b\x1e4", null]);
  }),

  "is asked by the server": each(async (generation) => {
    const socket = await connect(generation);
    socket.on("sum", (a, b, answer) => answer(a + b));
    assert.deepEqual(await ask(socket, "call_me", "sum", 40, 2), ["int:42"]);
  }),

  "is asked by the server, with bytes both ways": each(async (generation) => {
    const socket = await connect(generation);
    socket.on("turn", (data, answer) => answer({ turned: own(...bytes(data).reverse()) }));
    assert.deepEqual(await ask(socket, "call_me", "turn", own(1, 2, 255)), [{ turned: "bytes:ff0201" }]);
  }, ALL_BUT_1_3),

  "is in a namespace with what it says of itself": each(async (generation) => {
    const about = generation === "1.3" ? undefined : { token: `a&=?${text(generation)}`, more: "1" };
    const socket = await connect(generation, "/chat", about);
    const [who] = await ask(socket, "whoami");
    assert.deepEqual(who.auth, about ?? null);
    assert.equal(who.namespace, "/chat");
    if (isOlder(generation)) assert.equal(who.sid, `/chat#${socket.io.engine.id}`);
  }),

  "is refused": each(async (generation) => {
    for (const [answer, data] of [["message", undefined], ["data", { retry: 7 }]]) {
      const socket = open(generation, "/guard", { answer });
      const [error] = await once(socket, isOlder(generation) ? "error" : "connect_error");
      if (isOlder(generation)) assert.deepEqual(error, data ?? "not today");
      else assert.deepEqual([error.message, error.data], ["not today", data]);
    }
    const socket = open(generation, "/nowhere");
    const [error] = await once(socket, isOlder(generation) ? "error" : "connect_error");
    assert.equal(error.message, "Invalid namespace");
  }, ALL_BUT_1_3),

  async "all are in one room"() {
    const sockets = [];
    for (const generation of Object.keys(GENERATIONS)) {
      const socket = await connect(generation);
      await upgraded(socket);
      await ask(socket, "join", "everybody");
      sockets.push(socket);
    }
    for (const sender of sockets) {
      const news = sockets.map((socket) => once(socket, "news"));
      const said = text(Object.keys(GENERATIONS)[sockets.indexOf(sender)]);
      sender.emit("broadcast", "news", { text: said, list: [1] }, "everybody", null);
      for (const [got] of await Promise.all(news)) assert.deepEqual(got, { text: said, list: [1] });
    }
    for (const [number, sender] of sockets.entries()) {
      if (!ALL_BUT_1_3.includes(Object.keys(GENERATIONS)[number])) continue;
      const pictures = sockets.map((socket) => once(socket, "picture"));
      sender.emit("broadcast", "picture", [own(0, 255), 1], "everybody", null);
      for (const [got] of await Promise.all(pictures)) assert.deepEqual([...bytes(got[0]), got[1]], [0, 255, 1]);
    }
    const rest = sockets.slice(1).map((socket) => once(socket, "rest"));
    const [who] = await ask(sockets[0], "whoami");
    sockets[0].on("rest", () => assert.fail("the one that is left out"));
    sockets[1].emit("broadcast", "rest", "x", "everybody", who.sid);
    await Promise.all(rest);
    for (const socket of opened.splice(0)) socket.disconnect();
  },

  "leaves, and both sides know why": each(async (generation) => {
    const other = await connect("4");
    for (const [leave, client, server] of [
      [(socket) => socket.disconnect(), "io client disconnect", "client disconnect"],
      [(socket) => socket.emit("kick", false), "io server disconnect", "server disconnect"],
      [(socket) => socket.emit("kick", true), "io server disconnect", "server disconnect"],
      [(socket) => socket.io.engine.close(), "forced close", "transport close"],
    ]) {
      const name = tag();
      const socket = await connect(generation, "/chat", { tag: name });
      const gone = once(socket, "disconnect");
      leave(socket);
      assert.deepEqual(await gone.then(([reason]) => reason), client);
      const [reason] = await ask(other, "reason", name);
      assert.equal(reason, server);
    }
  }, ALL_BUT_1_3),

  "comes back": each(async (generation) => {
    const about = generation === "1.3" ? undefined : { who: "me" };
    const socket = await connect(generation, "/chat", about, { reconnection: true, reconnectionDelay: 10 });
    const [before] = await ask(socket, "whoami");
    const again = once(socket, "connect");
    socket.io.engine.close();
    await within(again, "the connection once more");
    const [after] = await ask(socket, "whoami");
    assert.notEqual(after.sid, before.sid);
    assert.deepEqual(after.auth, about ?? null);
  }),

  async "leaves one namespace and stays in the other"() {
    for (const generation of ["1.7", "2"]) {
      const root = await connect(generation);
      const chat = root.io.socket("/chat");
      await once(chat, "connect");
      const gone = once(chat, "disconnect");
      chat.emit("kick", false);
      await gone;
      assert.deepEqual(await ask(root, "echo", 1), [1]);
    }
    for (const socket of opened.splice(0)) socket.disconnect();
  },
});
