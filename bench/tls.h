/* tls.h - a socket of the load generator, through OpenSSL where it is built with -DTLS.
 *
 * Calls answer as recv and send do: -1 with EAGAIN where they would wait, 0 at the end.
 */
#ifndef TLS_H
#define TLS_H

#ifdef TLS
#include <openssl/err.h>
#include <openssl/ssl.h>

static SSL_CTX *tls_context;       /* NULL: sockets are plain */

/* Every server has to show this certificate. */
static void tls_trust(const char *file) {
    tls_context = SSL_CTX_new(TLS_client_method());
    if (!tls_context || SSL_CTX_load_verify_locations(tls_context, file, NULL) != 1)
        die("cannot read the certificate %s", file);
    SSL_CTX_set_verify(tls_context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(tls_context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                     SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
}
static void *tls_begin(int fd) {
    if (!tls_context) return NULL;
    SSL *s = SSL_new(tls_context);
    if (!s || !SSL_set_fd(s, fd)) die("out of memory");
    SSL_set_connect_state(s);
    return s;
}
static ssize_t tls_result(SSL *s, int done) {
    if (done > 0) return done;
    int why = SSL_get_error(s, done);
    ERR_clear_error();
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return 0;
    errno = EAGAIN;
    return -1;
}
/* Returns 1 when the handshake is done, 0 when it waits for the server. */
static int tls_shake(void *s) {
    int done = SSL_do_handshake(s);
    if (done == 1) return 1;
    long verdict = SSL_get_verify_result(s);
    if (verdict) die("the server's certificate: %s", X509_verify_cert_error_string(verdict));
    if (!tls_result(s, done)) die("the TLS handshake failed");
    return 0;
}
static void tls_end(void *s) { SSL_free(s); }
static ssize_t net_recv(int fd, void *s, void *p, size_t n) {
    return s ? tls_result(s, SSL_read(s, p, n)) : recv(fd, p, n, 0);
}
static ssize_t net_send(int fd, void *s, const void *p, size_t n) {
    return s ? tls_result(s, SSL_write(s, p, n)) : send(fd, p, n, MSG_NOSIGNAL);
}
#else
static void tls_trust(const char *file) { die("built without TLS, so there is no use for %s", file); }
static void *tls_begin(int fd) { (void)fd; return NULL; }
static int tls_shake(void *s) { (void)s; return 1; }
static void tls_end(void *s) { (void)s; }
static ssize_t net_recv(int fd, void *s, void *p, size_t n) { (void)s; return recv(fd, p, n, 0); }
static ssize_t net_send(int fd, void *s, const void *p, size_t n) {
    (void)s;
    return send(fd, p, n, MSG_NOSIGNAL);
}
#endif

#endif
