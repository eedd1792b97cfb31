/* loadgen.c - a single-threaded epoll load generator for Socket.IO servers.
 *
 *   gcc -O2 -o loadgen loadgen.c && ./loadgen -s echo -p 8000 -n 50 -w 10
 *
 * It speaks Engine.IO 4 / Socket.IO 5 over raw WebSocket (and HTTP long
 * polling for pollecho) to 127.0.0.1 only, is bounded in time
 * (-t), and prints one line of JSON.  It also reads the server's CPU time and
 * memory from /proc (-P pid,pid,...) at the edges of the measured window, so
 * that start-up, connecting and warming up are left out of the figures.
 *
 * Scenarios (-s)
 *   echo      every client keeps -w acks outstanding:   42<id>["echo","xxx"]
 *   fanout    one client asks for -k broadcasts; all -n clients get each one
 *   rooms     as fanout, but the server emits to -k random rooms of -r members
 *   binfan    as fanout, with a binary attachment of -b bytes
 *   connect   websocket upgrade + namespace connect + close, -n at a time
 *   pollecho  echo over HTTP long polling, -n clients, -w acks outstanding
 *   idle      opens -n websockets, reports the growth of the server's memory and
 *             of the kernel's for them, and counts heartbeats
 *
 * -R rate sends echoes (broadcasts for fanout) at that rate whatever comes back;
 * a latency is then counted from when the message was due, so that a server that
 * stood still is charged with all that waited.  -S asks the server for the longest
 * stall of its event loop inside the window.  -C certificate.pem is TLS (needs
 * -DTLS).  Each 10,000 clients have a loopback address of their own.
 *
 * -X msgpack or -X cbor writes and reads the packets of echo and fanout so, in binary frames.
 *
 * -B polls without sleeping.  The kernel charges the wake-up of a sleeping
 * receiver to the sender, so a slow server pays more per send than a fast one;
 * with -B none pays it, as when the receiver is another machine.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"
#include "tls.h"

#define RING 64               /* most outstanding acks per client */
#define HARD_LIMIT_S 120      /* the process never outlives this, and 13 ms a client */
#define PER_ADDRESS 10000     /* clients that share a loopback address */
#define STALL_ID 4000000000u  /* the acknowledgement that says how long the loop stood still */

enum scenario { ECHO, FANOUT, ROOMS, BINFAN, CONNECT, POLLECHO, IDLE };
static const char *names[] = {"echo", "fanout", "rooms", "binfan", "connect",
                              "pollecho", "idle"};

/* Life of a connection.  WS_* are websockets, H_* are HTTP connections. */
enum state { DEAD, TCP_CONNECTING, TLS_SHAKING, WS_UPGRADING, WS_OPENING, WS_JOINING_NS,
             WS_READY, WS_CLOSING, H_IDLE, H_WAITING };

struct buf { char *p; size_t len, cap; };

struct poller;
struct conn {
    int fd, idx, armed_out;
    void *tls;                /* NULL: plain */
    enum state st;
    int is_http, is_post;
    struct buf in, out;
    uint64_t skip;            /* bytes of a binary frame still to discard */
    int skip_fin;             /* that frame ends a message */
    uint64_t t0;              /* when the connection attempt began */
    uint32_t next_id;
    uint64_t sent[RING];      /* send time of the ack id, modulo RING */
    struct poller *poller;
};
struct poller {               /* one long-polling client: two connections */
    struct conn *get, *post;
    struct buf pending;       /* packets to POST, separated by 0x1e */
    char sid[64];
    int step;                 /* 0 handshake, 1 joining namespace, 2 ready */
    uint32_t next_id;
    uint64_t sent[RING];
};

/* ---- options ---- */
static enum scenario scen = ECHO;
static int port = 8000, nconn = 50, window = 10, burst = 1, room_size = 10;
static int payload = 32, binsize = 1024;
static double secs = 3, warm = 1;
static int busy, probing;
static enum { JSON, MSGPACK, CBOR } parser;
static double pace;                /* messages a second; 0: as fast as they come back */

