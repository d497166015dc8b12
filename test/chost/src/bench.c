#include "bench.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

double now(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

const struct transcript *find(const char *path, const char *name)
{
	int count;
	struct transcript *all = transcripts_read(path, &count);
	for (int i = 0; i < count; i++)
		if (!strcmp(all[i].name, name))
			return &all[i];
	fail("no transcript is called %s", name);
}

struct runner {
	pthread_t thread;
	pthread_barrier_t *start;
	const struct host *host;
	const struct transcript *transcript;
	void (*run)(struct runner *);
	int count, number;
	uint64_t renewals;
	struct spread spread;
	struct connection *open;
	double wall, cpu;
	const char *failure;
};

void exchange(struct connection *c, const struct transcript *t, int from, int to, size_t piece)
{
	for (int i = from; i < to; i++) {
		const struct step *s = &t->steps[i];
		struct bytes *out = &c->directions[s->reply].out;
		size_t length = s->data.length, most = piece ? piece : length;
		for (size_t at = 0; at < length; at += most)
			connection_data(c, s->reply, false, s->data.data + at, most < length - at ? most : length - at);
		if (out->length != length && !c->closed)
			c->closed = "bytes were not passed";
		out->length = 0;
	}
}

static void run_requests(struct runner *r)
{
	const struct transcript *t = r->transcript;
	for (int i = 0, next = 0; i < r->count && !r->failure; i++) {
		struct connection *c = &r->open[next];
		transcript_renew(t, r->renewals++);
		exchange(c, t, t->repeated, t->step_count, r->spread.piece);
		r->failure = c->closed;
		if (++next == r->spread.connections)
			next = 0;
	}
}

// run_copies plays the steps as if all had been allowed beforehand: a host without the library, which copies the bytes.
static void run_copies(struct runner *r)
{
	struct connection *c = &r->open[0];
	for (int i = 0; i < r->count && !r->failure; i++) {
		c->directions[0].pass = c->directions[1].pass = UINT64_MAX;
		exchange(c, r->transcript, r->transcript->repeated, r->transcript->step_count, r->spread.piece);
		r->failure = c->closed;
	}
}

// open_all opens the connections of a thread.
static void open_all(struct runner *r)
{
	r->open = take((size_t)r->spread.connections, sizeof *r->open);
	for (int i = 0; i < r->spread.connections; i++) {
		struct connection *c = &r->open[i];
		transcript_open(r->transcript, c, &r->host->library, r->host->instance,
		                (uint64_t)i << 8 | (unsigned)r->number);
		exchange(c, r->transcript, 0, r->transcript->repeated, 0);
		c->trusting = true;
		if (c->closed)
			r->failure = c->closed;
	}
}

static void close_all(struct runner *r)
{
	for (int i = 0; i < r->spread.connections; i++)
		connection_close(&r->open[i]);
	free(r->open);
}

// run_connections opens connections again and again with the buffers of one, which is open itself: the other work of
// a host does not count.
static void run_connections(struct runner *r)
{
	const struct library *library = &r->host->library;
	struct direction *d = r->open[0].directions;
	struct string parser = copy_string(r->transcript->parser), address = copy_string("10.0.0.2:34567");
	struct string destination = copy_string("10.0.0.1:11211"), policy = copy_string("10.0.0.1");
	for (int i = 1; i <= r->count && !r->failure; i++) {
		uint64_t id = (uint64_t)i << 8 | (unsigned)r->number;
		enum result result =
			library->on_new_connection(r->host->instance, parser, id, true, r->transcript->identity, 1,
			                           address, destination, policy, &d[0].inject, &d[1].inject);
		if (result != RESULT_OK)
			r->failure = result_names[result];
		library->close(id);
	}
	struct string strings[] = {parser, address, destination, policy};
	for (int i = 0; i < 4; i++)
		free((void *)strings[i].data);
}

// go_first has the thread take turns with others as little as the system allows: the library's own threads and the
// receiver of the log have processors of their own in a host, and here often have not. Without the right to, all goes
// on as before. Threads that the library begins later would inherit it, so that it comes after a first run.
static void go_first(void) { setpriority(PRIO_PROCESS, 0, -20); }

static void *measured(void *argument)
{
	struct runner *r = argument;
	int count = r->count;
	open_all(r);
	r->count = count / 20;
	if (!r->failure)
		r->run(r);
	r->count = count;
	go_first();
	pthread_barrier_wait(r->start);
	double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_THREAD_CPUTIME_ID);
	if (!r->failure)
		r->run(r);
	r->wall = now(CLOCK_MONOTONIC) - wall;
	r->cpu = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
	close_all(r);
	return NULL;
}

static bool bench(const struct host *host, const char *what, const struct transcript *t, int threads, int count,
                  struct spread spread, void (*run)(struct runner *))
{
	pthread_barrier_t start;
	pthread_barrier_init(&start, NULL, (unsigned)threads);
	struct runner *runners = take((size_t)threads, sizeof *runners);
	for (int i = 0; i < threads; i++) {
		runners[i] = (struct runner){.start = &start,
		                             .host = host,
		                             .transcript = t,
		                             .run = run,
		                             .count = count,
		                             .number = i,
		                             .spread = spread};
		if (pthread_create(&runners[i].thread, NULL, measured, &runners[i]))
			fail("cannot start a thread");
	}
	double wall = 0, cpu = 0, rate = 0;
	const char *failure = NULL;
	for (int i = 0; i < threads; i++) {
		pthread_join(runners[i].thread, NULL);
		wall += runners[i].wall / count / threads;
		cpu += runners[i].cpu / count / threads;
		rate += count / runners[i].wall * 1e9;
		if (runners[i].failure)
			failure = runners[i].failure;
	}
	free(runners);
	if (failure)
		fprintf(stderr, "%s: %s\n", what, failure);
	else
		printf("%s parser=%s threads=%d ns=%.0f cpu_ns=%.0f per_s=%.0f\n", what, t->parser, threads, wall, cpu,
		       rate);
	return !failure;
}

bool bench_requests(const struct host *host, const char *path, const char *name, int threads, int count,
                    struct spread spread)
{
	return bench(host, "requests", find(path, name), threads, count, spread, run_requests);
}

bool bench_copies(const struct host *host, const char *path, const char *name, int count, size_t piece)
{
	return bench(host, "copies", find(path, name), 1, count, (struct spread){1, piece}, run_copies);
}

bool bench_connections(const struct host *host, const char *path, const char *name, int threads, int count)
{
	return bench(host, "connections", find(path, name), threads, count, (struct spread){1, 0}, run_connections);
}

static double resident(void)
{
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	if (!file || fscanf(file, "%*s %ld", &pages) != 1)
		fail("cannot read /proc/self/statm");
	fclose(file);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

bool bench_memory(const struct host *host, const char *path, const char *name, int count)
{
	const struct transcript *t = find(path, name);
	struct connection *all = take((size_t)count, sizeof *all);
	memset(all, 1, (size_t)count * sizeof *all);
	bool good = true;
	// Go does not use malloc: what malloc has given away is ours.
	double before = resident() - (double)mallinfo2().uordblks;
	for (int i = 0; good && i < count; i++) {
		transcript_open(t, &all[i], &host->library, host->instance, (uint64_t)i);
		exchange(&all[i], t, 0, t->step_count, 0);
		good = !all[i].closed;
	}
	double after = resident() - (double)mallinfo2().uordblks;
	if (good)
		printf("memory parser=%s connections=%d bytes=%.0f\n", t->parser, count, (after - before) / count);
	for (int i = 0; good && i < count; i++)
		connection_close(&all[i]);
	free(all);
	return good;
}
