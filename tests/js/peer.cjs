// tests/apps/peer.py for Node.js: `node peer.cjs <package> <port>`, where the package is
// socket.io or socket.io-v3. The end-to-end tests of the clients talk to it.
"use strict";

const http = require("node:http");
const { Server } = require(process.argv[2]);
const msgpack = require("socket.io-msgpack-parser");

const SERVERS = {
  "/socket.io": {},
  "/msgpack": { parser: msgpack },
  "/small": { maxHttpBufferSize: 20_000 },
};
const notes = new Map();

const server = http.createServer((request, response) => response.writeHead(404).end());
for (const [path, options] of Object.entries(SERVERS)) {
  // Each server leaves the WebSockets of the others alone.
  const io = new Server(server, { path, destroyUpgrade: false, ...options });
  for (const namespace of ["/", "/chat", "/guard"]) {
    serve(io.of(namespace), namespace);
  }
}
server.listen(Number(process.argv[3]), "127.0.0.1");

function serve(nsp, namespace) {
  nsp.use((socket, next) => {
    const [message, data] = (namespace === "/guard" && socket.handshake.auth?.refuse) || [];
    next(message && Object.assign(new Error(message), { data }));
  });
  nsp.on("connection", (socket) => {
    const auth = socket.handshake.auth;
    socket.emit("welcome", Object.keys(auth).length > 0 ? auth : null);
    socket.on("echo", (...args) => socket.emit("echoed", ...args));
    socket.on("ask", (...args) => args.pop()(...args));
    socket.on("burst", (count) => {
      for (let number = 0; number < count; number++) {
        socket.emit("tick", number);
      }
    });
    socket.on("call_me", (event, ...args) =>
      socket.emit(event, ...args, (...answer) => socket.emit("answered", answer)),
    );
    // Handlers are not called for what came with the client's goodbye, but a middleware is.
    socket.use(([event, key, value], next) => {
      if (event === "note") {
        notes.set(key, [...(notes.get(key) ?? []), value]);
      }
      next();
    });
    socket.on("noted", (key, answer) => answer(notes.get(key) ?? []));
    socket.on("leave", () => socket.disconnect());
  });
}
