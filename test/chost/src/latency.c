#include "latency.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"

// BUSY is the number of connections that requests are made on.
enum { BUSY = 16 };

// Numbers of connections: those that come and go have one bit set that the others lack.
static const uint64_t CHURNED = 1ull << 40;

// open_some opens connections that see one request and its reply each, and adds what went wrong.
static struct connection *open_some(const struct host *host, const struct transcript *t, int count, uint64_t first,
                                    const char **failure)
{
	struct connection *all = take((size_t)count + 1, sizeof *all);
	for (int i = 0; i < count; i++) {
		transcript_open(t, &all[i], &host->library, host->instance, first + (uint64_t)i);
		exchange(&all[i], t, 0, t->step_count, 0);
		all[i].trusting = true;
		if (all[i].closed)
			*failure = all[i].closed;
	}
	return all;
}

static void close_some(struct connection *all, int count)
{
	for (int i = 0; i < count; i++)
		connection_close(&all[i]);
	free(all);
}

// churn is a thread that opens and closes connections.
struct churn {
	pthread_t thread;
	const struct host *host;
	const struct transcript *transcript;
	int per_second;
	atomic_bool end;
	const char *failure;
};

static void *churn(void *argument)
{
	struct churn *c = argument;
	double begun = now(CLOCK_MONOTONIC);
	for (uint64_t done = 0; !c->end && !c->failure; usleep(1000))
		while (!c->end && (double)done < (now(CLOCK_MONOTONIC) - begun) / 1e9 * c->per_second)
			close_some(open_some(c->host, c->transcript, 1, CHURNED | done++, &c->failure), 1);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

// waited is how long, in nanoseconds, a thread has been ready to run without a processor.
static double waited(int schedstat)
{
	char text[64] = "", *rest;
	if (pread(schedstat, text, sizeof text - 1, 0) <= 0)
		fail("cannot read /proc/thread-self/schedstat");
	strtoull(text, &rest, 10);
	return (double)strtoull(rest, NULL, 10);
}

// times holds, in microseconds, how long each request took, and how long its thread waited for a processor meanwhile,
// which is not in the former.
struct times {
	double *took, *waited;
};

// make_requests fills in the times, and answers what went wrong.
static const char *make_requests(const struct transcript *t, struct connection *busy, struct pace pace,
                                 struct times times)
{
	int schedstat = open("/proc/thread-self/schedstat", O_RDONLY);
	const char *failure = NULL;
	double due = now(CLOCK_MONOTONIC), end = due, before = waited(schedstat);
	for (int i = 0; i < pace.count && !failure; i++, due += 1e9 / pace.per_second) {
		bool held_up = end > due;
		struct connection *c = &busy[i % BUSY];
		double start, after;
		while ((start = now(CLOCK_MONOTONIC)) < due)
			before = waited(schedstat);
		if (!held_up)
			due = start;
		exchange(c, t, t->repeated, t->step_count, 0);
		end = now(CLOCK_MONOTONIC);
		after = waited(schedstat);
		due += after - before;
		times.took[i] = end > due ? (end - due) / 1e3 : 0;
		times.waited[i] = (after - before) / 1e3;
		before = after;
		failure = c->closed;
	}
	close(schedstat);
	return failure;
}

static void print_times(const struct transcript *t, struct pace pace, struct times times)
{
	size_t count = (size_t)pace.count, last = count - 1;
	qsort(times.took, count, sizeof *times.took, compare);
	qsort(times.waited, count, sizeof *times.waited, compare);
	printf("latency parser=%s idle=%d p50=%.2f p99=%.2f p999=%.2f max=%.2f waited=%.2f\n", t->parser, pace.idle,
	       times.took[last / 2], times.took[last * 99 / 100], times.took[last * 999 / 1000], times.took[last],
	       times.waited[last * 999 / 1000]);
}

bool bench_latency(const struct host *host, const char *path, const char *name, struct pace pace)
{
	const struct transcript *t = find(path, name);
	const char *failure = NULL;
	struct connection *idle = open_some(host, t, pace.idle, BUSY, &failure);
	struct connection *busy = open_some(host, t, BUSY, 0, &failure);
	struct churn c = {.host = host, .transcript = t, .per_second = pace.churn};
	if (pthread_create(&c.thread, NULL, churn, &c))
		fail("cannot start a thread");
	struct times times = {take((size_t)pace.count, sizeof(double)), take((size_t)pace.count, sizeof(double))};
	if (!failure)
		failure = make_requests(t, busy, pace, times);
	c.end = true;
	pthread_join(c.thread, NULL);
	close_some(busy, BUSY);
	close_some(idle, pace.idle);
	if (c.failure)
		failure = c.failure;
	if (failure)
		fprintf(stderr, "latency: %s\n", failure);
	else
		print_times(t, pace, times);
	free(times.took);
	free(times.waited);
	return !failure;
}
