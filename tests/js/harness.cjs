// What the scenario scripts share: the clients by name, conditions with generous limits, and
// results as JSON lines: {"scenario", "ok", "error"?}, and at the end {"done": <how many>}.
"use strict";

const assert = require("node:assert/strict");
const http = require("node:http");

// A hang guard only: nothing is expected to take this long.
const LIMIT = 20_000;

const CLIENTS = {
  4: "socket.io-client",
  3: "socket.io-client-v3",
};

const TRANSPORTS = {
  polling: { transports: ["polling"] },
  websocket: { transports: ["websocket"] },
  upgrade: { transports: ["polling", "websocket"] },
  fallback: { transports: ["websocket", "polling"], tryAllTransports: true },
};

// All but the port may be changed, between two runs of the scenarios of one process.
const config = JSON.parse(process.argv[2]);
const base = `http://127.0.0.1:${config.port}`;
const opened = new Set();

function configure(other) {
  Object.assign(config, other);
}

// The 3.x client has no tryAllTransports: an application changes the order after a failure.
function retries() {
  return config.transport === "fallback" && config.client === 3;
}

function options(more = {}) {
  const parser = config.parser === "msgpack" ? require("socket.io-msgpack-parser") : undefined;
  return {
    path: config.path,
    forceNew: true,
    reconnection: false,
    ...TRANSPORTS[config.transport ?? "upgrade"],
    ...(parser && { parser }),
    ...more,
  };
}

// Rejects after LIMIT with a message that says what was waited for.
function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came: ${what}`)), LIMIT);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function once(emitter, event) {
  return within(
    new Promise((resolve) => emitter.once(event, (...args) => resolve(args))),
    `the event ${event}`,
  );
}

// Collects events until `count` of them are there.
function collect(emitter, event, count) {
  return within(
    new Promise((resolve) => {
      const all = [];
      emitter.on(event, (...args) => all.push(args) === count && resolve(all));
    }),
    `${count} events ${event}`,
  );
}

// Emits and returns the acknowledgement's arguments.
function ask(socket, event, ...args) {
  return within(
    new Promise((resolve) => socket.emit(event, ...args, (...answer) => resolve(answer))),
    `the acknowledgement of ${event}`,
  );
}

function start(namespace = "/", more = {}) {
  const { io } = require(CLIENTS[config.client ?? 4]);
  const socket = io(base + namespace, options(more));
  opened.add(socket);
  if (retries()) {
    socket.once("connect_error", () => {
      socket.io.opts.transports = ["polling", "websocket"];
      socket.connect();
    });
  }
  return socket;
}

async function connect(namespace = "/", more = {}) {
  const socket = start(namespace, more);
  await connected(socket);
  return socket;
}

function connected(socket) {
  return within(
    new Promise((resolve, reject) => {
      let refusals = 0;
      const last = retries() ? 2 : 1;
      socket.once("connect", resolve);
      socket.on("connect_error", (error) => {
        if (++refusals === last) reject(new Error(`connect_error: ${error.message}`));
      });
    }),
    "the event connect",
  );
}

// Waits until the client has moved to WebSocket.
async function upgraded(socket) {
  const { engine } = socket.io;
  if (engine.transport.name !== "websocket") await once(engine, "upgrade");
  assert.equal(engine.transport.name, "websocket");
}

function request(method, path, { headers = {}, body } = {}) {
  return within(
    new Promise((resolve, reject) => {
      const outgoing = http.request(base + path, { method, headers, agent: false }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () => {
          const { statusCode: status, headers: received } = response;
          resolve({ status, headers: received, body: Buffer.concat(chunks).toString() });
        });
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    }),
    `the answer to ${method} ${path}`,
  );
}

function close() {
  for (const socket of opened) socket.disconnect();
  opened.clear();
}

// Runs all scenarios with the present configuration.
async function runAll(scenarios) {
  let done = 0;
  for (const [scenario, body] of Object.entries(scenarios)) {
    try {
      await body();
      console.log(JSON.stringify({ scenario, ok: true }));
    } catch (error) {
      console.log(JSON.stringify({ scenario, ok: false, error: error.stack }));
    }
    close();
    done += 1;
  }
  console.log(JSON.stringify({ done }));
}

async function run(scenarios) {
  await runAll(scenarios);
  // Whatever a failed scenario left open is not waited for.
  process.stdout.write("", () => process.exit());
}

module.exports = {
  ask, assert, base, collect, config, configure, connect, connected, once, request, run, runAll,
  start, upgraded, within,
};