/* ---- state ---- */
static int ep;
static struct conn *conns;
static int nready, opened, opening, errors;
static uint64_t now_ns, t_begin, t_end;
static uint64_t msgs;              /* inside the window */
static uint64_t last_ns;           /* when the last of them came */
static uint64_t beats;             /* pings inside the window */
static uint64_t round_left, round_t0;
static uint64_t paced, t_open;     /* messages sent so far at a pace, and since when */
static int stall_answers;
static double stall_ms = -1;
static double cpu_u0, cpu_s0, cpu_u1, cpu_s1, gen0, gen1;
static long rss0, rss1;
static double kernel0, kernel1;
static char *payload_text;
static char request[512];

/* ---- buffers and sockets ---- */
static void reserve(struct buf *b, size_t more) {
    if (b->len + more <= b->cap) return;
    b->cap = (b->len + more) * 2;
    b->p = realloc(b->p, b->cap);
    if (!b->p) die("out of memory");
}
static void append(struct buf *b, const void *p, size_t n) {
    reserve(b, n);
    memcpy(b->p + b->len, p, n);
    b->len += n;
}
static void watch(struct conn *c, int out, int op) {
    struct epoll_event e = {.events = EPOLLIN | (out ? EPOLLOUT : 0), .data.ptr = c};
    if (epoll_ctl(ep, op, c->fd, &e)) die("epoll_ctl: %s", strerror(errno));
    c->armed_out = out;
}
static void flush(struct conn *c) {
    size_t off = 0;
    while (off < c->out.len) {
        ssize_t n = net_send(c->fd, c->tls, c->out.p + off, c->out.len - off);
        if (n > 0) { off += n; continue; }
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) break;
        c->out.len = 0;                    /* the read side will see the error */
        return;
    }
    memmove(c->out.p, c->out.p + off, c->out.len - off);
    c->out.len -= off;
    int want = c->out.len > 0;
    if (want != c->armed_out) watch(c, want, EPOLL_CTL_MOD);
}
static void open_conn(struct conn *c) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) die("socket: %s (raise ulimit -n)", strerror(errno));
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    /* closing with a reset leaves no TIME_WAIT behind in the connect scenario */
    struct linger l = {1, 0};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
    if (c->idx >= PER_ADDRESS) {           /* an address has ports for some 28,000 */
        struct sockaddr_in own = {.sin_family = AF_INET};
        own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + c->idx / PER_ADDRESS);
        setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        if (bind(c->fd, (struct sockaddr *)&own, sizeof own)) die("bind: %s", strerror(errno));
    }
    if (connect(c->fd, (struct sockaddr *)&a, sizeof a) && errno != EINPROGRESS)
        die("connect: %s", strerror(errno));
    c->st = TCP_CONNECTING;
    c->in.len = c->out.len = 0;
    c->skip = 0;
    c->t0 = clock_ns();
    watch(c, 1, EPOLL_CTL_ADD);
}
static void shut(struct conn *c) {
    tls_end(c->tls);
    c->tls = NULL;
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
}
static void drop_conn(struct conn *c) {
    shut(c);
    c->st = DEAD;
}

/* ---- websocket frames ---- */
static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
static void ws_frame(struct conn *c, int opcode, const char *p, size_t n) {
    unsigned char h[14];
    int k = 2;
    h[0] = 0x80 | opcode;
    if (n < 126) h[1] = 0x80 | n;
    else if (n < 65536) { h[1] = 0x80 | 126; h[2] = n >> 8; h[3] = n; k = 4; }
    else die("client frame too long");
    memcpy(h + k, mask, 4);
    append(&c->out, h, k + 4);
    reserve(&c->out, n);
    char *d = c->out.p + c->out.len;
    for (size_t i = 0; i < n; i++) d[i] = p[i] ^ mask[i & 3];
    c->out.len += n;
}
static void ws_text(struct conn *c, const char *p, size_t n) { ws_frame(c, 1, p, n); }
static void ws_printf(struct conn *c, const char *fmt, ...) {
    char b[512];
    va_list ap;
    va_start(ap, fmt);
    ws_text(c, b, vsnprintf(b, sizeof b, fmt, ap));
    va_end(ap);
}

