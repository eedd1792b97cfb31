// The measured application on Node.js, as handlers.py has it: `node node_app.cjs PORT`.
"use strict";

const fs = require("fs");
const http = require("http");
const https = require("https");
const { Server } = require("socket.io");

const NEWS = {
  id: 1234567,
  title: "a headline of ordinary length",
  tags: ["alpha", "beta"],
  score: 0.75,
  ok: true,
};

const folder = process.env.BENCH_TLS;
const server = folder
  ? https.createServer({
      key: fs.readFileSync(`${folder}/key.pem`),
      cert: fs.readFileSync(`${folder}/chain.pem`),
    })
  : http.createServer();
const interval = process.env.BENCH_PING_S;
const io = new Server(server, {
  ...(interval && { pingInterval: Number(interval) * 1000 }),
  ...(process.env.BENCH_PARSER && { parser: require("socket.io-msgpack-parser") }),
});

// as stalls.py has it: how late a timer is, which comes every few milliseconds
const EVERY_MS = 5;
let due = 0;
let longest = 0;

function set() {
  due = performance.now() + EVERY_MS;
  setTimeout(() => {
    longest = Math.max(longest, performance.now() - due);
    set();
  }, EVERY_MS);
}

io.on("connection", (socket) => {
  socket.on("echo", (data, acknowledge) => acknowledge(data));

  socket.on("fanout", (count) => {
    for (let i = 0; i < count; i++) io.emit("news", NEWS);
  });

  socket.on("join", (room, acknowledge) => {
    socket.join(room);
    acknowledge(true);
  });

  socket.on("rooms", (count, total) => {
    for (let i = 0; i < count; i++) {
      io.to(`room${Math.floor(Math.random() * total)}`).emit("news", NEWS);
    }
  });

  socket.on("stall", (acknowledge) => {
    if (!due) set();
    acknowledge(longest);
    longest = 0;
  });

  socket.on("binfan", (count, size) => {
    const blob = Buffer.alloc(size);
    for (let i = 0; i < count; i++) io.emit("blob", blob);
  });
});

server.listen(Number(process.argv[2]), "127.0.0.1");
