#include "misuse.h"

#include <stdio.h>
#include <string.h>

enum { ID = 7777, NO_ID = 8888 };

static bool expect(const char *what, enum result got, enum result want)
{
	if (got == want)
		return true;
	fprintf(stderr, "%s: %s, want %s\n", what, result_names[got], result_names[want]);
	return false;
}

static bool unknown_numbers(const struct host *host, struct facts facts)
{
	const struct library *library = &host->library;
	struct connection c;
	struct slice data = {NULL, 0, 0}, ops = {NULL, 0, 0};
	bool good = expect("data of an unknown connection", library->on_data(NO_ID, 0, 0, &data, &ops),
	                   RESULT_UNKNOWN_CONNECTION);
	library->close(NO_ID);
	library->close_module(NO_ID);
	good = expect("unknown instance", connection_open(&c, library, host->instance + 1000, ID, &facts),
	              RESULT_INVALID_INSTANCE) &&
	       good;
	good = expect("instance 0", connection_open(&c, library, 0, ID, &facts), RESULT_INVALID_INSTANCE) && good;
	return good;
}

static bool bad_connections(const struct host *host, struct facts facts)
{
	static const char *const addresses[] = {"", "10.0.0.1", "10.0.0.1:0", "10.0.0.1:65536", "nowhere:80", ":"};
	struct connection c;
	bool good = true;
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		struct facts bad = facts;
		bad.destination_address = addresses[i];
		good = expect(addresses[i], connection_open(&c, &host->library, host->instance, ID, &bad),
		              RESULT_INVALID_ADDRESS) &&
		       good;
	}
	facts.parser = "no.such.parser";
	good = expect("unknown parser", connection_open(&c, &host->library, host->instance, ID, &facts),
	              RESULT_UNKNOWN_PARSER) &&
	       good;
	return good;
}

// number_in_use requires that the second connection with a number is refused and the first one lives on.
static bool number_in_use(const struct host *host, struct facts facts)
{
	struct connection first, second;
	bool good = expect("first", connection_open(&first, &host->library, host->instance, ID, &facts), RESULT_OK);
	good = expect("number in use", connection_open(&second, &host->library, host->instance, ID, &facts),
	              RESULT_UNKNOWN_ERROR) &&
	       good;
	connection_data(&first, false, false, "READ", 4);
	if (first.closed) {
		fprintf(stderr, "first connection: %s\n", first.closed);
		good = false;
	}
	connection_close(&first);
	host->library.close(ID);
	return good;
}

// missing_memory gives null pointers where memory is wanted.
static bool missing_memory(const struct host *host, struct facts facts)
{
	const struct library *library = &host->library;
	struct string none = {NULL, 0}, parser = copy_string(facts.parser), destination = copy_string("10.0.0.1:80");
	struct slice empty = {NULL, 0, 0};
	bool good = expect(
		"no inject buffers",
		library->on_new_connection(host->instance, parser, ID, 1, 0, 0, none, destination, none, NULL, NULL),
		RESULT_UNKNOWN_ERROR);
	good = expect("empty inject buffers",
	              library->on_new_connection(host->instance, parser, ID, 1, 0, 0, none, destination, none, &empty,
	                                         &empty),
	              RESULT_UNKNOWN_ERROR) &&
	       good;
	struct connection c;
	good = expect("open", connection_open(&c, library, host->instance, ID, &facts), RESULT_OK) && good;
	good = expect("no data and no room", library->on_data(ID, 0, 0, NULL, NULL), RESULT_UNKNOWN_ERROR) && good;
	connection_close(&c);
	return good;
}

bool misuse(const struct host *host, const char *path)
{
	int count;
	const struct transcript *t = transcripts_read(path, &count);
	struct facts facts = {
		.parser = t->parser,
		.source_address = "10.0.0.2:34567",
		.destination_address = "10.0.0.1:80",
		.policy_name = "10.0.0.1",
		.source = 1,
		.destination = 1,
		.ingress = true,
	};
	bool good = unknown_numbers(host, facts);
	good = bad_connections(host, facts) && good;
	good = number_in_use(host, facts) && good;
	good = missing_memory(host, facts) && good;
	return good;
}