/* ---- packets of MessagePack and CBOR ---- */
static struct buf packet;
static void put(unsigned char b) { append(&packet, (char *)&b, 1); }
/* A head with a number: in the first byte up to `most`, else in one, two or four bytes behind it. */
static void put_head(int first, uint32_t most, int wide, uint32_t n) {
    if (n <= most) { put(first | n); return; }
    int power = n < 1 << 8 ? 0 : n < 1 << 16 ? 1 : 2;
    put(wide + power);
    for (int i = (1 << power) - 1; i >= 0; i--) put(n >> 8 * i);
}
static void put_number(uint32_t n) {
    if (parser == MSGPACK) put_head(0, 127, 0xcc, n);
    else put_head(0, 23, 0x18, n);
}
static void put_text(const char *p, size_t n) {
    if (parser == MSGPACK) put_head(0xa0, 31, 0xd9, n);
    else put_head(0x60, 23, 0x78, n);
    append(&packet, p, n);
}
static void begin_packet(int fields, int type) {
    packet.len = 0;
    put((parser == MSGPACK ? 0x80 : 0xa0) | fields);
    put_text("type", 4);
    put_number(type);
    put_text("nsp", 3);
    put_text("/", 1);
}
static void begin_event(int fields, const char *name) {  /* with one argument */
    begin_packet(fields, 2);
    put_text("data", 4);
    put((parser == MSGPACK ? 0x90 : 0x80) | 2);
    put_text(name, strlen(name));
}
static void send_packet(struct conn *c) { ws_frame(c, 2, packet.p, packet.len); }
/* The number behind a short key, -1 without one. */
static int64_t number_of(const char *key, const char *p, size_t n) {
    char text[16];
    int k = sprintf(text, "%c%s", (int)strlen(key) | (parser == MSGPACK ? 0xa0 : 0x60), key);
    const unsigned char *at = memmem(p, n, text, k), *end = (const unsigned char *)p + n;
    if (!at || at + k >= end) return -1;
    unsigned first = at[k];
    if (first <= (parser == MSGPACK ? 127u : 23u)) return first;
    unsigned power = first - (parser == MSGPACK ? 0xcc : 0x18);
    if (power > 2 || at + k + (1 << power) >= end) return -1;
    int64_t number = 0;
    for (int i = 1; i <= 1 << power; i++) number = number << 8 | at[k + i];
    return number;
}

