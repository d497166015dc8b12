#include "play.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// segmentation says how the bytes of the steps arrive.
struct segmentation {
	// step and at say which step comes in two parts, and how long the first is; step is -1 for none.
	int step;
	size_t at;
	// piece is the length of the pieces that steps come in; 0 is whole.
	size_t piece;
	// seed, if not 0, makes pieces of random length.
	unsigned seed;
	// chunk is the length of the slices that the library gets; 0 is one slice.
	size_t chunk;
};

static const struct segmentation whole = {.step = -1};

static size_t piece_of(struct segmentation *s, int step, size_t at, size_t left)
{
	size_t n = left;
	if (s->step == step && at == 0)
		n = s->at;
	else if (s->seed)
		n = 1 + (size_t)rand_r(&s->seed) % 9;
	else if (s->piece)
		n = s->piece;
	return n < left ? n : left;
}

static void play_step(struct connection *c, struct segmentation *s, const struct step *step, int index)
{
	size_t length = step->data.length;
	if (!length)
		connection_data(c, step->reply, step->end_stream, "", 0);
	for (size_t at = 0; at < length;) {
		size_t n = piece_of(s, index, at, length - at);
		connection_data(c, step->reply, step->end_stream, step->data.data + at, n);
		at += n;
	}
}

static bool equal(const struct bytes *a, const struct bytes *b)
{
	return a->length == b->length && (!a->length || !memcmp(a->data, b->data, a->length));
}

// begins reports whether b begins with a.
static bool begins(const struct bytes *a, const struct bytes *b)
{
	struct bytes head = {b->data, a->length, 0};
	return a->length <= b->length && equal(a, &head);
}

// as_expected compares the outcome. A host that closes a connection need not send what the last calls have passed.
static bool as_expected(const struct transcript *t, const struct connection *c)
{
	if (strcmp(c->closed ? c->closed : "ok", t->result))
		return false;
	for (int i = 0; i < 2; i++)
		if (!(c->closed ? begins : equal)(&c->directions[i].out, &t->out[i]))
			return false;
	return true;
}

static void print_bytes(const char *what, const struct bytes *b)
{
	fprintf(stderr, "  %s \"", what);
	for (size_t i = 0; i < b->length && i < 400; i++) {
		unsigned char c = b->data[i];
		if (c >= ' ' && c < 0x7f && c != '\\')
			fputc(c, stderr);
		else
			fprintf(stderr, "\\x%02x", c);
	}
	fprintf(stderr, "\" (%zu bytes)\n", b->length);
}

static void report(const struct transcript *t, const struct segmentation *s, const struct connection *c)
{
	fprintf(stderr, "case %s: step %d split at %zu, pieces of %zu, seed %u, chunks of %zu\n", t->name, s->step,
	        s->at, s->piece, s->seed, s->chunk);
	fprintf(stderr, "  result %s, want %s\n", c->closed ? c->closed : "ok", t->result);
	print_bytes("to the server", &c->directions[0].out);
	print_bytes("         want", &t->out[0]);
	print_bytes("to the client", &c->directions[1].out);
	print_bytes("         want", &t->out[1]);
}

static bool play(const struct host *host, uint64_t id, const struct transcript *t, struct segmentation s)
{
	struct segmentation given = s;
	struct connection c;
	transcript_open(t, &c, &host->library, host->instance, id);
	c.chunk = s.chunk;
	for (int i = 0; i < t->step_count; i++)
		play_step(&c, &s, &t->steps[i], i);
	bool good = as_expected(t, &c);
	if (!good)
		report(t, &given, &c);
	connection_close(&c);
	return good;
}

bool play_once(const struct host *host, const char *path)
{
	int count;
	struct transcript *all = transcripts_read(path, &count);
	bool good = true;
	for (int i = 0; i < count; i++)
		good = play(host, (uint64_t)i, &all[i], whole) && good;
	return good;
}

// show_bytes prints bytes on one line, those that are no printable characters of ASCII in hexadecimal.
static void show_bytes(const char *what, const struct bytes *b)
{
	printf("%s ", what);
	for (size_t i = 0; i < b->length; i++) {
		unsigned char c = b->data[i];
		if (c >= ' ' && c < 0x7f && c != '\\')
			putchar(c);
		else
			printf("\\x%02x", c);
	}
	putchar('\n');
}

