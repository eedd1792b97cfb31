// What is not the same for every client: options of servers, HTTP itself, limits, older clients.
// Argument: {"port"}.
"use strict";

const WebSocket = require("ws");
const {
  ask, assert, base, connect, once, request, run, upgraded, within,
} = require("./harness.cjs");

const SMALL = 20_000;
const POLLING = ["polling"];
const WEBSOCKET = ["websocket"];
const ORIGIN = "http://page.example";
const endpoint = (path, more = "") => `${path}/?EIO=4&transport=polling${more}`;
const tag = () => `${process.pid}-${Math.random()}`;

// Why the client with this tag has left, whichever server it was connected to.
async function reasonOf(name) {
  return (await ask(await connect(), "reason", name))[0][0];
}

// Opens an Engine.IO session by hand. Returns its address for polls, and the open packet's data.
async function handshake(path, headers = {}) {
  const answer = await request("GET", endpoint(path), { headers });
  assert.equal(answer.status, 200, answer.body);
  assert.equal(answer.body[0], "0", `an open packet: ${answer.body}`);
  const data = JSON.parse(answer.body.slice(1));
  return { ...answer, data, url: endpoint(path, `&sid=${data.sid}`) };
}

// Polls until `enough` says so of all packets so far.
async function poll(url, enough) {
  const packets = [];
  while (!enough(packets)) {
    const answer = await request("GET", url);
    assert.equal(answer.status, 200, answer.body);
    packets.push(...answer.body.split("\x1e").filter((packet) => packet !== "2"));
  }
  return packets;
}

function socketClosed(ws) {
  return within(
    new Promise((resolve) => {
      ws.on("unexpected-response", (_, response) => resolve({ status: response.statusCode }));
      ws.on("error", () => {});
      ws.on("close", (code) => resolve({ code }));
    }),
    "the end of the WebSocket",
  );
}

async function tooLarge(transports, reasons) {
  const auth = { tag: tag() };
  const socket = await connect("/", { path: "/small", transports, auth });
  assert.deepEqual(await ask(socket, "echo", "x".repeat(SMALL / 2)), ["x".repeat(SMALL / 2)]);
  const left = once(socket, "disconnect");
  socket.emit("echo", "x".repeat(SMALL + 1));
  const reason = (await left)[0];
  assert.ok(reasons.client.includes(reason), reason);
  assert.deepEqual(await reasonOf(auth.tag), reasons.server);
}