/* ---- scenarios over websocket ---- */
static void count(uint64_t since) {
    if (!measuring) return;
    msgs++;
    last_ns = clock_ns();
    record_ns(last_ns - since);
}
/* A server that answers anything but what was sent must not win. */
static void check_echo(const char *p, size_t n) {
    if (!memmem(p, n, payload_text, payload)) die("wrong acknowledgement: %.*s", (int)(n > 200 ? 200 : n), p);
}
static void send_echo(struct conn *c) {
    static char *b;
    if (!b) b = malloc(payload + 64);
    uint32_t id = c->next_id++;
    c->sent[id % RING] = clock_ns();
    if (parser) {
        begin_event(4, "echo");
        put_text(payload_text, payload);
        put_text("id", 2);
        put_number(id);
        send_packet(c);
        return;
    }
    int n = sprintf(b, "42%u[\"echo\",\"%s\"]", id, payload_text);
    ws_text(c, b, n);
}
static void send_fanout(struct conn *c) {
    if (!parser) { ws_printf(c, "42[\"fanout\",%d]", burst); return; }
    begin_event(3, "fanout");
    put_number(burst);
    send_packet(c);
}
/* When message number k was due at the pace. */
static uint64_t due(uint64_t k) { return t_open + (uint64_t)(k * (1e9 / pace)); }
static void send_due(void) {               /* the clients take turns at echoes */
    for (int i = 0; i < 1000 && clock_ns() >= due(paced); i++, paced++) {
        struct conn *c = &conns[scen == ECHO ? paced % nconn : 0];
        if (scen == ECHO) send_echo(c);
        else send_fanout(c);
        flush(c);
    }
}
static void ask_for_stall(void) {
    ws_printf(&conns[0], "42%u[\"stall\"]", STALL_ID);
    flush(&conns[0]);
}
static void start_round(void) {            /* fanout, rooms, binfan */
    struct conn *c = &conns[0];
    round_t0 = clock_ns();
    if (scen == FANOUT) {
        round_left = (uint64_t)nconn * burst;
        send_fanout(c);
    } else if (scen == ROOMS) {
        round_left = (uint64_t)room_size * burst;
        ws_printf(c, "42[\"rooms\",%d,%d]", burst, nconn / room_size);
    } else {
        round_left = (uint64_t)nconn * burst;
        ws_printf(c, "42[\"binfan\",%d,%d]", burst, binsize);
    }
    flush(c);
}
static void delivered(struct conn *c) {
    if (pace) { count(due(c->next_id++)); return; }
    count(round_t0);
    if (round_left && --round_left == 0) start_round();
}
static void all_ready(void) {              /* every client is in its namespace */
    t_begin = clock_ns() + (uint64_t)(warm * 1e9);
    t_end = t_begin + (uint64_t)(secs * 1e9);
    t_open = clock_ns();
    if (pace) return;
    if (scen == ECHO)
        for (int i = 0; i < nconn; i++) {
            for (int w = 0; w < window; w++) send_echo(&conns[i]);
            flush(&conns[i]);
        }
    else if (scen == FANOUT || scen == ROOMS || scen == BINFAN)
        start_round();
}
static void client_ready(struct conn *c) {
    c->st = WS_READY;
    opening--;
    if (++nready == nconn) all_ready();
}
static void echoed(struct conn *c, uint32_t id, const char *p, size_t n) {
    check_echo(p, n);
    count(pace ? due((uint64_t)id * nconn + c->idx) : c->sent[id % RING]);
    if (!pace) send_echo(c);
}
static void on_packet(struct conn *c, char *p, size_t n) {  /* of MessagePack or CBOR */
    switch (number_of("type", p, n)) {
    case 0: client_ready(c); return;
    case 2:
        if (!memmem(p, n, "news", 4)) die("wrong event");
        delivered(c);
        return;
    case 3: echoed(c, number_of("id", p, n), p, n); return;
    default: die("wrong packet of %zu bytes", n);
    }
}
static void on_text(struct conn *c, char *p, size_t n) {
    if (!n) return;
    switch (p[0]) {
    case '0':                              /* engine.io open: join the namespace */
        c->st = WS_JOINING_NS;
        if (!parser) { ws_text(c, "40", 2); return; }
        begin_packet(2, 0);
        send_packet(c);
        return;
    case '2':                              /* ping */
        beats += measuring;
        ws_text(c, "3", 1);
        return;
    case '4': break;
    default: return;
    }
    if (n < 2) return;
    if (p[1] == '0') {                     /* namespace joined */
        if (scen == CONNECT) {
            count(c->t0);
            c->st = WS_CLOSING;
            ws_frame(c, 8, "\x03\xe8", 2);
        } else if (scen == ROOMS)
            ws_printf(c, "420[\"join\",\"room%d\"]", c->idx / room_size);
        else
            client_ready(c);
    } else if (p[1] == '3') {              /* ack */
        if (scen == ROOMS) { client_ready(c); return; }
        uint32_t id = 0;
        for (size_t i = 2; i < n && isdigit((unsigned char)p[i]); i++) id = id * 10 + p[i] - '0';
        if (id == STALL_ID) {              /* 43<id>[milliseconds] */
            char *value = memchr(p, '[', n);
            if (!value) die("wrong acknowledgement: %.*s", (int)n, p);
            stall_ms = atof(value + 1);
            stall_answers++;
            return;
        }
        echoed(c, id, p, n);
    } else if (p[1] == '2') {
        if (!memmem(p, n, "\"news\"", 6)) die("wrong event: %.*s", (int)(n > 200 ? 200 : n), p);
        if (scen == FANOUT || scen == ROOMS) delivered(c);
    } else if (p[1] == '4') {
        die("namespace refused: %.*s", (int)n, p);
    }
}
static void closed_by_server(struct conn *c) {
    if (scen == CONNECT) {
        if (c->st != WS_CLOSING) errors++;
        drop_conn(c);
        open_conn(c);
        return;
    }
    errors++;
    if (errors > 20) die("the server closed %d connections (state %d)", errors, c->st);
    drop_conn(c);
}
/* Parses every whole frame in p[0..n); returns the bytes used. */
static size_t ws_parse(struct conn *c, char *p, size_t n) {
    size_t off = 0;
    while (off < n && c->fd >= 0) {
        if (c->skip) {
            size_t k = n - off < c->skip ? n - off : c->skip;
            c->skip -= k;
            off += k;
            if (!c->skip && c->skip_fin && scen == BINFAN) delivered(c);
            continue;
        }
        if (n - off < 2) break;
        unsigned char *h = (unsigned char *)p + off;
        int op = h[0] & 15, fin = h[0] >> 7, k = 2;
        uint64_t len = h[1] & 127;
        if (len == 126) { if (n - off < 4) break; len = h[2] << 8 | h[3]; k = 4; }
        else if (len == 127) {
            if (n - off < 10) break;
            len = 0;
            for (int i = 2; i < 10; i++) len = len << 8 | h[i];
            k = 10;
        }
        if ((op == 2 || op == 0) && !parser) {  /* binary: count, never copy */
            if (op == 2 && fin && len != (uint64_t)binsize) die("wrong attachment: %llu bytes", (unsigned long long)len);
            off += k;
            c->skip = len;
            c->skip_fin = fin;
            if (!len && fin && scen == BINFAN) delivered(c);
            continue;
        }
        if (n - off < k + len) break;
        if (op == 2 && fin) on_packet(c, p + off + k, len);
        else if (op <= 2) {
            if (!fin || op != 1) die("fragmented text message: not supported");
            on_text(c, p + off + k, len);
        } else if (op == 9) ws_frame(c, 10, p + off + k, len);
        else if (op == 8) { closed_by_server(c); return n; }
        off += k + len;
    }
    return off;
}