static void show_call(bool reply, size_t input, enum result result, const struct filter_op *ops, int64_t count)
{
	printf("%s %zu", reply ? "reply" : "request", input);
	for (int64_t i = 0; i < count; i++)
		printf(" %s %lld", ops[i].op <= OP_ERROR ? op_names[ops[i].op] : "?", (long long)ops[i].n);
	printf("%s%s\n", result ? " " : "", result ? result_names[result] : "");
}

bool play_show(const struct host *host, const char *path, size_t piece)
{
	int count;
	struct transcript *all = transcripts_read(path, &count);
	for (int i = 0; i < count; i++) {
		const struct transcript *t = &all[i];
		struct segmentation s = {.step = -1, .piece = piece};
		struct connection c;
		printf("case %s\n", t->name);
		transcript_open(t, &c, &host->library, host->instance, (uint64_t)i);
		c.observe = show_call;
		for (int step = 0; step < t->step_count; step++)
			play_step(&c, &s, &t->steps[step], step);
		show_bytes("to-server", &c.directions[0].out);
		show_bytes("to-client", &c.directions[1].out);
		printf("result %s\n", c.closed ? c.closed : "ok");
		connection_close(&c);
	}
	return true;
}

// SPLITS is about how many two-way splits of one step are tried.
enum { SPLITS = 300, SEEDS = 10 };

static bool play_all(const struct host *host, const struct transcript *t)
{
	static uint64_t id = 1 << 20;
	bool good = play(host, id++, t, whole);
	for (int i = 0; good && i < t->step_count; i++) {
		size_t length = t->steps[i].data.length, stride = 1 + length / SPLITS;
		for (size_t at = 1; good && at < length; at += stride)
			good = play(host, id++, t, (struct segmentation){.step = i, .at = at, .chunk = at % 2 ? 2 : 0});
	}
	for (size_t piece = 1; good && piece < 4; piece++)
		good = play(host, id++, t, (struct segmentation){.step = -1, .piece = piece}) &&
		       play(host, id++, t, (struct segmentation){.step = -1, .chunk = piece});
	for (unsigned seed = 1; good && seed <= SEEDS; seed++)
		good = play(host, id++, t, (struct segmentation){.step = -1, .seed = seed, .chunk = seed % 3});
	return good;
}

bool play_split(const struct host *host, const char *path)
{
	int count;
	struct transcript *all = transcripts_read(path, &count);
	bool good = true;
	for (int i = 0; i < count; i++)
		good = play_all(host, &all[i]) && good;
	return good;
}

struct worker {
	pthread_t thread;
	const struct host *host;
	const struct transcript *all;
	int transcripts, count;
	unsigned number;
	bool good;
};

// OPEN is how many connections a thread has open at once.
enum { OPEN = 8 };

// work plays transcripts on OPEN connections at a time, a step of each in turn.
static void *work(void *argument)
{
	struct worker *w = argument;
	w->good = true;
	for (int done = 0; w->good && done < w->count; done += OPEN) {
		struct connection open[OPEN];
		struct segmentation ways[OPEN];
		for (int i = 0; i < OPEN; i++) {
			// Numbers that are one apart belong to different threads, as they do in a proxy.
			uint64_t id = (uint64_t)(done + i) << 8 | w->number;
			const struct transcript *t = &w->all[(done + i) % w->transcripts];
			transcript_open(t, &open[i], &w->host->library, w->host->instance, id);
			ways[i] = (struct segmentation){.step = -1, .seed = (done + i) % 2 ? (unsigned)done + 1 : 0};
		}
		for (int step = 0; step < MAX_STEPS; step++) {
			for (int i = 0; i < OPEN; i++) {
				const struct transcript *t = &w->all[(done + i) % w->transcripts];
				if (step < t->step_count)
					play_step(&open[i], &ways[i], &t->steps[step], step);
			}
		}
		for (int i = 0; i < OPEN; i++) {
			const struct transcript *t = &w->all[(done + i) % w->transcripts];
			if (!as_expected(t, &open[i])) {
				report(t, &ways[i], &open[i]);
				w->good = false;
			}
			connection_close(&open[i]);
		}
	}
	return NULL;
}

bool play_threads(const struct host *host, const char *path, int threads, int count)
{
	int transcripts;
	struct transcript *all = transcripts_read(path, &transcripts);
	struct worker *workers = take((size_t)threads, sizeof *workers);
	for (int i = 0; i < threads; i++) {
		workers[i] = (struct worker){
			.host = host, .all = all, .transcripts = transcripts, .count = count, .number = (unsigned)i};
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			fail("cannot start a thread");
	}
	bool good = true;
	for (int i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		good = good && workers[i].good;
	}
	free(workers);
	return good;
}