run({
  async "a path of several parts"() {
    const socket = await connect("/", { path: "/deep/er/path" });
    await upgraded(socket);
    assert.deepEqual(await ask(socket, "echo", "deep"), ["deep"]);
    assert.equal((await request("GET", endpoint("/deep/er"))).status, 404);
  },

  async "a path without the slash at its end"() {
    const socket = await connect("/", { path: "/deep/er/path", addTrailingSlash: false });
    await upgraded(socket);
    assert.deepEqual(await ask(socket, "echo", "deep"), ["deep"]);
  },

  async "allow_upgrades off: the client stays on polling"() {
    const socket = await connect("/", { path: "/stay" });
    assert.deepEqual(await ask(socket, "echo", 1), [1]);
    assert.equal(socket.io.engine.transport.name, "polling");
    const { data } = await handshake("/stay");
    assert.deepEqual(data.upgrades, []);
    const ws = new WebSocket(`${base.replace("http", "ws")}/stay/?EIO=4&transport=websocket&sid=${data.sid}`);
    assert.deepEqual(await socketClosed(ws), { status: 400 });
  },

  async "the open packet has its five keys"() {
    const { data, headers } = await handshake("/socket.io");
    assert.deepEqual(Object.keys(data).sort(), ["maxPayload", "pingInterval", "pingTimeout", "sid", "upgrades"]);
    assert.deepEqual(
      [data.upgrades, data.pingInterval, data.pingTimeout, data.maxPayload],
      [["websocket"], 25_000, 20_000, 1_000_000],
    );
    assert.match(headers["content-type"], /^text\/plain; charset=utf-8$/i);
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["set-cookie"], undefined);
    assert.equal(headers["access-control-allow-origin"], undefined);
  },

  async "more than 16 packets in one POST"() {
    const { url } = await handshake("/socket.io");
    await request("POST", url, { body: "40" });
    const [granted] = await poll(url, (all) => all.length > 0);
    assert.match(granted, /^40\{"sid":"[\w-]{20}"\}$/);
    const events = Array.from({ length: 40 }, (_, id) => `42${id}["echo",${id}]`);
    const answer = await request("POST", url, { body: events.join("\x1e") });
    assert.deepEqual([answer.status, answer.body], [200, "ok"]);
    const acks = await poll(url, (all) => all.length >= events.length);
    assert.deepEqual(acks, events.map((_, id) => `43${id}[${id}]`));
  },

  async "max_http_buffer_size: an event that is too large closes a WebSocket with a reason"() {
    await tooLarge(WEBSOCKET, {
      client: ["transport close"],
      server: ["transport error", "payload too large"],
    });
  },

  async "max_http_buffer_size: an event that is too large ends a session on polling"() {
    // Status 413 and the close packet, the answer to the poll that waits, go two ways.
    await tooLarge(POLLING, {
      client: ["transport error", "transport close"],
      server: ["transport error", "payload too large"],
    });
  },

  async "max_http_buffer_size: 413 ends the session, as the reference server does since 6.6.13"() {
    const { url, data } = await handshake("/small");
    assert.equal(data.maxPayload, SMALL);
    assert.equal((await request("POST", url, { body: `4${"x".repeat(SMALL)}` })).status, 413);
    const late = await request("POST", url, { body: "40" });
    assert.deepEqual([late.status, JSON.parse(late.body).code], [400, 1]);
  },

  async "max_http_buffer_size: a burst that is too large for one POST is split by the client"() {
    const socket = await connect("/", { path: "/small", transports: POLLING });
    const text = "ж".repeat(SMALL / 8);
    const answers = Array.from({ length: 20 }, (_, number) => ask(socket, "echo", number, text));
    assert.deepEqual(await Promise.all(answers), answers.map((_, number) => [number, text]));
  },

  async "cookie and CORS headers for an origin that may"() {
    const { headers } = await handshake("/page", { Origin: ORIGIN });
    assert.equal(headers["access-control-allow-origin"], ORIGIN);
    assert.equal(headers["access-control-allow-credentials"], "true");
    assert.match(headers.vary, /origin/i);
    assert.match(headers["set-cookie"][0], /^io=[\w-]{20}; Path=\/; HttpOnly; SameSite=Lax$/i);
  },

  async "a preflight request is answered"() {
    const answer = await request("OPTIONS", endpoint("/page"), {
      headers: {
        Origin: ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-token",
      },
    });
    assert.equal(answer.status, 204);
    assert.equal(answer.headers["access-control-allow-origin"], ORIGIN);
    assert.equal(answer.headers["access-control-allow-headers"], "content-type,x-token");
    assert.match(answer.headers["access-control-allow-methods"], /POST/);
  },

  async "an origin that may not is refused, on both transports"() {
    const answer = await request("GET", endpoint("/page"), { headers: { Origin: "http://evil.example" } });
    assert.equal(answer.status, 400);
    assert.equal(answer.headers["access-control-allow-origin"], undefined);
    const ws = new WebSocket(`${base.replace("http", "ws")}/page/?EIO=4&transport=websocket`, {
      origin: "http://evil.example",
    });
    assert.deepEqual(await socketClosed(ws), { status: 400 });
  },

  async "withCredentials: the cookie comes back with later requests"() {
    const socket = await connect("/", {
      path: "/page", transports: POLLING, withCredentials: true, extraHeaders: { Origin: ORIGIN },
    });
    const [seen] = await ask(socket, "cookies_seen");
    assert.ok(seen.includes(`io=${socket.io.engine.id}`), `the session's cookie in ${seen}`);
  },

  async "heartbeats keep a client connected, on both transports"() {
    for (const transports of [POLLING, WEBSOCKET]) {
      const socket = await connect("/", { path: "/brisk", transports });
      for (let beat = 0; beat < 3; beat++) await once(socket.io, "ping");
      assert.deepEqual(await ask(socket, "echo", transports), [transports]);
    }
  },

  async "a client that answers no ping is gone"() {
    const auth = { tag: tag() };
    const ws = new WebSocket(`${base.replace("http", "ws")}/deaf/?EIO=4&transport=websocket`);
    ws.on("open", () => ws.send(`40${JSON.stringify(auth)}`));
    await socketClosed(ws);
    assert.deepEqual(await reasonOf(auth.tag), ["ping timeout", ""]);
  },

  async "a WebSocket that breaks is a closed transport"() {
    const auth = { tag: tag() };
    const socket = await connect("/", { transports: WEBSOCKET, auth });
    const left = once(socket, "disconnect");
    socket.io.engine.transport.ws.terminate();
    assert.equal((await left)[0], "transport close");
    assert.deepEqual(await reasonOf(auth.tag), ["transport close", ""]);
  },

  async "async_handlers off: acknowledgements come in the order of the events"() {
    const socket = await connect("/", { path: "/ordered" });
    const order = [];
    const asked = Array.from({ length: 50 }, (_, number) =>
      ask(socket, number % 2 ? "join" : "echo", `${number}`).then(() => order.push(number)));
    await Promise.all(asked);
    assert.deepEqual(order, asked.map((_, number) => number));
  },

  async "emitWithAck, and its timeout"() {
    const socket = await connect();
    assert.equal(await socket.emitWithAck("echo", "promised"), "promised");
    await assert.rejects(socket.timeout(1).emitWithAck("no such event"), /operation has timed out/);
  },

  async "retries: an event is sent until it is acknowledged"() {
    const socket = await connect("/", { retries: 3, ackTimeout: 15_000 });
    const answers = await Promise.all([1, 2, 3].map((number) => socket.emitWithAck("echo", number)));
    assert.deepEqual(answers, [1, 2, 3]);
  },

  async "catch-all listeners see the server's events"() {
    const socket = await connect();
    const any = within(new Promise((resolve) => socket.onAny((...all) => resolve(all))), "any event");
    socket.emit("to_me", "any", 1, Buffer.from("two"));
    assert.deepEqual(await any, ["any", 1, Buffer.from("two")]);
  },

  async "a 2.x client is refused with code 5"() {
    const old = require("socket.io-client-v2");
    for (const transport of [POLLING, WEBSOCKET]) {
      const socket = old(base, { path: "/socket.io", transports: transport, reconnection: false, forceNew: true });
      await once(socket, "connect_error");
      assert.equal(socket.connected, false);
      socket.close();
    }
    const answer = await request("GET", "/socket.io/?EIO=3&transport=polling");
    assert.equal(answer.status, 400);
    assert.deepEqual(JSON.parse(answer.body), { code: 5, message: "Unsupported protocol version" });
  },
});