/* ---- HTTP, for the polling scenario ---- */
static void http_response(struct conn *c, int status, char *body, size_t n);
static void http_send(struct conn *c, const char *head, const char *body, size_t n) {
    append(&c->out, head, strlen(head));
    append(&c->out, body, n);
    c->st = H_WAITING;
    if (c->fd < 0) {                       /* the server closed it: reconnect */
        struct buf keep = c->out;
        c->out = (struct buf){0};
        open_conn(c);
        c->out = keep;
    } else
        flush(c);
}
static void http_get(struct conn *c, const char *sid) {
    char h[512];
    snprintf(h, sizeof h, "GET /socket.io/?EIO=4&transport=polling%s%s HTTP/1.1\r\n"
             "Host: 127.0.0.1:%d\r\n\r\n", sid ? "&sid=" : "", sid ? sid : "", port);
    http_send(c, h, "", 0);
}
static void http_post(struct poller *q) {
    char h[512];
    snprintf(h, sizeof h, "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\n"
             "Host: 127.0.0.1:%d\r\nContent-Type: text/plain;charset=UTF-8\r\n"
             "Content-Length: %zu\r\n\r\n", q->sid, port, q->pending.len);
    http_send(q->post, h, q->pending.p, q->pending.len);
    q->pending.len = 0;
}
/* One response, if it is whole; returns the bytes used, 0 if more are needed. */
static size_t http_parse(struct conn *c, char *p, size_t n, int eof) {
    char *end = memmem(p, n, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t head = end - p + 4, len = 0;
    int status = atoi(p + 9), chunked = 0, have_len = 0, close_after = !strncmp(p, "HTTP/1.0", 8);
    for (char *l = p; l < end;) {
        char *nl = memmem(l, end + 2 - l, "\r\n", 2);
        if (!strncasecmp(l, "content-length:", 15)) { len = atol(l + 15); have_len = 1; }
        else if (!strncasecmp(l, "transfer-encoding: chunked", 26)) chunked = 1;
        else if (!strncasecmp(l, "connection: close", 17)) close_after = 1;
        else if (!strncasecmp(l, "connection: keep-alive", 22)) close_after = 0;
        l = nl + 2;
    }
    char *body = p + head;
    size_t used;
    if (chunked) {
        size_t off = head, out = 0;
        for (int pass = 0; pass < 2; pass++) { /* is it whole? then join the chunks */
            for (off = head;;) {
                char *nl = memmem(p + off, n - off, "\r\n", 2);
                if (!nl) return 0;
                size_t k = strtoul(p + off, NULL, 16);
                size_t data = nl + 2 - p;
                if (data + k + 2 > n) return 0;
                off = data + k + 2;
                if (!k) break;
                if (pass) { memmove(body + out, p + data, k); out += k; }
                else out += k;
            }
            used = off;
            if (!pass) out = 0;
        }
        len = out;
    } else if (have_len || !close_after) {
        if (n < head + len) return 0;
        used = head + len;
    } else {
        if (!eof) return 0;
        len = n - head;
        used = n;
    }
    if (close_after) shut(c);
    c->st = H_IDLE;
    static struct buf copy;                /* the callback may send on c */
    copy.len = 0;
    append(&copy, body, len);
    http_response(c, status, copy.p, len);
    return used;
}
static void queue_packet(struct poller *q, const char *p, size_t n) {
    if (q->pending.len) append(&q->pending, "\x1e", 1);
    append(&q->pending, p, n);
}
static void queue_echo(struct poller *q) {
    static char *b;
    if (!b) b = malloc(payload + 64);
    uint32_t id = q->next_id++;
    int n = sprintf(b, "42%u[\"echo\",\"%s\"]", id, payload_text);
    q->sent[id % RING] = clock_ns();
    queue_packet(q, b, n);
}
static void http_response(struct conn *c, int status, char *body, size_t n) {
    if (status != 200) {
        if (++errors > 20) die("HTTP status %d: %.*s", status, (int)(n > 200 ? 200 : n), body);
    }
    struct poller *q = c->poller;
    if (c->is_post) {
        if (q->pending.len) http_post(q);
        return;
    }
    if (q->step == 0) {                    /* 0{"sid":"...",...} */
        char *s = memmem(body, n, "\"sid\"", 5);
        if (!s) die("no sid in the handshake: %.*s", (int)n, body);
        s = memchr(s + 5, '"', body + n - s - 5) + 1;
        char *e = memchr(s, '"', body + n - s);
        snprintf(q->sid, sizeof q->sid, "%.*s", (int)(e - s), s);
        q->step = 1;
        queue_packet(q, "40", 2);
        http_post(q);
    } else
        for (char *p = body, *end = body + n; p < end;) {
            char *e = memchr(p, 0x1e, end - p);
            if (!e) e = end;
            if (*p == '2') queue_packet(q, "3", 1);
            else if (*p == '4' && e - p > 1 && p[1] == '0') {
                q->step = 2;
                opening--;
                for (int w = 0; w < window; w++) queue_echo(q);
                if (++nready == nconn) {
                    t_begin = clock_ns() + (uint64_t)(warm * 1e9);
                    t_end = t_begin + (uint64_t)(secs * 1e9);
                }
            } else if (*p == '4' && e - p > 1 && p[1] == '3') {
                uint32_t id = strtoul(p + 2, NULL, 10);
                check_echo(p, e - p);
                count(q->sent[id % RING]);
                queue_echo(q);
            }
            p = e + 1;
        }
    http_get(q->get, q->sid);
    if (q->pending.len && q->post->st == H_IDLE) http_post(q);
}

/* ---- events ---- */
static void usable(struct conn *c) {
    if (c->is_http) c->st = c->out.len ? H_WAITING : H_IDLE;
    else {
        c->st = WS_UPGRADING;
        append(&c->out, request, strlen(request));
    }
    if (c->out.len) flush(c);
    else if (c->armed_out) watch(c, 0, EPOLL_CTL_MOD);
}
static void shake(struct conn *c) {
    if (tls_shake(c->tls)) usable(c);
}
static void connected(struct conn *c) {
    int err = 0;
    socklen_t l = sizeof err;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &l);
    if (err) die("connect: %s", strerror(err));
    c->tls = tls_begin(c->fd);
    if (!c->tls) { usable(c); return; }
    c->st = TLS_SHAKING;
    watch(c, 0, EPOLL_CTL_MOD);            /* a client's part of it fits into the socket */
    shake(c);
}
static void readable(struct conn *c) {
    static char big[1 << 18];
    int fd = c->fd;
    ssize_t n = net_recv(fd, c->tls, big, sizeof big);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    char *p = big;
    size_t len = n > 0 ? n : 0;
    if (c->in.len) { append(&c->in, big, len); p = c->in.p; len = c->in.len; }
    size_t used = 0;
    if (c->is_http) {
        while (used < len) {
            size_t k = http_parse(c, p + used, len - used, n <= 0);
            if (!k) break;
            used += k;
        }
        if (n <= 0 && c->fd == fd) {       /* closed while idle or in a request */
            if (c->st == H_WAITING && !used) {
                if (++errors > 20) die("the server closed an HTTP request");
            }
            shut(c);
        }
    } else {
        if (c->st == WS_UPGRADING && len) {
            char *end = memmem(p, len, "\r\n\r\n", 4);
            if (end) {
                if (strncmp(p + 9, "101", 3)) die("upgrade refused: %.*s", (int)(len > 300 ? 300 : len), p);
                c->st = WS_OPENING;
                used = end - p + 4;
            }
        }
        if (c->st > WS_UPGRADING) used += ws_parse(c, p + used, len - used);
        if (c->fd == fd && n <= 0) { closed_by_server(c); return; }
    }
    if (c->fd != fd && !c->is_http) return;
    if (p == big) { if (used < len) { c->in.len = 0; append(&c->in, big + used, len - used); } }
    else { memmove(c->in.p, c->in.p + used, len - used); c->in.len = len - used; }
    if (c->fd >= 0 && c->out.len && c->st != TCP_CONNECTING) flush(c);
}
static void open_more(void) {              /* keep at most 64 opening at a time */
    while (opened < nconn && opening < 64) {
        struct conn *c = &conns[opened];
        opening++;
        opened++;
        if (scen == POLLECHO) {
            struct poller *q = calloc(1, sizeof *q);
            struct conn *post = &conns[nconn + c->idx];
            q->get = c;
            q->post = post;
            c->poller = post->poller = q;
            post->fd = -1;
            post->is_http = post->is_post = 1;
            post->st = H_IDLE;
            c->is_http = 1;
            c->fd = -1;
            http_get(c, NULL);
        } else
            open_conn(c);
    }
}

