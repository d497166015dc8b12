#include "latency.h"

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

// make_requests fills in how long each took, in microseconds, and answers what went wrong.
static const char *make_requests(const struct transcript *t, struct connection *busy, struct pace pace, double *took)
{
	double due = now(CLOCK_MONOTONIC), end = due;
	for (int i = 0; i < pace.count; i++, due += 1e9 / pace.per_second) {
		bool held_up = end > due;
		double start;
		while ((start = now(CLOCK_MONOTONIC)) < due)
			;
		if (!held_up)
			due = start;
		struct connection *c = &busy[i % BUSY];
		exchange(c, t, t->repeated, t->step_count, 0);
		end = now(CLOCK_MONOTONIC);
		took[i] = (end - due) / 1e3;
		if (c->closed)
			return c->closed;
	}
	return NULL;
}

bool bench_latency(const struct host *host, const char *path, const char *name, struct pace pace)
{
	const struct transcript *t = find(path, name);
	const char *failure = NULL;
	struct connection *idle = open_some(host, t, pace.idle, BUSY, &failure);
	struct connection *busy = open_some(host, t, BUSY, 0, &failure);
	struct churn c = {.host = host, .transcript = t, .per_second = pace.churn};
	if (pthread_create(&c.thread, NULL, churn, &c))
		fail("can not start a thread");
	double *took = take((size_t)pace.count, sizeof *took);
	if (!failure)
		failure = make_requests(t, busy, pace, took);
	c.end = true;
	pthread_join(c.thread, NULL);
	close_some(busy, BUSY);
	close_some(idle, pace.idle);
	if (c.failure)
		failure = c.failure;
	if (failure) {
		fprintf(stderr, "latency: %s\n", failure);
	} else {
		qsort(took, (size_t)pace.count, sizeof *took, compare);
		size_t last = (size_t)pace.count - 1;
		printf("latency parser=%s idle=%d p50=%.2f p99=%.2f p999=%.2f max=%.2f\n", t->parser, pace.idle,
		       took[last / 2], took[last * 99 / 100], took[last * 999 / 1000], took[last]);
	}
	free(took);
	return !failure;
}
