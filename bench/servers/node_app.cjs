// The measured application on Node.js, as handlers.py has it: `node node_app.cjs PORT`.
"use strict";

const http = require("http");
const { Server } = require("socket.io");

const NEWS = {
  id: 1234567,
  title: "a headline of ordinary length",
  tags: ["alpha", "beta"],
  score: 0.75,
  ok: true,
};

const server = http.createServer();
const io = new Server(server);

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

  socket.on("binfan", (count, size) => {
    const blob = Buffer.alloc(size);
    for (let i = 0; i < count; i++) io.emit("blob", blob);
  });
});

server.listen(Number(process.argv[2]), "127.0.0.1");