int main(int argc, char **argv) {
    int o;
    char *tok;
    while ((o = getopt(argc, argv, "s:p:n:w:k:r:l:b:t:u:P:R:C:X:SB")) != -1) switch (o) {
    case 's':
        for (scen = 0; scen <= IDLE && strcmp(names[scen], optarg); scen++);
        if (scen > IDLE) die("unknown scenario %s", optarg);
        break;
    case 'p': port = atoi(optarg); break;
    case 'n': nconn = atoi(optarg); break;
    case 'w': window = atoi(optarg); break;
    case 'k': burst = atoi(optarg); break;
    case 'r': room_size = atoi(optarg); break;
    case 'l': payload = atoi(optarg); break;
    case 'b': binsize = atoi(optarg); break;
    case 't': secs = atof(optarg); break;
    case 'u': warm = atof(optarg); break;
    case 'B': busy = 1; break;
    case 'R': pace = atof(optarg); break;
    case 'S': probing = 1; break;
    case 'X': parser = strcmp(optarg, "cbor") ? MSGPACK : CBOR; break;
    case 'C': tls_trust(optarg); break;
    case 'P':
        for (tok = strtok(optarg, ","); tok && npids < 256; tok = strtok(NULL, ","))
            pids[npids++] = atoi(tok);
        break;
    default: die("bad option");
    }
    if (window > RING) die("-w is at most %d", RING);
    if (nconn < 1 || nconn > 60000) die("-n must be 1..60000");
    if (pace < 0 || (pace && scen != ECHO && (scen != FANOUT || burst > 1)))
        die("-R is a rate of echo or of single broadcasts");
    if (parser && ((scen != ECHO && scen != FANOUT) || probing))
        die("-X is for echo and fanout, without -S");
    signal(SIGPIPE, SIG_IGN);
    struct rlimit rl;
    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);
    alarm(HARD_LIMIT_S + nconn / 80);
    payload_text = malloc(payload + 1);
    for (int i = 0; i < payload; i++) payload_text[i] = 'a' + i % 26;
    payload_text[payload] = 0;
    snprintf(request, sizeof request,
             "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
             "Upgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "Sec-WebSocket-Version: 13\r\n\r\n", port);
    ep = epoll_create1(EPOLL_CLOEXEC);
    conns = calloc(2 * nconn, sizeof *conns);
    for (int i = 0; i < 2 * nconn; i++) conns[i].idx = i, conns[i].fd = -1;
    if (scen == CONNECT) {                 /* it has no ready state */
        t_begin = clock_ns() + (uint64_t)(warm * 1e9);
        t_end = t_begin + (uint64_t)(secs * 1e9);
    }
    uint64_t start = clock_ns(), connect_ns = 0, t_last = 0;
    /* idle: the first tenth of the clients warm the server up */
    int idle_base = nconn / 10 ? nconn / 10 : 1, idle_total = nconn;
    if (scen == IDLE) nconn = idle_base;
    int measuring_over = 0;
    static struct epoll_event ev[1024];
    for (;;) {
        open_more();
        int n = epoll_wait(ep, ev, 1024, busy ? 0 : 10);
        now_ns = clock_ns();
        for (int i = 0; i < n; i++) {
            struct conn *c = ev[i].data.ptr;
            if (c->fd < 0) continue;
            if (c->st == TCP_CONNECTING && (ev[i].events & (EPOLLOUT | EPOLLERR))) {
                connected(c);
                continue;
            }
            if (c->st == TLS_SHAKING) { shake(c); continue; }
            if (ev[i].events & EPOLLOUT) flush(c);
            if (ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(c);
        }
        if (!connect_ns && nready == nconn) connect_ns = now_ns - start;
        int limit_s = 60 + nconn / 100;
        if (!t_begin && now_ns - start > limit_s * 1000000000ull)
            die("only %d of %d connected in %d s", nready, nconn, limit_s);
        if (pace && t_open) send_due();
        if (!t_begin || now_ns < t_begin) continue;
        if (!measuring && !measuring_over) {
            if (scen == IDLE && nconn < idle_total) {
                rss0 = server_rss_kb();
                kernel0 = kernel_kb();
                nconn = idle_total;         /* now open the other nine tenths */
                t_begin = 0;
                continue;
            }
            server_cpu(&cpu_u0, &cpu_s0);
            if (scen != IDLE) rss0 = server_rss_kb();
            gen0 = own_cpu();
            t_begin = clock_ns();
            t_end = t_begin + (uint64_t)(secs * 1e9);
            measuring = 1;
            if (probing) ask_for_stall();  /* it begins here */
        }
        if (!measuring_over && now_ns >= t_end) {
            t_last = clock_ns();
            server_cpu(&cpu_u1, &cpu_s1);
            gen1 = own_cpu();
            rss1 = server_rss_kb();
            kernel1 = kernel_kb();
            measuring = 0;
            measuring_over = 1;
            if (probing) ask_for_stall();
            if (scen != IDLE && msgs && t_last - last_ns > 1000000000u)
                die("no message in the last %.1f s of the window", (t_last - last_ns) / 1e9);
        }
        if (measuring_over && (!probing || stall_answers == 2)) break;
        if (measuring_over && now_ns > t_end + 20000000000ull) die("no answer to \"stall\"");
    }
    double el = (t_last - t_begin) / 1e9, cpu = cpu_u1 + cpu_s1 - cpu_u0 - cpu_s0;
    printf("{\"scenario\":\"%s\",\"n\":%d,\"secs\":%.3f,\"msgs\":%llu,\"rate\":%.1f,"
           "\"p50_us\":%.0f,\"p99_us\":%.0f,\"p999_us\":%.0f,\"max_us\":%.0f,"
           "\"stall_ms\":%.3f,\"beats\":%llu,\"kernel_kb\":%.2f,\"cpu_s\":%.3f,\"cpu_sys_s\":%.3f,"
           "\"cpu_us_per_msg\":%.3f,\"rss_kb\":%ld,\"rss_growth_kb\":%ld,"
           "\"per_conn_kb\":%.2f,\"connect_s\":%.3f,\"gen_cpu\":%.3f,\"errors\":%d}\n",
           names[scen], nconn, el, (unsigned long long)msgs, msgs / el,
           percentile(.5), percentile(.99), percentile(.999), longest_ns / 1e3,
           stall_ms, (unsigned long long)beats,
           scen == IDLE && kernel0 > 0 ? (kernel1 - kernel0) / (idle_total - idle_base) : -1.0, cpu, cpu_s1 - cpu_s0,
           msgs ? cpu * 1e6 / msgs : -1.0, rss1, rss1 - rss0,
           scen == IDLE ? (double)(rss1 - rss0) / (idle_total - idle_base) : -1.0,
           connect_ns / 1e9, (gen1 - gen0) / el, errors);
    fflush(stdout);
    _exit(errors > 20 ? 3 : 0);
}
