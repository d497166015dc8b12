// Measurement of how long single requests take, while other connections are idle or come and go.
#ifndef CHOST_LATENCY_H
#define CHOST_LATENCY_H

#include "play.h"

// pace says how many connections are open and idle, how many requests are made, how many of them a second, and how many
// connections a second are opened and closed meanwhile, on a thread of its own.
struct pace {
	int idle, count, per_second, churn;
};

// bench_latency plays a transcript on some connections in turn, and prints percentiles of the time, in microseconds, of
// a request and its reply: p50, p99, p999 and max. The time of a request that has to wait for the one before counts
// from when it was due, that of any other from when it is made. For how long the thread was ready to run but had no
// processor, which other programs take as well, is not in these times; waited is the p999 of that.
bool bench_latency(const struct host *host, const char *path, const char *name, struct pace pace);

#endif
