// tests/apps/engine.py and tests/apps/engine_client.py for Node.js, with the engine.io of its own:
// `node engine.cjs serve <port>` and `node engine.cjs connect <url>`.
"use strict";

const http = require("node:http");
// Those that the newest socket.io and socket.io-client have brought.
const ofServer = { paths: [require.resolve("socket.io")] };
const ofClient = { paths: [require.resolve("socket.io-client")] };
const engine = require(require.resolve("engine.io", ofServer));
const { Socket } = require(require.resolve("engine.io-client", ofClient));

function serve(port) {
  const server = http.createServer((request, response) => response.writeHead(404).end());
  const allowRequest = (request, answer) =>
    request.url.includes("refuse") ? answer("not today", false) : answer(null, true);
  const eio = engine.attach(server, { path: "/engine.io", allowRequest });
  eio.on("connection", (socket) => {
    if (socket.request.url.includes("greet")) {
      socket.send(JSON.stringify(["welcome", 1]));
    }
    socket.on("message", (data) => {
      const order = typeof data === "string" && data.startsWith("{") ? JSON.parse(data).do : null;
      if (order === "close") {
        socket.close();
      } else {
        socket.send(data);
      }
    });
  });
  server.listen(port, "127.0.0.1");
}

const DATA = ["text", "a€😀", JSON.stringify({ a: [1, { b: null }] }), Buffer.from([0, 1, 255])];

function talk(url, transports) {
  return new Promise((resolve) => {
    const happened = [];
    const left = [...DATA];
    const socket = new Socket(url, { path: "/engine.io", transports, query: { greet: "1" } });
    socket.on("open", () => happened.push("open"));
    socket.on("message", (data) => {
      happened.push(typeof data === "string" ? data : [...new Uint8Array(data)]);
      if (left.length > 0) {
        socket.send(left.shift());
      } else {
        const end = () => socket.send(JSON.stringify({ do: "close" }));
        if (socket.transport.name === transports.at(-1)) {
          end();
        } else {
          socket.once("upgrade", end);
        }
      }
    });
    socket.on("close", (reason) => resolve([...happened, "close", reason]));
    socket.binaryType = "arraybuffer";
  });
}

async function connect(url) {
  const every = [];
  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    every.push(await talk(url, transports));
  }
  console.log(JSON.stringify(every));
}

const [what, argument] = process.argv.slice(2);
(what === "serve" ? serve : connect)(argument);
