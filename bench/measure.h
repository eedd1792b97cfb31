/* measure.h - the clock, the latency histogram and the server's figures from /proc.
 *
 * Everything here is static: loadgen.c is its only user.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int pids[256], npids;       /* the server's processes */
static int measuring;              /* inside the measured window */

static void die(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "loadgen: ");
    vfprintf(stderr, fmt, ap);
    fprintf(stderr, "\n");
    exit(3);
}
static uint64_t clock_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

/* ---- latency histogram: 32 linear steps per power of two of a microsecond */
#define HSUB 32
static uint64_t hist[40 * HSUB], hcount, longest_ns;
static void record_ns(uint64_t ns) {
    if (!measuring) return;
    uint64_t us = ns / 1000;
    int e = 0;
    while ((us >> e) >= 2 * HSUB) e++;
    int slot = e ? e * HSUB + (int)(us >> e) : (int)us;
    if (slot >= (int)(sizeof hist / sizeof *hist)) slot = sizeof hist / sizeof *hist - 1;
    hist[slot]++;
    if (ns > longest_ns) longest_ns = ns;
    hcount++;
}
static double percentile(double q) {
    if (!hcount) return -1;
    uint64_t want = (uint64_t)(q * (hcount - 1)) + 1, seen = 0;
    for (int i = 0; i < (int)(sizeof hist / sizeof *hist); i++) {
        seen += hist[i];
        if (seen >= want) {
            if (i < 2 * HSUB) return i;
            int e = i / HSUB - 1;
            return (double)((uint64_t)(i - e * HSUB) << e);
        }
    }
    return -1;
}

/* ---- the server's CPU time and memory, from /proc ---- */
static void server_cpu(double *user, double *sys) {
    *user = *sys = 0;
    for (int i = 0; i < npids; i++) {
        char path[64], line[1024];
        snprintf(path, sizeof path, "/proc/%d/stat", pids[i]);
        FILE *f = fopen(path, "r");
        if (!f) continue;
        size_t n = fread(line, 1, sizeof line - 1, f);
        fclose(f);
        line[n] = 0;
        char *p = strrchr(line, ')');       /* the name may hold spaces */
        unsigned long u = 0, s = 0;
        if (p && sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                        &u, &s) == 2) {
            *user += (double)u / sysconf(_SC_CLK_TCK);
            *sys += (double)s / sysconf(_SC_CLK_TCK);
        }
    }
}
static long server_rss_kb(void) {
    long total = 0;
    for (int i = 0; i < npids; i++) {
        char path[64], line[256];
        snprintf(path, sizeof path, "/proc/%d/status", pids[i]);
        FILE *f = fopen(path, "r");
        if (!f) continue;
        while (fgets(line, sizeof line, f))
            if (!strncmp(line, "VmRSS:", 6)) total += atol(line + 6);
        fclose(f);
    }
    return total;
}
/* What the kernel has for sockets, both ends of all there are: objects from /proc/slabinfo, which
   only root may read, and pages of buffers from /proc/net/sockstat.  -1: not to be read here. */
static double kernel_kb(void) {
    static const char *kinds[] = {"TCP", "TCPv6", "sock_inode_cache", "filp", "eventpoll_epi",
                                  "eventpoll_pwq", "skbuff_head_cache", "skbuff_small_head",
                                  "skbuff_fclone_cache", "tw_sock_TCP", "request_sock_TCP"};
    char line[512], name[64];
    double total = 0, objects, bytes, pages = 0;
    FILE *f = fopen("/proc/slabinfo", "r");
    if (!f) return -1;
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "%63s %lf %*f %lf", name, &objects, &bytes) == 3)
            for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
                if (!strcmp(name, kinds[i])) total += objects * bytes / 1024;
    fclose(f);
    f = fopen("/proc/net/sockstat", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "TCP: inuse %*d orphan %*d tw %*d alloc %*d mem %lf", &pages) == 1) break;
    if (f) fclose(f);
    return total + pages * sysconf(_SC_PAGESIZE) / 1024;
}
static double own_cpu(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return r.ru_utime.tv_sec + r.ru_stime.tv_sec +
           (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

#endif
