/* A disk of a fixed speed, and a count of what is asked of it.
 *
 * Preloaded into a process (LD_PRELOAD) and its children, each fsync and fdatasync takes
 * MN_BENCH_SYNC_US microseconds, no more and no less, and is counted in the file MN_BENCH_SYNCS
 * (one 8-byte number that all processes share). It is meant for a memory disk, where the real call
 * has nothing to do. A program that is linked statically is not reached.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static long microseconds;
static unsigned long *syncs;

__attribute__((constructor)) static void begin(void) {
    const char *time_said = getenv("MN_BENCH_SYNC_US");
    const char *file_said = getenv("MN_BENCH_SYNCS");
    if (time_said) microseconds = atol(time_said);
    if (!file_said) return;
    int file = open(file_said, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) return;
    if (ftruncate(file, sizeof *syncs) == 0) {
        void *page = mmap(NULL, sizeof *syncs, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (page != MAP_FAILED) syncs = page;
    }
    close(file);
}

static int pay(void) {
    if (syncs) __sync_fetch_and_add(syncs, 1);
    if (microseconds <= 0) return 0;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += microseconds * 1000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0); /* else the kernel adds up to 50 microseconds */
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {}
    return 0;
}

int fsync(int file) { (void)file; return pay(); }
int fdatasync(int file) { (void)file; return pay(); }
