// Chost loads a proxylib library and drives it as a proxy does. It takes commands from standard input, one a line, and
// answers each on standard output, with "ok" or "failed" at the end. Details of what failed are on standard error.
//
//   open KEY=VALUE ...           open an instance; also prints its number. A word "debug" sets the flag of that name
//   close NUMBER                 close an instance
//   once FILE                    play the transcripts of a file, each once
//   split FILE                   play them in every segmentation
//   show FILE [PIECE]            play each once, in pieces of PIECE bytes if given, and print what the library did
//   threads FILE THREADS COUNT   play them on threads at once, COUNT connections on each
//   misuse FILE                  call the functions as a proxy must not
//   requests FILE NAME THREADS COUNT [CONNECTIONS PIECE]
//   copies FILE NAME COUNT PIECE
//   connections FILE NAME THREADS COUNT
//   memory FILE NAME COUNT
//   latency FILE NAME IDLE COUNT PER_SECOND OPENED_PER_SECOND
//                                measure with the transcript NAME; see bench.h and latency.h
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "latency.h"
#include "misuse.h"

enum { MAX_WORDS = 16, MAX_LINE = 4096 };

static bool open_instance(struct host *host, int count, char **words)
{
	struct string params[MAX_WORDS][2];
	int n = 0;
	bool debug = false;
	for (int i = 1; i < count; i++) {
		char *value = strchr(words[i], '=');
		if (!value) {
			debug = true;
			continue;
		}
		*value++ = 0;
		params[n][0] = copy_string(words[i]);
		params[n++][1] = copy_string(value);
	}
	uint64_t instance = host->library.open_module((struct slice){params, n, n}, debug);
	for (int i = 0; i < n; i++)
		for (int j = 0; j < 2; j++) {
			memset((void *)params[i][j].data, '?', (size_t)params[i][j].length);
			free((void *)params[i][j].data);
		}
	if (!instance)
		return false;
	host->instance = instance;
	printf("instance %llu\n", (unsigned long long)instance);
	return true;
}

static bool execute(struct host *host, int count, char **words)
{
	const char *command = words[0];
	if (!strcmp(command, "open"))
		return open_instance(host, count, words);
	if (!strcmp(command, "close") && count == 2)
		return host->library.close_module(strtoull(words[1], NULL, 10)), true;
	if (!strcmp(command, "once") && count == 2)
		return play_once(host, words[1]);
	if (!strcmp(command, "split") && count == 2)
		return play_split(host, words[1]);
	if (!strcmp(command, "show") && (count == 2 || count == 3))
		return play_show(host, words[1], count == 3 ? strtoul(words[2], NULL, 10) : 0);
	if (!strcmp(command, "threads") && count == 4)
		return play_threads(host, words[1], atoi(words[2]), atoi(words[3]));
	if (!strcmp(command, "misuse") && count == 2)
		return misuse(host, words[1]);
	if (!strcmp(command, "requests") && (count == 5 || count == 7)) {
		struct spread spread = {1, 0};
		if (count == 7)
			spread = (struct spread){atoi(words[5]), strtoul(words[6], NULL, 10)};
		return bench_requests(host, words[1], words[2], atoi(words[3]), atoi(words[4]), spread);
	}
	if (!strcmp(command, "copies") && count == 5)
		return bench_copies(host, words[1], words[2], atoi(words[3]), strtoul(words[4], NULL, 10));
	if (!strcmp(command, "connections") && count == 5)
		return bench_connections(host, words[1], words[2], atoi(words[3]), atoi(words[4]));
	if (!strcmp(command, "memory") && count == 4)
		return bench_memory(host, words[1], words[2], atoi(words[3]));
	if (!strcmp(command, "latency") && count == 7)
		return bench_latency(host, words[1], words[2],
		                     (struct pace){atoi(words[3]), atoi(words[4]), atoi(words[5]), atoi(words[6])});
	fail("unknown command %s, or the wrong number of words after it", command);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		fail("usage: chost LIBRARY < COMMANDS");
	struct host host = {.instance = 0};
	library_load(&host.library, argv[1]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	char line[MAX_LINE];
	while (fgets(line, sizeof line, stdin)) {
		char *words[MAX_WORDS], *rest = line;
		int count = 0;
		for (char *word; count < MAX_WORDS && (word = strtok_r(rest, " \n", &rest));)
			words[count++] = word;
		if (count)
			puts(execute(&host, count, words) ? "ok" : "failed");
	}
	return 0;
}
