// A small shop that hashes, sorts and reads, in two threads.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>
#include <sys/prctl.h>

static volatile unsigned sink;

__attribute__((noinline)) static unsigned fib(unsigned n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static inline __attribute__((always_inline)) unsigned mix(unsigned h) {
    for (int i = 0; i < 50; i++) h = (h ^ (h >> 15)) * 2654435761u;
    return h;
}

__attribute__((noinline)) static unsigned hash(const char *text, size_t n) {
    unsigned h = 0;
    for (size_t i = 0; i < n; i++) h = mix(h + (unsigned char)text[i]);
    return h;
}

static int by_number(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

__attribute__((noinline)) static void rank(void) {
    int numbers[500];
    for (int i = 0; i < 500; i++) numbers[i] = i * 7919 % 1000;
    qsort(numbers, 500, sizeof *numbers, by_number);
    sink += numbers[7];
}

__attribute__((noinline)) static void fetch(void) {
    char page[65536];
    int zero = open("/dev/zero", O_RDONLY);
    for (int i = 0; i < 4; i++) sink += (unsigned)read(zero, page, sizeof page);
    close(zero);
    sink += hash(page, 2000);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void serve(double deadline, double pause) {
    while (now() < deadline) {
        rank();
        sink += fib(15);
        fetch();
        if (pause > 0) usleep((useconds_t)(pause * 1e6));
    }
}

static double deadline, pause_s;

static void *worker(void *unused) {
    (void)unused;
    prctl(PR_SET_NAME, "shop worker");
    serve(deadline, pause_s);
    return NULL;
}

int main(int argc, char **argv) {
    deadline = now() + (argc > 1 ? atof(argv[1]) : 2);
    pause_s = argc > 2 ? atof(argv[2]) : 0;
    pthread_t thread;
    pthread_create(&thread, NULL, worker, NULL);
    serve(deadline, pause_s);
    pthread_join(thread, NULL);
    return sink == 42;
}
